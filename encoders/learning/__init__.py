"""Learning one space: features, splits, heads, objectives, fusion, training."""
