"""A new encoder version goes live without stopping the stream (docs/decisions/0009-live-upgrade.md)."""
