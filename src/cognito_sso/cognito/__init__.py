"""(3) The user pool's hosted domain, over HTTP."""

from cognito_sso.cognito.client import CognitoClient
from cognito_sso.cognito.endpoints import Endpoints
from cognito_sso.cognito.observer import Observer, Unobserved
from cognito_sso.cognito.patience import USUAL_PATIENCE, Patience, within
from cognito_sso.cognito.tokens import TokenSet

__all__ = ["USUAL_PATIENCE", "CognitoClient", "Endpoints", "Observer", "Patience", "TokenSet", "Unobserved", "within"]
