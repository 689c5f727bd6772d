"""Everything on one machine without Docker. Only the standard library: it runs before anything is installed."""
