"""The service as it is deployed: in containers, on a real Docker engine."""
