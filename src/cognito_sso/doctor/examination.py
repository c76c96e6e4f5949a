"""The whole examination: what the settings say by themselves, and what the hosts that they name answer."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from cognito_sso.doctor import catalogue
from cognito_sso.doctor.asking import Answer, Asker, NoAnswer, in_background
from cognito_sso.doctor.authorization import CLIENT_UNKNOWN, judge_authorization
from cognito_sso.doctor.companies import judge_companies
from cognito_sso.doctor.configured import READABLE
from cognito_sso.doctor.configured import judge_keys as judge_cookie_keys
from cognito_sso.doctor.cookie_budget import judge_cookie_budget
from cognito_sso.doctor.credentials import CREDENTIALS, judge_credentials, needs_second_look
from cognito_sso.doctor.finding import Finding
from cognito_sso.doctor.issuer import judge_clock, judge_discovery, judge_keys
from cognito_sso.doctor.organizations import NOT_SET as SCALEKIT_CLIENT_NOT_SET
from cognito_sso.doctor.organizations import TOO_MANY_FOR_NOW, judge_organizations
from cognito_sso.doctor.origins import judge_origins
from cognito_sso.doctor.pool import NOT_READ, UNREADABLE, judge_pool, judge_provider_secret, provider_credentials
from cognito_sso.doctor.routing import MOST_DOMAINS, Domain, Routed, domains_of, judge_routing, provider_redirect_uri
from cognito_sso.doctor.scalekit import NOT_SET, judge_scalekit
from cognito_sso.doctor.setup import Setup
from cognito_sso.doctor.sign_out import SIGN_OUT, judge_sign_out
from cognito_sso.provision import Found, ProvisionError
from cognito_sso.scalekit import Organization, ScalekitError

RANDOM_BYTES = 32
NOBODY = "cognito-sso-doctor"  # local part of the addresses that Scalekit is asked about

Tell = Callable[[int, int], None]
"""(checks done, checks in all)"""
ReadPool = Callable[[Setup, str], Found]
"""(set-up, provider) -> what AWS has of them. Raises `ProvisionError`."""
Check = Callable[[], Awaitable[Iterable[Finding]]]


def examine_settings(setup: Setup) -> Iterator[Finding]:
    """What can be told without asking anybody."""
    settings = setup.settings
    yield READABLE.found()
    yield judge_cookie_keys(len(settings.sso_cookie_keys), session_max_age=settings.sso_session_max_age)
    trusts_a_proxy = bool(settings.sso_trusted_proxies)
    yield from judge_origins(settings.sso_public_url, settings.sso_frontends, trusts_a_proxy=trusts_a_proxy)
    yield judge_cookie_budget(setup)
    yield from judge_companies(setup)


async def examine_hosts(
    setup: Setup, asker: Asker, *, read_pool: ReadPool | None = None, tell: Tell = lambda _done, _of: None
) -> list[Finding]:
    """What can be told without signing in. Signs nobody in or out, and changes nothing."""
    checks = [
        lambda: _issuer(setup, asker),
        *(lambda provider=provider: _provider(setup, asker, provider) for provider in setup.providers),
        lambda: _credentials(setup, asker),
        lambda: _sign_out(setup, asker),
        lambda: _scalekit(setup, asker),
        lambda: _organizations(setup, asker),
        lambda: _routing(setup, asker),
        lambda: _pool(setup, asker, read_pool),
    ]
    return in_order(await _all_at_once(checks, tell))


async def _all_at_once(checks: Sequence[Check], tell: Tell) -> list[Finding]:
    done = 0

    async def carry_out(check: Check) -> list[Finding]:
        nonlocal done
        findings = list(await check())
        done += 1
        tell(done, len(checks))
        return findings

    tell(done, len(checks))
    return [finding for findings in await asyncio.gather(*map(carry_out, checks)) for finding in findings]


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Each once, part by part, without what only follows from another."""
    order = [part.title for part in catalogue.PARTS]
    once = dict.fromkeys(findings)
    if any(finding.code == CLIENT_UNKNOWN.code for finding in once):
        follows = (CREDENTIALS.title, SIGN_OUT.title)  # of a client that is not there nothing is right
        once = {finding: None for finding in once if finding.part not in follows}
    return sorted(once, key=lambda finding: order.index(finding.part))


async def _issuer(setup: Setup, asker: Asker) -> Iterable[Finding]:
    endpoints = setup.endpoints
    document, keys = await asyncio.gather(
        asker.get(f"{endpoints.issuer}/.well-known/openid-configuration"), asker.get(endpoints.jwks)
    )
    return [*judge_discovery(document, endpoints), *judge_keys(keys, endpoints.jwks), judge_clock(document)]


async def _provider(setup: Setup, asker: Asker, provider: str) -> Iterable[Finding]:
    return judge_authorization(await _authorization(setup, asker, provider), setup, provider)


