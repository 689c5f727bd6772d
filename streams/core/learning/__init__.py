"""The ranker that is learned online from what followed each list."""
