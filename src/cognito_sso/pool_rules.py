"""What the settings, the tenants file, provisioning and the doctor all hold a user pool to."""

from __future__ import annotations

import re
from typing import Final

# CreateIdentityProvider: 3 to 32 characters, and its own pattern for what they are.
PROVIDER_NAME = re.compile(r"[^_\s]\S[^_\s]{1,30}")

SELF_SERVICE_SCOPE: Final = "aws.cognito.signin.user.admin"
"""With it an access token writes its user's own attributes (AWS, UpdateUserAttributes), the e-mail address too."""
