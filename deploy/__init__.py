"""How Upwell is deployed: local parts, compose, Kubernetes, and what operators see."""
