"""What is in Scalekit's tokens."""

from cognito_sso.simulator.people import Company, Person
from cognito_sso.simulator.scalekit.environment import ScalekitClient, ScalekitEnvironment, SignedIn
from cognito_sso.simulator.signing import Claims, half_hash
from cognito_sso.simulator.tamper import tampered

IDP_INITIATED_SECONDS = 300
MANAGEMENT_TOKEN_SECONDS = 86_399

# An IdP attribute with one of these names is dropped without a word.
RESERVED = {
    "roles",
    "permissions",
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "sub",
    "oid",
    "sid",
}


def token_set(scalekit: ScalekitEnvironment, signed_in: SignedIn, code: str) -> Claims:
    subject = f"{signed_in.company.connection_id};{signed_in.company.subject_of(signed_in.person)}"
    profile = _profile(scalekit, signed_in)
    access_token = _access_token(scalekit, signed_in, subject, profile)
    id_claims = _id_claims(scalekit, signed_in, subject, profile)
    id_claims |= {"at_hash": half_hash(access_token), "c_hash": half_hash(code)}
    tokens = {
        "access_token": access_token,
        "token_type": "Bearer",
        "id_token": _sign(scalekit, tampered(scalekit.tamper.scalekit_claims, id_claims)),
        "expires_in": scalekit.access_token_seconds,
        "scope": " ".join(signed_in.request.scopes),
    }
    return tampered(scalekit.tamper.scalekit_token_response, tokens)


def management_token(scalekit: ScalekitEnvironment, client: ScalekitClient) -> Claims:
    """What client credentials give: the application itself, as whom the management API is asked."""
    now = int(scalekit.clock.now())
    claims = {
        "iss": scalekit.url,
        "sub": client.client_id,
        "aud": [client.client_id],
        "client_id": client.client_id,
        "jti": scalekit.new_id("tkn"),
        "iat": now,
        "nbf": now,
        "exp": now + MANAGEMENT_TOKEN_SECONDS,
    }
    return {
        "access_token": _sign(scalekit, claims),
        "token_type": "Bearer",
        "expires_in": MANAGEMENT_TOKEN_SECONDS,
        "scope": "openid",
    }


def idp_initiated_login(
    scalekit: ScalekitEnvironment, company: Company, email: str, relay_state: str | None = None
) -> str:
    """The JWT a company's app tile sends to the app: five minutes, no audience, no jti. A hint, not a login."""
    now = int(scalekit.clock.now())
    claims: Claims = {
        "organization_id": company.organization_id,
        "connection_id": company.connection_id,
        "login_hint": email,
        "iss": scalekit.url,
        "iat": now,
        "nbf": now,
        "exp": now + IDP_INITIATED_SECONDS,
    }
    if relay_state:
        claims["relay_state"] = relay_state
    return _sign(scalekit, tampered(scalekit.tamper.idp_initiated_claims, claims))


def _id_claims(scalekit: ScalekitEnvironment, signed_in: SignedIn, subject: str, profile: Claims) -> Claims:
    now, client_id = int(scalekit.clock.now()), signed_in.request.client.client_id
    claims = {
        "iss": scalekit.url,
        "sub": subject,
        "aud": [client_id],
        "azp": client_id,
        "client_id": client_id,
        "amr": [signed_in.company.connection_id],
        "oid": signed_in.company.organization_id,
        "sid": scalekit.new_id("ses"),
        **profile,
        "iat": now,
        "exp": now + scalekit.id_token_seconds,
    }
    if signed_in.request.nonce:
        claims["nonce"] = signed_in.request.nonce
    return claims


def _access_token(scalekit: ScalekitEnvironment, signed_in: SignedIn, subject: str, profile: Claims) -> str:
    now, jti = int(scalekit.clock.now()), scalekit.new_id("tkn")
    claims = {
        "iss": scalekit.url,
        "sub": subject,
        "aud": [signed_in.request.client.client_id],
        "client_id": signed_in.request.client.client_id,
        "jti": jti,
        "iat": now,
        "nbf": now,
        "exp": now + scalekit.access_token_seconds,
    }
    scalekit.profiles[jti] = {"sub": subject, "oid": signed_in.company.organization_id, **profile}
    return _sign(scalekit, claims)


def _profile(scalekit: ScalekitEnvironment, signed_in: SignedIn) -> Claims:
    """What the scopes cover of the person. The IdP Simulator asserts neither a verified e-mail nor a full name."""
    person, scopes = signed_in.person, signed_in.request.scopes
    profile: Claims = {}
    if "email" in scopes:
        profile |= {"email": person.email, "email_verified": person.email_verified}
    if "profile" in scopes:
        profile |= _names(person, full=not signed_in.company.idp_simulator)
        profile |= _registered(scalekit, person)
    return {name: value for name, value in profile.items() if value not in (None, "")}


def _names(person: Person, *, full: bool) -> Claims:
    names: Claims = {
        "preferred_username": person.email,
        "given_name": person.given_name,
        "family_name": person.family_name,
    }
    return {**names, "name": person.name} if full else names


def _registered(scalekit: ScalekitEnvironment, person: Person) -> Claims:
    allowed = scalekit.custom_attributes - RESERVED
    return {name: value for name, value in person.attributes.items() if name in allowed}


def _sign(scalekit: ScalekitEnvironment, claims: Claims) -> str:
    return scalekit.key.sign({"alg": "RS256", "kid": scalekit.key.kid, "typ": "JWT"}, claims)
