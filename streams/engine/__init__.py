"""Faust 0.15.3 made trustworthy: nothing is lost in a rebalance or a crash, and nothing is remembered unsent."""
