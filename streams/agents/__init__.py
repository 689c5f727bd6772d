"""One file per agent: consume, call the core, call the ports, produce; no rules of its own."""
