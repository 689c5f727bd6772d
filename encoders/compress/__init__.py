"""Smaller and faster models: 8-bit weights, zeroed weights, and smaller networks taught by larger ones."""
