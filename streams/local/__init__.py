"""Real parts on this machine without Docker: Kafka, Milvus, Triton, Prometheus and workers, and what keeps them up.

Each part is one small class with `start()` (returns at once), `wait_ready()` and `stop()`. `launcher.py` runs them all.
"""
