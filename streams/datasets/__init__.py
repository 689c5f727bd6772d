"""Datasets: a folder of wire events that `publish`, `evaluate`, the demo and the benches read, and what makes one."""