async def _authorization(setup: Setup, asker: Asker, provider: str, login_hint: str = "") -> Answer | NoAnswer:
    """A sign-in as the service starts one, up to Cognito's answer."""
    url = setup.cognito(asker.http, client_secret=None).authorization_url(
        state=secrets.token_urlsafe(RANDOM_BYTES),
        nonce=secrets.token_urlsafe(RANDOM_BYTES),
        code_challenge=secrets.token_urlsafe(RANDOM_BYTES),
        identity_provider=provider,
        login_hint=login_hint,
    )
    return await asker.get(url)


async def _credentials(setup: Setup, asker: Asker) -> Iterable[Finding]:
    """A code of the right shape that nobody was given."""

    async def redeem(client_secret: str | None) -> Answer | NoAnswer:
        cognito = setup.cognito(asker.http, client_secret=client_secret)
        return await asker.ask(cognito.code_request(str(uuid.uuid4()), secrets.token_urlsafe(RANDOM_BYTES)))

    answer = await redeem(setup.client_secret)
    again = needs_second_look(answer, has_secret=setup.client_secret is not None)
    return judge_credentials(answer, await redeem(None) if again else None, setup)


async def _sign_out(setup: Setup, asker: Asker) -> Iterable[Finding]:
    url = setup.cognito(asker.http, client_secret=None).logout_url()
    return judge_sign_out(await asker.get(url), setup)


async def _scalekit(setup: Setup, asker: Asker) -> Iterable[Finding]:
    url = setup.settings.scalekit_environment_url
    if url is None:
        return [NOT_SET.found()]
    document, keys = await asyncio.gather(
        asker.get(f"{url}/.well-known/openid-configuration"), asker.get(f"{url}/keys")
    )
    return judge_scalekit(document, keys, url)


async def _organizations(setup: Setup, asker: Asker) -> Iterable[Finding]:
    scalekit = setup.scalekit(asker.http)
    if scalekit is None:
        return [SCALEKIT_CLIENT_NOT_SET.found()]
    try:
        async with asyncio.timeout_at(asker.ends_at):
            found: tuple[Organization, ...] | ScalekitError = await scalekit.organizations()
    except ScalekitError as error:
        found = error
    except TimeoutError:
        return [TOO_MANY_FOR_NOW.found()]
    return judge_organizations(found, setup)


async def _routing(setup: Setup, asker: Asker) -> Iterable[Finding]:
    """One step further than `_provider`, where that leads to Scalekit: for each domain, or once for each provider."""
    domains = domains_of(setup)
    without = [provider for provider in setup.providers if provider not in {domain.provider for domain in domains}]
    asked = await asyncio.gather(
        *(_routed(setup, asker, provider) for provider in without),
        *(_routed(setup, asker, domain.provider, domain) for domain in domains[:MOST_DOMAINS]),
    )
    left_out = max(0, len(domains) - MOST_DOMAINS)
    return judge_routing([one for one in asked if one], setup, left_out=left_out)


async def _routed(setup: Setup, asker: Asker, provider: str, domain: Domain | None = None) -> Routed | None:
    hint = f"{NOBODY}@{domain.name}" if domain else ""
    answer = await _authorization(setup, asker, provider, hint)
    scalekit = setup.settings.scalekit_environment_url
    if scalekit is None or isinstance(answer, NoAnswer) or not answer.location.startswith(f"{scalekit}/"):
        return None  # `_provider` says why
    return Routed(provider, await asker.get(answer.location), domain)


async def _pool(setup: Setup, asker: Asker, read: ReadPool | None) -> Iterable[Finding]:
    if read is None:
        return [NOT_READ.found()]
    reading = in_background(lambda: {provider: read(setup, provider) for provider in setup.providers})
    try:
        async with asyncio.timeout_at(asker.ends_at):
            found = await asyncio.wrap_future(reading)
    except ProvisionError as error:
        return [UNREADABLE.found(told=error)]
    except TimeoutError:
        return [UNREADABLE.found(told="AWS took too long.")]
    judged = [finding for provider in found for finding in judge_pool(found[provider], setup, provider)]
    secrets_of = [_provider_secret(found[provider], setup, asker, provider) for provider in found]
    return [*judged, *(finding for some in await asyncio.gather(*secrets_of) for finding in some)]


async def _provider_secret(found: Found, setup: Setup, asker: Asker, provider: str) -> Iterable[Finding]:
    """A made-up code again, at Scalekit this time, and as Cognito (client_secret_post)."""
    known = provider_credentials(found, setup)
    if known is None:
        return []
    form = {
        "grant_type": "authorization_code",
        "client_id": known[0],
        "client_secret": known[1],
        "code": secrets.token_urlsafe(RANDOM_BYTES),
        "redirect_uri": provider_redirect_uri(setup),
    }
    url = f"{setup.settings.scalekit_environment_url}/oauth/token"
    return judge_provider_secret(await asker.ask(asker.http.build_request("POST", url, data=form)), provider)
