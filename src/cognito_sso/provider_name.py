"""What Cognito lets an identity provider be called: one rule for the settings, the tenants file and provisioning."""

from __future__ import annotations

import re

# CreateIdentityProvider: 3 to 32 characters, and its own pattern for what they are.
PROVIDER_NAME = re.compile(r"[^_\s]\S[^_\s]{1,30}")
