"""A real Chromium does what a person does, against the real `cognito-sso demo`."""
