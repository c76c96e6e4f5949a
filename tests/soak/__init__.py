"""The real process under abuse, for some minutes."""
