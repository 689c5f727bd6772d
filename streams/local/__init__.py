"""The launcher that runs every real part on one machine without Docker."""
