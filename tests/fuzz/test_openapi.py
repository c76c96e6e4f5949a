"""Schemathesis reads our own description and tries to catch us lying: every operation, with every check it has."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS, load_all_checks

from tests.figures import tried
from tests.world import World

EXAMPLES = 25
# A target is right on our own frontends only, a code for its own login only: no schema can say so.
NOT_FOR_ANY = {"positive_data_acceptance"}
# A gateway is told 204, 401 or 403, whatever the method of the request that it asks for.
NOT_FOR = {"/auth/verify": {"unsupported_method"}}

load_all_checks()
world = World(from_scalekit=True, sso_rate_limit="1000000/second")
schema = schemathesis.openapi.from_asgi("/openapi.json", world.app)


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_operation_does_what_it_says_sec_528(case: schemathesis.Case) -> None:
    tried["requests"] += 1
    left_out = NOT_FOR_ANY | NOT_FOR.get(case.path, set())
    checks = [check for check in CHECKS.get_all() if getattr(check, "__name__", "") not in left_out]
    assert len(checks) > 8
    case.call_and_validate(checks=checks)
