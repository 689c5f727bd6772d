"""News of items, the users they may please, and the lists that are pushed to them."""
