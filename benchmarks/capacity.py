"""`python -m benchmarks.capacity`: what so many sign-ins a day need of replicas, of Cognito's quotas and of the wire.

Pure arithmetic: docs/scale.md shows its result, and a test holds the page to it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import ceil

SECONDS_OF_AN_HOUR = 3600


@dataclass(frozen=True)
class People:
    """What they do in a day. The busiest hour's share and the peak within it are of everything they do."""

    sign_ins: int = 1_000_000
    refreshes_per_sign_in: float = 3  # an app that is open for three hours, access tokens of one
    sign_outs_per_sign_in: float = 0.3
    questions_per_sign_in: float = 200  # `/auth/verify`, or `/me`
    busiest_hour: float = 0.2
    peak_in_it: float = 1.5

    def peak(self, each_sign_in: float = 1) -> float:
        """Times a second."""
        return self.sign_ins * each_sign_in * self.busiest_hour / SECONDS_OF_AN_HOUR * self.peak_in_it


@dataclass(frozen=True)
class Costs:
    """CPU seconds of a replica for one request behind nginx, and bytes of a cookie: `python -m benchmarks.replicas`."""

    start: float
    callback: float
    refresh: float
    question: float
    session_cookie: int
    used: float = 0.6  # of a core, before a replica is added


@dataclass(frozen=True)
class Quota:
    """One of Cognito's, in requests a second for an account in a region, unless it says otherwise."""

    name: str
    default: int
    adjustable: bool
    needed: float

    @property
    def verdict(self) -> str:
        if self.needed <= self.default:
            return "enough"
        return f"ask for {ceil(self.needed * 1.2 / 10) * 10}" if self.adjustable else "not enough: see below"


def cores(people: People, costs: Costs) -> float:
    """At the peak, all replicas together."""
    work = people.peak() * (costs.start + costs.callback)
    work += people.peak(people.refreshes_per_sign_in) * costs.refresh
    return work + people.peak(people.questions_per_sign_in) * costs.question


def replicas(people: People, costs: Costs) -> int:
    """One core each, and one more than is needed, so that one may go."""
    return ceil(cores(people, costs) / costs.used) + 1


def quotas(people: People) -> list[Quota]:
    signing_in, refreshing = people.peak(), people.peak(people.refreshes_per_sign_in)
    signing_out = people.peak(people.sign_outs_per_sign_in)
    ours = signing_in + refreshing + signing_out  # token requests and revocations, from the replicas
    theirs = 2 * signing_in + signing_out  # authorize, idpresponse and logout, from the browsers
    return [
        Quota("UserFederation", 25, adjustable=True, needed=signing_in),
        Quota("UserAuthentication, refreshes", 120, adjustable=True, needed=refreshing),
        Quota("the same again, redeemed codes", 120, adjustable=True, needed=signing_in),
        Quota("UserToken, revocations", 120, adjustable=True, needed=signing_out),
        Quota("from one address to the domain", 300, adjustable=False, needed=ours),
        Quota("of one app client to the domain", 300, adjustable=False, needed=ours + theirs),
        Quota("the whole domain", 500, adjustable=False, needed=ours + theirs),
    ]


def cookie_megabits(people: People, costs: Costs) -> float:
    """What session cookies add to the requests at the peak."""
    return people.peak(people.questions_per_sign_in) * costs.session_cookie * 8 / 1e6


def row(quota: Quota) -> str:
    can_grow = "yes" if quota.adjustable else "no"
    return f"| {quota.name} | {quota.needed:.0f} | {quota.default} | {can_grow} | {quota.verdict} |"


def table(people: People) -> list[str]:
    """The rows of docs/scale.md."""
    return [row(quota) for quota in quotas(people)]


def main() -> int:
    people = People(sign_ins=int(sys.argv[1])) if len(sys.argv) > 1 else People()
    print("\n".join(table(people)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
