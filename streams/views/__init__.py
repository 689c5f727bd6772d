"""In-process followers of compacted topics."""
