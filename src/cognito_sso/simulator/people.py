"""The companies that sign in through Scalekit, their e-mail domains, and the people who work there."""

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

ConnectionState = Literal["active", "disabled", "unconfigured"]

SUBJECTS = uuid.UUID("6f1d7f0c-1e0b-5b7b-9d7a-3a9a6f2c1b11")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def scalekit_id(prefix: str, seed: str) -> str:
    """An id of Scalekit's shape (`conn_` and 17 digits), the same at every start."""
    number = int.from_bytes(hashlib.sha256(f"{prefix}:{seed}".encode()).digest()[:8])
    return f"{prefix}_{10**16 + number % (9 * 10**16)}"


def email_domain(email: str) -> str:
    """The domain as Scalekit compares it: lower case, ASCII; "" if there is none."""
    domain = email.rpartition("@")[2] if "@" in email else ""
    try:
        return domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return ""


@dataclass(frozen=True)
class Person:
    """`attributes` are what the company's IdP asserts beyond name and e-mail."""

    email: str
    given_name: str = ""
    family_name: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    email_verified: bool | None = None
    subject: str | None = None

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True)
class Company:
    """One customer: a Scalekit organisation with one connection to its IdP.

    `domains` are verified; `pending_domains` are claimed only, and sign nobody in. `external_id` is the app's own name
    for it, the slug unless told otherwise; "" for none.
    `checks_domain=False` lets its IdP assert e-mail addresses of other companies, which Scalekit then passes on.
    `fresh_subject=True` gives every sign-in another subject, as Scalekit's hosted IdP Simulator may do.
    """

    name: str
    domains: tuple[str, ...]
    people: tuple[Person, ...] = ()
    colour: str = "#3b5bdb"
    slug: str = ""
    connection: ConnectionState = "active"
    idp_simulator: bool = False
    checks_domain: bool = True
    fresh_subject: bool = False
    pending_domains: tuple[str, ...] = ()
    external_id: str | None = None

    def __post_init__(self) -> None:
        slug = self.slug or re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
        if not SLUG.fullmatch(slug) or not COLOUR.fullmatch(self.colour):
            raise ValueError("A company needs a plain slug and a colour such as #3b5bdb")
        object.__setattr__(self, "slug", slug)
        object.__setattr__(self, "external_id", slug if self.external_id is None else self.external_id)
        object.__setattr__(self, "domains", tuple(domain.lower() for domain in self.domains))
        object.__setattr__(self, "pending_domains", tuple(domain.lower() for domain in self.pending_domains))

    @property
    def connection_id(self) -> str:
        return scalekit_id("conn", self.slug)

    @property
    def organization_id(self) -> str:
        return scalekit_id("org", self.slug)

    def person(self, email: str) -> Person | None:
        wanted = email.strip().lower()
        return next((person for person in self.people if person.email.lower() == wanted), None)

    def may_assert(self, email: str) -> bool:
        return not self.checks_domain or email_domain(email) in self.domains

    def subject_of(self, person: Person) -> str:
        """What Scalekit's `sub` says after the connection: stable, unless this company wants it fresh."""
        if self.fresh_subject:
            return str(uuid.uuid4())
        return person.subject or str(uuid.uuid5(SUBJECTS, f"{self.connection_id}:{person.email.lower()}"))


class People:
    """Every company, by slug."""

    def __init__(self, companies: tuple[Company, ...] = ()) -> None:
        self._companies = {company.slug: company for company in companies}

    def __iter__(self) -> Iterator[Company]:
        return iter(list(self._companies.values()))

    def add_company(self, company: Company) -> Company:
        """Adds it, or replaces the one with the same slug."""
        self._companies[company.slug] = company
        return company

    def add_person(self, slug: str, person: Person) -> Person:
        company = self._companies[slug]
        others = tuple(one for one in company.people if one.email.lower() != person.email.lower())
        self._companies[slug] = replace(company, people=(*others, person))
        return person

    def change(self, slug: str, **changes: object) -> Company:
        """`people.change("megasoft", connection="disabled")`."""
        return self.add_company(replace(self._companies[slug], **changes))  # type: ignore[arg-type]

    def remove(self, slug: str) -> Company:
        return self._companies.pop(slug)

    def company(self, slug: str) -> Company | None:
        return self._companies.get(slug)

    def of_domain(self, domain: str) -> Company | None:
        """Exact: a company's domain does not cover its sub-domains."""
        return next((company for company in self if domain in company.domains), None)

    def of_connection(self, connection_id: str) -> Company | None:
        return next((company for company in self if company.connection_id == connection_id), None)

    def of_organization(self, organization_id: str) -> Company | None:
        return next((company for company in self if company.organization_id == organization_id), None)

    def find(self, email: str) -> tuple[Company, Person] | None:
        """The person with this e-mail, at the company that owns its domain."""
        company = self.of_domain(email_domain(email))
        person = company.person(email) if company else None
        return (company, person) if company and person else None


def _employee(email: str, name: str, department: str) -> Person:
    given_name, _, family_name = name.partition(" ")
    return Person(email, given_name, family_name, {"department": department}, email_verified=True)


# Companies for every way a sign-in can go; the test organisation is the one each Scalekit environment ships.
DEFAULT_COMPANIES = (
    Company("Test Organization", ("example.com", "example.org"), idp_simulator=True),
    Company(
        "Megasoft",
        ("megasoft.example",),
        (
            _employee("jane@megasoft.example", "Jane Doe", "Engineering"),
            _employee("omar@megasoft.example", "Omar Haddad", "Finance"),
            _employee("li.wei@megasoft.example", "Li Wei", "Research"),
        ),
        colour="#0b6bcb",
    ),
    Company(
        "Globex",
        ("globex.example",),
        (
            _employee("hank@globex.example", "Hank Scorpio", "Executive"),
            _employee("zoe.ohara@globex.example", "Zoë O'Hara", "Design"),
        ),
        colour="#0f7b4f",
    ),
    Company(
        "Umbrella",
        ("umbrella.example", "umbrella.test"),
        (
            _employee("alice@umbrella.example", "Alice Abernathy", "Security"),
            _employee("albert@umbrella.test", "Albert Wesker", "Research"),
        ),
        colour="#b3202c",
    ),
    Company(
        "Initech",
        ("initech.example",),
        (_employee("peter@initech.example", "Peter Gibbons", "Software"),),
        colour="#8a5a00",
        connection="disabled",
    ),
    Company(
        "Shady Ventures",
        ("shady.example",),
        (
            _employee("mallory@shady.example", "Mallory Grey", "Acquisitions"),
            _employee("jane@megasoft.example", "Jane Doe", "Acquisitions"),
        ),
        colour="#5f3dc4",
        slug="shady",
        checks_domain=False,
    ),
)


def default_people() -> People:
    return People(DEFAULT_COMPANIES)
