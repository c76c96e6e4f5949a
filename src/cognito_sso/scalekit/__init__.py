"""Scalekit's management API and webhooks: who the companies are, and that something about them changed."""

from cognito_sso.scalekit.answers import Connection, Domain, Organization, PortalLink
from cognito_sso.scalekit.client import ScalekitApi
from cognito_sso.scalekit.errors import (
    ScalekitError,
    ScalekitNonsense,
    ScalekitNotFound,
    ScalekitRefused,
    ScalekitUnavailable,
)
from cognito_sso.scalekit.webhook import WebhookRefused, Webhooks, webhook_key

__all__ = [
    "Connection",
    "Domain",
    "Organization",
    "PortalLink",
    "ScalekitApi",
    "ScalekitError",
    "ScalekitNonsense",
    "ScalekitNotFound",
    "ScalekitRefused",
    "ScalekitUnavailable",
    "WebhookRefused",
    "Webhooks",
    "webhook_key",
]
