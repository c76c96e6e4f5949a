"""Stand-ins for Amazon Cognito, Scalekit and a company's IdP: a whole enterprise sign-in on one machine.

A browser walks authorize -> Scalekit -> the company's sign-in page -> idpresponse -> the app, as it would in the cloud,
and every answer has the status, wording and order of parameters seen on the real wire.

Where they deliberately differ from the real thing: plain http and any port will do; over http cookies lack `Secure`,
and `SameSite=None` becomes `Lax`; there is no WAF and no throttling, and no management API of Cognito; people sign in
with any password; time and faults can be set from outside. `docs/simulator.md` has the whole list.
"""

from cognito_sso.simulator.clock import Clock
from cognito_sso.simulator.cognito import AppClient, IdentityProvider, SimulatedPool
from cognito_sso.simulator.cognito.users import FederationRules, User
from cognito_sso.simulator.faults import Fault, Faults
from cognito_sso.simulator.journal import Entry, Journal
from cognito_sso.simulator.misconfigurations import MISCONFIGURATIONS
from cognito_sso.simulator.people import Company, People, Person, default_people
from cognito_sso.simulator.scalekit import ScalekitClient, ScalekitEnvironment
from cognito_sso.simulator.signing import SigningKey, new_key
from cognito_sso.simulator.simulator import Simulator
from cognito_sso.simulator.tamper import Tamper

__all__ = [
    "MISCONFIGURATIONS",
    "AppClient",
    "Clock",
    "Company",
    "Entry",
    "Fault",
    "Faults",
    "FederationRules",
    "IdentityProvider",
    "Journal",
    "People",
    "Person",
    "ScalekitClient",
    "ScalekitEnvironment",
    "SigningKey",
    "SimulatedPool",
    "Simulator",
    "Tamper",
    "User",
    "default_people",
    "new_key",
]
