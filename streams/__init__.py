"""Upwell: the running system."""
