"""Scalekit's webhooks: an event, signed as Svix signs."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from cognito_sso.simulator.people import Company
from cognito_sso.simulator.scalekit import resources
from cognito_sso.simulator.scalekit.environment import ScalekitEnvironment
from cognito_sso.simulator.signing import Claims, compact_json


@dataclass(frozen=True)
class SignedEvent:
    """What is posted. `id` is the same at every attempt to deliver it."""

    id: str
    headers: dict[str, str]
    body: bytes


def signed_event(scalekit: ScalekitEnvironment, event_type: str, company: Company) -> SignedEvent:
    """An event such as `organization.sso_enabled`. It says whom it is about, but of the domains nothing."""
    event_id = scalekit.new_id("evt")
    envelope: Claims = {
        "spec_version": "1",
        "id": event_id,
        "type": event_type,
        "object": "Connection" if "sso" in event_type else "Organization",
        "occurred_at": resources.timestamp(scalekit),
        "environment_id": scalekit.id,
        "organization_id": company.organization_id,
        "data": _data(scalekit, event_type, company),
        "display_name": event_type,
    }
    body, sent_at = compact_json(envelope), str(int(scalekit.clock.now()))
    return SignedEvent(event_id, _headers(scalekit.webhook_secret, event_id, sent_at, body), body)


def _headers(secret: str, event_id: str, sent_at: str, body: bytes) -> dict[str, str]:
    key = base64.b64decode(secret.partition("_")[2])
    mac = hmac.new(key, f"{event_id}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def _data(scalekit: ScalekitEnvironment, event_type: str, company: Company) -> Claims:
    if "sso" not in event_type:
        return resources.organization(scalekit, company)
    listed = resources.listed_connection(company)
    members = ("id", "organization_id", "provider", "enabled", "status")
    return {"connection_type": listed["type"], **{name: listed[name] for name in members}}
