"""What the pool's own description shows and its answers don't. Read with AWS credentials, where they are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from cognito_sso.doctor.asking import Answer, NoAnswer
from cognito_sso.doctor.credentials import error_of
from cognito_sso.doctor.finding import Finding, Part
from cognito_sso.doctor.setup import Setup
from cognito_sso.pool_rules import SELF_SERVICE_SCOPE
from cognito_sso.provision import Found
from cognito_sso.provision.obstacles import unfit_attributes

AMAZONS_DOMAIN = ".amazoncognito.com"
NEEDED_ATTRIBUTES = {"email", "email_verified"}

POOL = Part("User pool")
NOT_READ = POOL.skipped("pool_not_read", "The pool's own description was not read: that takes --aws and credentials.")
UNREADABLE = POOL.error(
    "pool_unreadable",
    "The pool's description can't be read. {told}",
    why="What only that shows stays unknown: mapping, attributes, rotation.",
    remedy="The credentials need the Describe rights that docs/provision.md lists. Or leave --aws out.",
)
AGREES = POOL.ok("pool_agrees", "The pool's description agrees with the settings, for {provider}.")
NO_POOL = POOL.error(
    "pool_missing",
    "AWS shows no pool {pool} to these credentials.",
    why="Nobody can sign in at a pool that is not there; or these are another account's credentials.",
    remedy="Compare COGNITO_USER_POOL_ID with the console: Cognito, User pools, Overview.",
)
NO_CLIENT = POOL.error(
    "pool_lacks_client",
    "The pool has no app client {client}.",
    why="Everybody ends on an error page of Cognito's.",
    remedy="Compare COGNITO_CLIENT_ID with the console: Cognito, App clients.",
)
NO_PROVIDER = POOL.error(
    "pool_lacks_provider",
    "The pool has no provider {provider}.",
    why="Whoever is sent to it ends on a page of Cognito's.",
    remedy="Write its name as it stands in the pool, upper and lower case too; or add it.",
)
PROVIDER_OFF = POOL.error(
    "client_lacks_provider",
    "The provider {provider} is in the pool, but not enabled on the app client.",
    why="Whoever is sent to it ends on a page of Cognito's.",
    remedy="Enable it: Cognito, App clients, Login pages, Identity providers.",
)
ISSUER_DIFFERS = POOL.error(
    "provider_issuer_differs",
    "{provider} has the issuer {found}, the settings have {expected}.",
    why="Cognito compares it to the letter with what Scalekit signs, and refuses: everybody ends as provider_error.",
    remedy="Set the provider's issuer to the environment's URL, without a slash at the end.",
)
SECRET_TAKEN = POOL.ok(
    "provider_secret_taken", "Scalekit takes the client id and secret that {provider} has in the pool."
)
SECRET_REFUSED = POOL.error(
    "provider_secret_refused",
    "Scalekit does not take the client id and secret that {provider} has in the pool.",
    why="People sign in at their company, and then end as provider_error: Cognito can't redeem Scalekit's code.",
    remedy="Give the provider Scalekit's client id and secret of today: cognito-sso provision, with --secret-file.",
)
SECRET_UNCLEAR = POOL.warning(
    "provider_secret_unclear",
    "Could not tell whether Scalekit takes the secret that {provider} has in the pool: it answers {status} {error}.",
    why="It should say invalid_grant to a made-up code, or invalid_client to a wrong secret.",
    remedy="Try a sign-in in a browser.",
)
EMAIL_NOT_MAPPED = POOL.error(
    "email_not_mapped",
    "{provider} does not map email.",
    why="Every sign-in ends as attributes_missing.",
    remedy="Map the attribute email to the claim email.",
)
ATTRIBUTE_UNFIT = POOL.error(
    "attribute_unfit",
    "{told}",
    why="Cognito takes such a mapping, and refuses people at the door.",
    remedy="Mend the provider's attribute mapping; `cognito-sso provision` shows the same with its plan.",
)
UNREADABLE_ATTRIBUTES = POOL.error(
    "attributes_not_readable",
    "The app client may not read {attributes}.",
    why="Cognito answers invalid_grant to every code: people sign in, and are asked to do it again.",
    remedy="Let the client read email and email_verified (console: App clients, Attribute permissions).",
)
REVOCATION_OFF = POOL.warning(
    "token_revocation_off",
    "The app client does not revoke tokens.",
    why="Signing out then leaves the refresh token good until it expires.",
    remedy="Turn token revocation on (console: App clients; EnableTokenRevocation).",
)
SELF_SERVICE = POOL.error(
    "people_rewrite_themselves",
    "The app client gives {scope} to whoever asks.",
    why="With it people who are signed in can give themselves a colleague's e-mail address.",
    remedy="Take that scope from the app client (console: App clients, Login pages, OpenID Connect scopes).",
)
NO_GRACE = POOL.warning(
    "rotation_without_grace",
    "Refresh tokens are rotated without a grace period.",
    why="Two tabs that refresh at once sign the person out.",
    remedy="Set a grace period of ten seconds (console: App clients; RetryGracePeriodSeconds).",
)
ANOTHER_POOLS_DOMAIN = POOL.error(
    "domain_of_another_pool",
    "The domain {domain} belongs to the pool {found}, not to {pool}.",
    why="People sign in at another pool, and every token is refused.",
    remedy="Set COGNITO_DOMAIN to this pool's domain: Cognito, Branding, Domain.",
)
DOMAIN_NOT_ACTIVE = POOL.warning(
    "domain_not_active",
    "The domain {domain} is {status}, not ACTIVE.",
    why="Nobody can sign in before it is.",
    remedy="Wait some minutes. A host of one's own needs its certificate and its CNAME.",
)


def domain_name(setup: Setup) -> str:
    """As AWS calls it: the prefix of Amazon's domain, or a whole host."""
    host = urlsplit(setup.endpoints.domain).hostname or ""
    return host.partition(".")[0] if host.endswith(AMAZONS_DOMAIN) else host


