"""What can go wrong when Scalekit's management API is asked.

ScalekitError
├── ScalekitUnavailable   no whole answer in time, or one that says "later"
├── ScalekitRefused       it does not take these credentials
├── ScalekitNonsense      the answer is not what its documentation says, or too much
└── ScalekitNotFound      no such organisation
"""

from __future__ import annotations


class ScalekitError(Exception):
    """Base of all. The message is for the log: exact, and never a token or a secret."""


class ScalekitUnavailable(ScalekitError):
    """Trying again later may do. `retry_after_seconds` is what Scalekit asked for, if it did."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ScalekitRefused(ScalekitError):
    """The client id or secret is wrong, or may not do this."""


class ScalekitNonsense(ScalekitError):
    """Nothing of such an answer is used."""


class ScalekitNotFound(ScalekitError):
    pass
