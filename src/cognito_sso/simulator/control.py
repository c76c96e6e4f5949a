"""The control API: what a test or the demo in another process may do to the stand-ins. JSON in, JSON out.

POST   /_control/keys/rotate   {"keep_old": true}                           new pool keys
GET    /_control/clock                                                      {"now": 1757330938.0}
POST   /_control/clock         {"advance": 300}                             move the stand-ins' time
PUT    /_control/faults        {"endpoint": "POST /oauth2/token", "status": 500, "times": 1, ...}
DELETE /_control/faults                                                     all of them
GET    /_control/misconfigurations                                          {"names": [...]}
POST   /_control/misconfigurations  {"name": "client_unknown"}              set up wrongly on purpose
DELETE /_control/misconfigurations                                          everything as it was at the start
GET    /_control/journal                                                    {"requests": [...]}
DELETE /_control/journal
GET    /_control/companies                                                  {"companies": [...]}
POST   /_control/companies     {"name": "Acme", "domains": ["acme.example"], ...}
PATCH  /_control/companies     {"company": "acme", "connection": "disabled", "pending_domains": ["acme.test"], ...}
POST   /_control/hooks         {"url": "http://localhost:8000/hooks/scalekit", "type": "organization.sso_enabled",
                                "company": "acme"}                          posts a signed event, as Scalekit would
POST   /_control/people        {"company": "acme", "email": "ann@acme.example", "given_name": "Ann", ...}

A body must be `application/json`, which a web page of another origin cannot send without asking first.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from cognito_sso.simulator.faults import Fault
from cognito_sso.simulator.misconfigurations import MISCONFIGURATIONS
from cognito_sso.simulator.people import Company, Person
from cognito_sso.simulator.wire import AnswerInstead

if TYPE_CHECKING:
    from cognito_sso.simulator.simulator import Simulator

Action = Callable[[Any], Any]


class Control:
    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/_control/keys/rotate", _json(self.rotate), methods=["POST"]),
            Route("/_control/clock", _json(self.clock)),
            Route("/_control/clock", _json(self.advance), methods=["POST"]),
            Route("/_control/faults", _json(self.set_fault), methods=["PUT"]),
            Route("/_control/faults", _json(self.clear_faults), methods=["DELETE"]),
            Route("/_control/misconfigurations", _json(self.misconfigurations)),
            Route("/_control/misconfigurations", _json(self.misconfigure), methods=["POST"]),
            Route("/_control/misconfigurations", _json(self.set_right), methods=["DELETE"]),
            Route("/_control/journal", _json(self.journal)),
            Route("/_control/journal", _json(self.clear_journal), methods=["DELETE"]),
            Route("/_control/companies", _json(self.companies)),
            Route("/_control/companies", _json(self.add_company), methods=["POST"]),
            Route("/_control/companies", _json(self.change_company), methods=["PATCH"]),
            Route("/_control/hooks", _json(self.send_hook), methods=["POST"]),
            Route("/_control/people", _json(self.add_person), methods=["POST"]),
        ]

    def rotate(self, body: dict[str, Any]) -> Any:
        self._simulator.keys.rotate(keep_old=bool(body.get("keep_old", True)))
        return {"kids": [key.kid for key in self._simulator.keys.published]}

    def clock(self, _: dict[str, Any]) -> Any:
        return {"now": self._simulator.clock.now()}

    def advance(self, body: dict[str, Any]) -> Any:
        self._simulator.clock.advance(float(body["advance"]))
        return self.clock(body)

    def set_fault(self, body: dict[str, Any]) -> Any:
        fault = Fault(**{key: value for key, value in body.items() if key != "endpoint"})
        _check_types(fault, Fault())
        self._simulator.faults.set(str(body["endpoint"]), fault)
        return {"endpoint": body["endpoint"], **asdict(fault)}

    def clear_faults(self, _: dict[str, Any]) -> Any:
        self._simulator.faults.clear()
        return {}

    def misconfigurations(self, _: dict[str, Any]) -> Any:
        return {"names": list(MISCONFIGURATIONS)}

    def misconfigure(self, body: dict[str, Any]) -> Any:
        self._simulator.misconfigure(str(body["name"]))
        return {"name": body["name"]}

    def set_right(self, _: dict[str, Any]) -> Any:
        self._simulator.set_right()
        return {}

    def journal(self, _: dict[str, Any]) -> Any:
        return {"requests": [entry.as_json() for entry in self._simulator.journal]}

    def clear_journal(self, _: dict[str, Any]) -> Any:
        self._simulator.journal.clear()
        return {}

    def companies(self, _: dict[str, Any]) -> Any:
        return {"companies": [_company_json(company) for company in self._simulator.people]}

    def add_company(self, body: dict[str, Any]) -> Any:
        people = tuple(Person(**person) for person in body.pop("people", []))
        domains = tuple(map(str, body.pop("domains")))
        return _company_json(self._simulator.people.add_company(Company(domains=domains, people=people, **body)))

    def change_company(self, body: dict[str, Any]) -> Any:
        slug = str(body.pop("company"))
        domains = {name: tuple(map(str, body.pop(name))) for name in ("domains", "pending_domains") if name in body}
        return _company_json(self._simulator.people.change(slug, **domains, **body))

    async def send_hook(self, body: dict[str, Any]) -> Any:
        event = self._simulator.signed_event(str(body["type"]), str(body["company"]))
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.post(str(body["url"]), content=event.body, headers=event.headers)
        return {"id": event.id, "status": answer.status_code}

    def add_person(self, body: dict[str, Any]) -> Any:
        company = str(body.pop("company"))
        return asdict(self._simulator.people.add_person(company, Person(**body)))


def _json(action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await _body(request)
        try:
            done = action(body)
            return JSONResponse(await done if isawaitable(done) else done)
        except (KeyError, TypeError, ValueError, AttributeError, httpx.HTTPError, httpx.InvalidURL) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 422)

    return endpoint


async def _body(request: Request) -> dict[str, Any]:
    if request.method in ("GET", "HEAD", "DELETE"):
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise AnswerInstead(JSONResponse({"error": "Send application/json"}, 415))
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError) as error:
        raise AnswerInstead(JSONResponse({"error": "Not JSON"}, 400)) from error
    if not isinstance(body, dict):
        raise AnswerInstead(JSONResponse({"error": "Send a JSON object"}, 400))
    return body


def _check_types(fault: Fault, example: Fault) -> None:
    """A fault of the wrong type would only show when it strikes, as an error of the simulator."""
    numbers = ("status", "delay", "drip", "times")
    for field in fields(Fault):
        value, default = getattr(fault, field.name), getattr(example, field.name)
        fits = isinstance(value, int | float) if field.name in numbers else isinstance(value, type(default))
        if value != default and not fits:
            raise TypeError(f"{field.name} cannot be {value!r}")


def _company_json(company: Company) -> dict[str, Any]:
    ids = {"connection_id": company.connection_id, "organization_id": company.organization_id}
    return {**asdict(company), **ids}
