"""Whatever Scalekit and the tenants file say together, nobody gets a domain that is not theirs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_sso.login.routing import Ruling, rule
from cognito_sso.login.tenants import Tenant, Tenants
from cognito_sso.scalekit import Connection, Domain, Organization

PROVIDER = "ScalekitIdPRouter"
DOMAINS = tuple(f"{letter}.example" for letter in "abcdef")
IDS = tuple(f"org_{number}" for number in range(5))
Organizations = tuple[Organization, ...]

domains = st.lists(
    st.builds(Domain, st.sampled_from(DOMAINS), st.booleans()), max_size=4, unique_by=lambda domain: domain.name
).map(tuple)


@st.composite
def organization(draw: st.DrawFn, id_: str) -> Organization:
    active = draw(st.lists(st.booleans(), max_size=3))
    connections = tuple(Connection(f"conn_{id_[4:]}{n}", id_, on) for n, on in enumerate(active))
    external_id = draw(st.sampled_from([None, "alpha", "beta", "file", "org_1", "two words"]))
    return Organization(id_, "Megasoft", external_id, connections, draw(domains))


organizations = st.tuples(*map(organization, IDS))
connection_ids = st.sampled_from([None, *(f"conn_{n}{m}" for n in range(5) for m in range(2)), "conn_elsewhere"])


@st.composite
def files(draw: st.DrawFn) -> tuple[Tenant, ...]:
    """What could be read: names and domains each once."""
    left = list(DOMAINS)
    tenants = []
    for name in draw(st.lists(st.sampled_from(["file", "alpha", "org_2", "other"]), unique=True, max_size=3)):
        own = draw(st.lists(st.sampled_from(left), unique=True, min_size=1, max_size=2)) if left else []
        left = [domain for domain in left if domain not in own]
        if own:
            tenants.append(Tenant(name, tuple(own), PROVIDER, draw(connection_ids)))
    return tuple(tenants)


def ruled(listed: tuple[Tenant, ...], told: Organizations) -> Ruling:
    return rule(listed, told, provider=PROVIDER)


@given(files(), organizations)
@settings(deadline=None, max_examples=60)
def test_every_domain_leads_to_one_company_and_every_name_is_one_companys(
    listed: tuple[Tenant, ...], told: Organizations
) -> None:
    tenants = ruled(listed, told).routing.tenants
    assert tenants[: len(listed)] == listed
    assert max(Counter(tenant.name for tenant in tenants).values(), default=1) == 1
    assert max(Counter(domain for tenant in tenants for domain in tenant.domains).values(), default=1) == 1


@given(files(), organizations)
@settings(deadline=None, max_examples=60)
def test_what_is_routed_by_scalekit_is_verified_by_one_organisation_and_pinned_to_its_active_connections(
    listed: tuple[Tenant, ...], told: Organizations
) -> None:
    for tenant in ruled(listed, told).routing.tenants[len(listed) :]:
        for domain in tenant.domains:
            (owner,) = [one for one in told if Domain(domain, verified=True) in one.domains]
            assert tenant.connections == tuple(one.id for one in owner.connections if one.active)
            assert tenant.connections


@given(files(), organizations, st.sampled_from(range(5)), st.sets(st.sampled_from(DOMAINS)))
@settings(deadline=None, max_examples=60)
def test_an_organisation_that_claims_without_proof_changes_nothing_for_anybody(
    listed: tuple[Tenant, ...], told: Organizations, who: int, claimed: set[str]
) -> None:
    others = {domain.name for domain in told[who].domains}
    more = tuple(Domain(name, verified=False) for name in sorted(claimed - others))
    claiming = replace(told[who], domains=(*told[who].domains, *more))
    after = ruled(listed, (*told[:who], claiming, *told[who + 1 :]))
    assert after.routing == ruled(listed, told).routing


@given(files(), organizations)
@settings(deadline=None, max_examples=60)
def test_no_connection_of_one_organisation_answers_for_another(listed: tuple[Tenant, ...], told: Organizations) -> None:
    routing = ruled(listed, told).routing
    tenants = Tenants((), default_provider=PROVIDER, unlisted_allowed=True)
    tenants.use(routing)
    for tenant in routing.tenants[len(listed) :]:
        for one in told:
            for connection in one.connections:
                may = tenants._may_answer(connection.id, tenant)
                assert may == (connection.active and Domain(tenant.domains[0], verified=True) in one.domains)


@given(files(), organizations)
@settings(deadline=None, max_examples=60)
def test_the_order_in_which_scalekit_tells_decides_nothing(listed: tuple[Tenant, ...], told: Organizations) -> None:
    forwards, backwards = ruled(listed, told).routing, ruled(listed, tuple(reversed(told))).routing
    assert set(forwards.tenants) == set(backwards.tenants)
    assert set(forwards.refused_domains) == set(backwards.refused_domains)
    assert forwards.known_connections == backwards.known_connections
