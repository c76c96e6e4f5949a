"""The way to AWS: a boto3 client that neither hurries nor hangs, and what goes wrong there in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import boto3  # type: ignore[import-untyped]
from botocore import exceptions as botocore_errors  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from cognito_sso.provision.differences import MASK
from cognito_sso.provision.errors import AwsRefused

ATTEMPTS = 6  # with the standard mode's growing pauses some fifteen seconds in all
CONNECT_SECONDS = 5
READ_SECONDS = 30

_NO_RIGHT = "These credentials may not do this. Ask for the cognito-idp actions listed in docs/provision.md"
_EXPIRED = "The AWS credentials have expired. Sign in to AWS again"
_UNKNOWN_KEY = "AWS does not know these credentials. Look at the profile or the AWS_ variables"
_SLOW_DOWN = "AWS asks to slow down, and still did after several pauses. Wait a minute and run it again"
_TROUBLE = "AWS has trouble of its own. Run it again in a while"
_OFFLINE = "AWS can't be reached. Look at the network, the proxy and the region"

_IN_WORDS = {
    "NotAuthorizedException": _NO_RIGHT,
    "AccessDeniedException": _NO_RIGHT,
    "AccessDenied": _NO_RIGHT,
    "UnauthorizedOperation": _NO_RIGHT,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "InvalidSignatureException": f"{_UNKNOWN_KEY}; a clock that is wrong looks the same",
    "SignatureDoesNotMatch": f"{_UNKNOWN_KEY}; a clock that is wrong looks the same",
    "TooManyRequestsException": _SLOW_DOWN,
    "ThrottlingException": _SLOW_DOWN,
    "Throttling": _SLOW_DOWN,
    "ResourceNotFoundException": "Something is not there (any more). Look at the ids in the file, and run it again",
    "InvalidParameterException": "AWS does not take a value",
    "InvalidOAuthFlowException": "AWS does not take this combination of OAuth flows",
    "ScopeDoesNotExistException": "A scope in client.scopes is none of the pool's. Make its resource server first",
    "LimitExceededException": "A quota of the account or the pool is used up. Delete something, or ask AWS for more",
    "DuplicateProviderException": "The pool has such a provider, or another one with such an identifier, already",
    "UnsupportedIdentityProviderException": "AWS does not take this provider",
    "ConcurrentModificationException": "Somebody else is changing the pool just now. Run it again",
    "FeatureUnavailableInTierException": (
        "The pool's feature plan lacks this. Rotation and managed login need Essentials: change the plan, or say "
        "client.rotation = false and leave domain.managed_login_version out"
    ),
    "OperationNotEnabledException": "AWS does not allow this for the pool",
    "InternalErrorException": _TROUBLE,
    "ServiceUnavailable": _TROUBLE,
    "NoCredentialsError": "There are no AWS credentials. Sign in (`aws sso login`), or set the AWS_ variables",
    "PartialCredentialsError": "The AWS credentials are incomplete",
    "ProfileNotFound": "There is no such AWS profile. `aws configure list-profiles` shows those that are",
    "UnauthorizedSSOTokenError": _EXPIRED,
    "SSOTokenLoadError": _EXPIRED,
    "TokenRetrievalError": _EXPIRED,
    "EndpointConnectionError": _OFFLINE,
    "ConnectTimeoutError": _OFFLINE,
    "ConnectionClosedError": _OFFLINE,
    "ProxyConnectionError": _OFFLINE,
    "SSLError": f"{_OFFLINE}; its certificate is not trusted here",
    "ReadTimeoutError": "AWS took the question and did not answer in time. Run it again: it finds out what was done",
    "ParamValidationError": "This version of boto3 does not take a value that AWS told. Update boto3",
}
# Where AWS's own words say which value, they are worth having.
_WORTH_QUOTING = frozenset(
    {"InvalidParameterException", "InvalidOAuthFlowException", "LimitExceededException", "NotAuthorizedException"}
    | {"AccessDeniedException", "ResourceNotFoundException", "FeatureUnavailableInTierException"}
)
_LONGEST_QUOTE = 400


class CognitoApi(Protocol):
    """What is used of boto3's client for `cognito-idp`."""

    def list_user_pools(self, **request: Any) -> dict[str, Any]: ...
    def describe_user_pool(self, **request: Any) -> dict[str, Any]: ...
    def create_user_pool(self, **request: Any) -> dict[str, Any]: ...
    def describe_identity_provider(self, **request: Any) -> dict[str, Any]: ...
    def create_identity_provider(self, **request: Any) -> dict[str, Any]: ...
    def update_identity_provider(self, **request: Any) -> dict[str, Any]: ...
    def list_user_pool_clients(self, **request: Any) -> dict[str, Any]: ...
    def describe_user_pool_client(self, **request: Any) -> dict[str, Any]: ...
    def create_user_pool_client(self, **request: Any) -> dict[str, Any]: ...
    def update_user_pool_client(self, **request: Any) -> dict[str, Any]: ...
    def describe_user_pool_domain(self, **request: Any) -> dict[str, Any]: ...
    def create_user_pool_domain(self, **request: Any) -> dict[str, Any]: ...
    def update_user_pool_domain(self, **request: Any) -> dict[str, Any]: ...


def connect(*, region: str, profile: str | None = None) -> CognitoApi:
    """A client with boto3's usual credentials. Asks nobody yet. Raises `AwsRefused`."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    )
    with in_plain_words():
        session = boto3.Session(profile_name=profile)
        client: CognitoApi = session.client("cognito-idp", region_name=region, config=config)
        return client


@contextmanager
def in_plain_words(secrets: Sequence[str] = ()) -> Iterator[None]:
    """Turns whatever boto3 raises into `AwsRefused`. AWS quotes values back, so `secrets` are taken out."""
    try:
        yield
    except botocore_errors.ClientError as error:
        told = error.response.get("Error", {})
        raise _refused(told.get("Code", "Unknown"), told.get("Message", ""), secrets) from None
    except botocore_errors.BotoCoreError as error:
        raise _refused(type(error).__name__, "", secrets) from None


def _refused(code: str, message: str, secrets: Sequence[str]) -> AwsRefused:
    sentence = _IN_WORDS.get(code, "AWS says no")
    if message and (code in _WORTH_QUOTING or code not in _IN_WORDS):
        sentence = f"{sentence}. In AWS's words: {_without(secrets, message)[:_LONGEST_QUOTE]}"
    return AwsRefused(sentence, code=code)


def _without(secrets: Sequence[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return "".join(character if character.isprintable() else " " for character in text)
