"""The large-model bridge: a picture or a sound to words, and words to the text encoder's space."""
