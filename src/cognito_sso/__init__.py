"""A sign-in, in order: routes -> login -> cognito -> verify -> session -> cookies."""

__version__ = "0.1.0"
