"""Openly licensed pictures with names, made into DATASET folders to learn from: fetched at their pinned versions."""
