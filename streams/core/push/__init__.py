"""When a list may be pushed to somebody who did nothing: pure rules."""
