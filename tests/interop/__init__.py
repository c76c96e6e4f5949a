"""Clients that nobody here wrote, against the stand-ins."""