def provider_credentials(found: Found, setup: Setup) -> tuple[str, str] | None:
    """Client id and secret that Cognito is known to Scalekit by. Those of another issuer are none of ours to send."""
    details = (found.provider or {}).get("ProviderDetails") or {}
    if details.get("oidc_issuer") != setup.settings.scalekit_environment_url:
        return None
    known = details.get("client_id"), details.get("client_secret")
    return (str(known[0]), str(known[1])) if all(known) else None


def judge_provider_secret(answer: Answer | NoAnswer, provider: str) -> Iterator[Finding]:
    """From what Scalekit's token endpoint says to a code that nobody was given."""
    if isinstance(answer, NoAnswer):  # told with Scalekit
        return
    error = error_of(answer)
    kind = {"invalid_grant": SECRET_TAKEN, "invalid_client": SECRET_REFUSED}.get(error, SECRET_UNCLEAR)
    yield kind.found(provider=provider, status=answer.status, error=error)


def judge_pool(found: Found, setup: Setup, provider: str) -> Iterator[Finding]:
    """Of one provider. What several have in common is told once, in the end."""
    if found.pool is None:
        yield NO_POOL.found(pool=setup.settings.cognito_user_pool_id)
        return
    yield from list(_faults(found, setup, provider)) or [AGREES.found(provider=provider)]


def _faults(found: Found, setup: Setup, provider: str) -> Iterator[Finding]:
    yield from _of_domain(found, setup)
    if found.client is None:
        yield NO_CLIENT.found(client=setup.settings.cognito_client_id)
    else:
        yield from _of_client(found.client, provider, is_there=found.provider is not None)
    if found.provider is None:
        yield NO_PROVIDER.found(provider=provider)
    else:
        yield from _of_provider(found.provider, found.pool or {}, setup, provider)


def _of_domain(found: Found, setup: Setup) -> Iterator[Finding]:
    domain, pool = found.domain, setup.settings.cognito_user_pool_id
    if domain is None:  # of another account perhaps; whether it answers is told elsewhere
        return
    if domain.get("UserPoolId") != pool:
        yield ANOTHER_POOLS_DOMAIN.found(domain=domain_name(setup), found=domain.get("UserPoolId"), pool=pool)
    elif domain.get("Status", "ACTIVE") != "ACTIVE":
        yield DOMAIN_NOT_ACTIVE.found(domain=domain_name(setup), status=domain["Status"])


def _of_client(client: Mapping[str, Any], provider: str, *, is_there: bool) -> Iterator[Finding]:
    if is_there and provider not in (client.get("SupportedIdentityProviders") or ()):
        yield PROVIDER_OFF.found(provider=provider)
    readable = set(client.get("ReadAttributes") or NEEDED_ATTRIBUTES)  # a client that names none may read these
    if missing := NEEDED_ATTRIBUTES - readable:
        yield UNREADABLE_ATTRIBUTES.found(attributes=" and ".join(sorted(missing)))
    if SELF_SERVICE_SCOPE in (client.get("AllowedOAuthScopes") or ()) and _gives_tokens_to_anybody(client):
        yield SELF_SERVICE.found(scope=SELF_SERVICE_SCOPE)
    if not client.get("EnableTokenRevocation", True):
        yield REVOCATION_OFF.found()
    rotation = client.get("RefreshTokenRotation") or {}
    if rotation.get("Feature") == "ENABLED" and not rotation.get("RetryGracePeriodSeconds"):
        yield NO_GRACE.found()


def _gives_tokens_to_anybody(client: Mapping[str, Any]) -> bool:
    """To whom an authorization request of their own is answered; else only who has the secret redeems a code."""
    return not client.get("ClientSecret") or "implicit" in (client.get("AllowedOAuthFlows") or ())


def _of_provider(found: Mapping[str, Any], pool: Mapping[str, Any], setup: Setup, provider: str) -> Iterator[Finding]:
    issuer, expected = (found.get("ProviderDetails") or {}).get("oidc_issuer"), setup.settings.scalekit_environment_url
    if expected and issuer != expected:
        yield ISSUER_DIFFERS.found(provider=provider, found=issuer, expected=expected)
    mapped = set(found.get("AttributeMapping") or ()) - {"username"}
    if "email" not in mapped:
        yield EMAIL_NOT_MAPPED.found(provider=provider)
    yield from (ATTRIBUTE_UNFIT.found(told=told) for told in unfit_attributes(mapped | {"email"}, pool))
