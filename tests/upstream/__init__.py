"""Cognito at its worst, over real sockets."""
