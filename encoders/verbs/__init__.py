"""The verbs of `python -m encoders`, one file each."""
