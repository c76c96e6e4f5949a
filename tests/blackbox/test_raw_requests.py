"""The running process, and bytes that no client would send: every answer is whole, and tells nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.blackbox.cases import FAMILIES, Case
from tests.blackbox.running import RunningService
from tests.blackbox.wire import say
from tests.figures import tried
from tests.invariants import LEADS_TO, is_well_formed

MOST_GROWTH_KILOBYTES = 10_240


@pytest.mark.parametrize("family", FAMILIES)
def test_every_request_of_the_family_is_answered_as_it_deserves(service: RunningService, family: str) -> None:
    asked = len(service.simulator.journal.of("POST", "/oauth2/token"))
    faults = [f"{case.id}: {fault}" for case in FAMILIES[family] if (fault := fault_of(service, case))]
    if faults:
        pytest.fail("\n".join(faults))
    assert len(service.simulator.journal.of("POST", "/oauth2/token")) == asked, "a code was sent to Cognito"


def fault_of(service: RunningService, case: Case) -> str:
    """What is wrong with the answers, or nothing."""
    tried["requests"] += 1
    try:
        heard = say(service.port, case.data)
        assert case.answers is None or len(heard.answers) == case.answers, f"{len(heard.answers)} answers"
        assert {answer.status_code for answer in heard.answers} <= case.statuses, heard.answers
        assert case.hangs_up is None or heard.next_answered != case.hangs_up, "the connection"
        assert heard.next_answered or case.hangs_up or case.answers is None, "hung up"
        for answer in heard.answers:
            gateway = case.for_gateway and answer.status_code in (204, 401, 403)
            is_well_formed(
                answer, secrets=service.canaries, hosts=(*LEADS_TO, service.authorize_host), for_gateway=gateway
            )
    except AssertionError as fault:
        return str(fault) or repr(fault)
    return ""


def test_what_is_too_long_is_not_kept(service: RunningService) -> None:
    for case in FAMILIES["oversized"]:  # once, for what is only made on the way
        say(service.port, case.data)
    before = service.resident_kilobytes()
    for _ in range(3):
        for case in FAMILIES["oversized"]:
            say(service.port, case.data)
    assert service.resident_kilobytes() - before < MOST_GROWTH_KILOBYTES


def test_the_tables_are_long_and_no_id_stands_twice() -> None:
    ids = Counter(case.id for cases in FAMILIES.values() for case in cases)
    assert sum(ids.values()) > 1_000
    assert [name for name, times in ids.items() if times > 1] == []
