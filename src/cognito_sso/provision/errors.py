"""What can go wrong while a pool is set up.

ProvisionError
├── ProvisionFileInvalid   the file can't be used; has every fault
├── AwsRefused             AWS said no, or could not be asked; has AWS's code
└── Stopped                some steps are done, the rest are not
"""

from __future__ import annotations

from collections.abc import Sequence


class ProvisionError(Exception):
    """Its text is for the person at the terminal, and holds no secret."""


class ProvisionFileInvalid(ProvisionError):
    """The file can't be used. `faults` has a sentence for each thing to mend."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(f"  - {fault}" for fault in faults))
        self.faults = tuple(faults)


class AwsRefused(ProvisionError):
    """AWS said no. `code` is the API's own name for it, or botocore's where nothing was sent."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(f"{sentence} ({code})")
        self.code = code


class Stopped(ProvisionError):
    """Applying ended half-way. Every step is whole or not begun, so that a second run goes on from here."""

    def __init__(self, because: AwsRefused, *, at: str, done: Sequence[str], left: Sequence[str]) -> None:
        super().__init__(f"{at}: {because}")
        self.because = because
        self.done = tuple(done)
        self.left = tuple(left)
