"""Property tests are about truth, not speed: no deadline per example, and few enough examples for every run."""

from hypothesis import settings

settings.register_profile("upwell", deadline=None, max_examples=50, print_blob=True)
settings.load_profile("upwell")
