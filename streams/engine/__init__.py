"""Faust, made fit: its mends, micro-batches, dead letters and the offset ledger."""
