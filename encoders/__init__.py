"""The models; usable on their own, know nothing of the stream."""
