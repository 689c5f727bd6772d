"""Dashboards as code, their generated files, and how Grafana is told of them."""
