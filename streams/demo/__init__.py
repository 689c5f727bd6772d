"""The demonstration: simulated visitors, replays and the live view."""
