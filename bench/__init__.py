"""Every claim about speed, runnable."""
