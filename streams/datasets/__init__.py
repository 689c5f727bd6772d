"""Converters from public data sets to the DATASET folder (content.jsonl, behaviour.jsonl)."""
