"""What goes to a cluster: rendered by Helm itself, held to Kubernetes' own schemas and to the service's settings."""
