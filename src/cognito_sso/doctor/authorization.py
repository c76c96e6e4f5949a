"""Would Cognito let people sign in? Told from where its authorize endpoint sends a browser that has not signed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from cognito_sso.doctor.asking import Answer, NoAnswer
from cognito_sso.doctor.finding import Finding, Kind, Part
from cognito_sso.doctor.setup import Setup

NEEDED_OF_PROVIDER = ("openid", "email")
REDIRECTS = (301, 302, 303, 307, 308)

DOMAIN = Part("Domain")
DOMAIN_UNREACHABLE = DOMAIN.error(
    "domain_unreachable",
    "{domain} gives no answer: {reason}.",
    why="Browsers are sent there to sign in, and the service redeems their codes there.",
    remedy="Look at COGNITO_DOMAIN, and let the service out to this host. A new domain takes minutes to be there.",
)

SIGN_IN = Part("Signing in")
ACCEPTED = SIGN_IN.ok(
    "sign_in_accepted",
    "Cognito takes the client, the redirect URI and the scopes, and sends people of {provider} to {host}.",
)
CLIENT_UNKNOWN = SIGN_IN.error(
    "client_unknown",
    "Cognito does not know the app client {client_id}.",
    why="Everybody ends on an error page of Cognito's; the service never hears of it.",
    remedy="Compare COGNITO_CLIENT_ID and COGNITO_DOMAIN with the console: both have to be of the same pool.",
)
REDIRECT_URI_UNKNOWN = SIGN_IN.error(
    "redirect_uri_not_registered",
    "The app client does not have the callback URL {redirect_uri}.",
    why="Everybody ends on an error page of Cognito's (redirect_mismatch); the service never hears of it.",
    remedy="Add {redirect_uri} to its allowed callback URLs, to the letter: a slash at the end is another URL.",
)
OAUTH_OFF = SIGN_IN.error(
    "oauth_not_enabled",
    "The app client is not enabled for OAuth 2.0 flows.",
    why="Everybody ends on an error page of Cognito's.",
    remedy="Turn the authorization code grant on. Cognito also says this of a callback URL that differs by a letter.",
)
FLOW_OFF = SIGN_IN.error(
    "code_grant_not_allowed",
    "The app client may not use the authorization code grant.",
    why="Every sign-in fails before the company's identity provider is asked.",
    remedy="Allow the authorization code grant on the app client (console: Login pages; AllowedOAuthFlows).",
)
SCOPE_REFUSED = SIGN_IN.error(
    "scope_not_allowed",
    "The app client does not have all of the scopes {scopes}.",
    why="Every sign-in ends as provider_error: Cognito refuses the whole request for one scope.",
    remedy="Enable them on the app client, or take them out of COGNITO_SCOPES. There is no offline_access.",
)
PROVIDER_UNAVAILABLE = SIGN_IN.error(
    "provider_not_available",
    "Cognito does not offer the provider {provider} to this app client.",
    why="Whoever is sent to it ends on a page of Cognito's; the service never hears of it.",
    remedy="Enable it on the app client. Or it is not in the pool by this name: upper and lower case count. "
    "Cognito does not say which.",
)
PROVIDER_IGNORED = SIGN_IN.warning(
    "provider_not_followed",
    "Cognito shows its own sign-in page where it should go on to {provider}.",
    why="People would have to choose there, if they can.",
    remedy="Could not tell why. Look at the app client's identity providers in the console.",
)
REFUSED = SIGN_IN.error(
    "sign_in_refused",
    "Cognito refuses the sign-in. In its words: {words}.",
    why="Nobody can sign in.",
    remedy="Look at the app client in the console: these words are none that we know.",
)
UNCLEAR = SIGN_IN.warning(
    "sign_in_unclear",
    "Could not tell whether {provider} can be signed in with: Cognito's domain answers {status}.",
    why="It should send the browser on. A firewall in front of the pool (AWS WAF) or an outage may answer instead.",
    remedy="Try a sign-in in a browser.",
)
ELSEWHERE = SIGN_IN.warning(
    "provider_elsewhere",
    "{provider} sends people to {host}, not to SCALEKIT_ENVIRONMENT_URL ({expected}).",
    why="If it should be Scalekit, people end in another environment.",
    remedy="Compare the provider's issuer in the pool with the environment's URL.",
)
PROVIDER_SCOPES = SIGN_IN.warning(
    "provider_scopes_missing",
    "{provider} asks for {asked}, without {missing}.",
    why="Scalekit then leaves out what Cognito requires: sign-ins end as attributes_missing.",
    remedy="Set the provider's scopes in the pool to openid profile email; the console starts with openid alone.",
)


@dataclass(frozen=True)
class Onward:
    """Where a redirect leads: the address without its query, and the query."""

    address: str
    host: str
    query: Mapping[str, str]

    @classmethod
    def of(cls, location: str) -> Onward:
        try:
            parts = urlsplit(location)
        except ValueError:
            return cls(location, "", {})
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path}", parts.netloc, dict(parse_qsl(parts.query)))


def judge_authorization(answer: Answer | NoAnswer, setup: Setup, provider: str) -> Iterator[Finding]:
    if isinstance(answer, NoAnswer):
        yield DOMAIN_UNREACHABLE.found(domain=setup.endpoints.domain, reason=answer.reason)
        return
    onward = onward_of(answer)
    kind = _verdict(onward, setup) if onward else UNCLEAR
    yield kind.found(
        provider=provider,
        host=onward.host if onward else "",
        status=answer.status,
        words=_words(onward.query) if onward else "",
        client_id=setup.settings.cognito_client_id,
        redirect_uri=setup.redirect_uri,
        scopes=setup.settings.cognito_scopes,
    )
    if kind is ACCEPTED and onward:
        yield from _judge_provider(onward, setup, provider)


def onward_of(answer: Answer) -> Onward | None:
    return Onward.of(answer.location) if answer.status in REDIRECTS and answer.location else None


def _verdict(onward: Onward, setup: Setup) -> Kind:
    domain = setup.endpoints.domain
    if onward.address == f"{domain}/error":
        return _on_error_page(onward.query.get("error", ""))
    if onward.address == f"{domain}/login":
        return PROVIDER_UNAVAILABLE if "errorMessage" in onward.query else PROVIDER_IGNORED
    if onward.address == setup.redirect_uri:
        return _at_callback(onward.query)
    stays = onward.host in ("", urlsplit(domain).netloc)
    return UNCLEAR if stays else ACCEPTED


def _on_error_page(error: str) -> Kind:
    """Cognito's words are not promised to stay: only their beginnings are known, and nothing hangs on the rest."""
    known = {
        "redirect_mismatch": REDIRECT_URI_UNKNOWN,
        "Client does not exist": CLIENT_UNKNOWN,
        "Client is not enabled for OAuth": OAUTH_OFF,
    }
    return next((kind for beginning, kind in known.items() if error.startswith(beginning)), REFUSED)


def _at_callback(query: Mapping[str, str]) -> Kind:
    """As documented (`error=invalid_scope`) and as seen (`error=invalid_request&error_description=invalid_scope`)."""
    told = {query.get("error"), query.get("error_description")}
    if "invalid_scope" in told:
        return SCOPE_REFUSED
    return FLOW_OFF if "unauthorized_client" in told else REFUSED


def _words(query: Mapping[str, str]) -> str:
    told = (query.get(name) for name in ("error", "error_description"))
    return ", ".join(word for word in told if word)


def _judge_provider(onward: Onward, setup: Setup, provider: str) -> Iterator[Finding]:
    """Cognito's own request to the provider tells how that is set up."""
    expected = setup.settings.scalekit_environment_url
    if expected and not onward.address.startswith(f"{expected}/"):
        yield ELSEWHERE.found(provider=provider, host=onward.host, expected=expected)
    asked = onward.query.get("scope", "").split()
    if missing := [scope for scope in NEEDED_OF_PROVIDER if scope not in asked]:
        yield PROVIDER_SCOPES.found(
            provider=provider, asked=" ".join(asked) or "nothing", missing=" and ".join(missing)
        )
