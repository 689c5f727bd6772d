"""Measuring a space: retrieval, classification, alignment, cold recommendation, robustness, and their report."""
