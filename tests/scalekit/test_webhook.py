"""Which webhooks are Scalekit's: an attack on each part of the signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

import pytest

from cognito_sso.scalekit import WebhookRefused, Webhooks, webhook_key

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four+").decode()
NOW = 1_790_000_000
BODY = b'{"type":"organization.sso_enabled"}'
Headers = dict[str, str]


def signature(webhook_id: str = "evt_1", sent_at: str = str(NOW), body: bytes = BODY, secret: str = SECRET) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{webhook_id}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def headers(**changed: str) -> list[tuple[bytes, bytes]]:
    usual = {"webhook-id": "evt_1", "webhook-timestamp": str(NOW), "webhook-signature": signature()}
    named = {**usual, **{f"webhook-{name}": value for name, value in changed.items()}}
    return [(name.encode(), value.encode()) for name, value in named.items()]


class Clock:
    now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def webhooks(clock: Clock) -> Webhooks:
    return Webhooks(webhook_key(SECRET), clock=clock)


OTHER = "whsec_" + base64.b64encode(b"quite another secret 24+").decode()
GOOD: dict[str, str] = {
    "as it is sent": signature(),
    "the old and the new secret's": f"{signature(secret=OTHER)} {signature()}",
    "another version's beside it": f"v2,{base64.b64encode(b'x' * 32).decode()} {signature()}",
    "nonsense beside it": f"v1 v1, , v1a,== é {signature()}",
}


@pytest.mark.parametrize("signatures", GOOD.values(), ids=GOOD)
def test_one_that_scalekit_signed_is_news(webhooks: Webhooks, signatures: str) -> None:
    assert webhooks.is_news(headers(signature=signatures), BODY)


BAD: dict[str, Callable[[], list[tuple[bytes, bytes]]]] = {
    "another secret": lambda: headers(signature=signature(secret=OTHER)),
    "another body": lambda: headers(signature=signature(body=BODY + b" ")),
    "another id": lambda: headers(id="evt_2"),
    "another timestamp": lambda: headers(timestamp=str(NOW + 1)),
    "no signature": lambda: headers(signature=""),
    "an unknown version": lambda: headers(signature="v2" + signature()[2:]),
    "no version": lambda: headers(signature=signature()[3:]),
    "an asymmetric version": lambda: headers(signature="v1a" + signature()[2:]),
    "half of it": lambda: headers(signature=signature()[:-10]),
    "in upper case": lambda: headers(signature=signature().upper()),
    "hexadecimal": lambda: headers(signature="v1," + base64.b64decode(signature()[3:]).hex()),
    "with a comma more": lambda: headers(signature=signature().replace("v1,", "v1,,")),
    "behind many others": lambda: headers(signature="v1,x " * 16 + signature()),
    "too long": lambda: headers(signature="v1,x" * 2000 + " " + signature()),
    "beyond ASCII": lambda: headers(signature="v1,é"),
    "an id with a blank": lambda: headers(id="evt 1", signature=signature("evt 1")),
    "an id too long": lambda: headers(id="e" * 257, signature=signature("e" * 257)),
    "no id": lambda: headers(id="", signature=signature("")),
    "301 seconds old": lambda: at(NOW - 301),
    "301 seconds ahead": lambda: at(NOW + 301),
    "the timestamp signed as text": lambda: headers(timestamp="now", signature=signature(sent_at="now")),
    "the timestamp with a sign": lambda: headers(timestamp=f"+{NOW}", signature=signature(sent_at=f"+{NOW}")),
    "the timestamp in other digits": lambda: headers(timestamp="١٧٩", signature=signature(sent_at="١٧٩")),
    "the timestamp with a fraction": lambda: headers(timestamp=f"{NOW}.0", signature=signature(sent_at=f"{NOW}.0")),
    "the timestamp endless": lambda: headers(timestamp="9" * 400, signature=signature(sent_at="9" * 400)),
    "the signature twice": lambda: [*headers(), (b"webhook-signature", signature().encode())],
    "the id twice": lambda: [*headers(), (b"webhook-id", b"evt_1")],
    "no headers": list,
    "a header missing": lambda: headers()[1:],
}


def at(seconds: int) -> list[tuple[bytes, bytes]]:
    return headers(timestamp=str(seconds), signature=signature(sent_at=str(seconds)))


@pytest.mark.parametrize("attack", BAD.values(), ids=BAD)
def test_anything_else_is_refused(webhooks: Webhooks, attack: Callable[[], list[tuple[bytes, bytes]]]) -> None:
    with pytest.raises(WebhookRefused):
        webhooks.is_news(attack(), BODY)


@pytest.mark.parametrize("off", [-300, 300])
def test_a_clock_may_be_five_minutes_off(webhooks: Webhooks, off: int) -> None:
    assert webhooks.is_news(at(NOW + off), BODY)


def test_one_is_news_once_for_as_long_as_it_could_be_sent_again(webhooks: Webhooks, clock: Clock) -> None:
    assert webhooks.is_news(at(NOW + 300), BODY)
    assert not webhooks.is_news(at(NOW + 300), BODY)
    clock.now += 599.0
    assert not webhooks.is_news(at(NOW + 300), BODY)


def test_a_refused_one_is_not_remembered(webhooks: Webhooks) -> None:
    with pytest.raises(WebhookRefused):
        webhooks.is_news(headers(), b"another body")
    assert webhooks.is_news(headers(), BODY)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_short",
        "sec_" + SECRET,
        SECRET + "!",
        SECRET[6:],
        "sk_" + SECRET[6:],
        "whsec_" + base64.b64encode(b"15 bytes only..").decode(),
        "whsec_a",
    ],
)
def test_a_secret_that_keeps_nobody_out_is_none(secret: str) -> None:
    with pytest.raises(ValueError, match=r"must look like|too short") as told:
        webhook_key(secret)
    assert len(secret) < 8 or secret not in str(told.value)
