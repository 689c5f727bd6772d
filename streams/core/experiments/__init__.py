"""Experiments on lists: who gets which variant, what a variant changes, what was counted, and what it shows."""
