"""Narrow interfaces between the agents and the vendors behind them."""
