"""The demo: real parts, real input, and one user's list seen changing."""
