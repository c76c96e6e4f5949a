"""What only nginx and Caddy can, and what is nginx's own: people are sent to sign in, and connections are kept."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.gateways.stage import GATEWAYS, NGINX_MAIN, SHIPPED, Stage, program_of

Opened = Callable[..., Stage]
NAVIGATES = "Sec-Fetch-Mode: navigate"


@pytest.fixture(scope="module")
def nginx(opened: Opened) -> Stage:
    return opened("nginx")


@pytest.fixture(scope="module", params=[name for name, gateway in GATEWAYS.items() if gateway.redirects])
def stage(request: pytest.FixtureRequest, opened: Opened) -> Stage:
    return opened(request.param)


def test_a_person_who_opens_a_page_is_sent_to_sign_in_and_comes_back_to_it(stage: Stage) -> None:
    reply = stage.get("/orders/2026", NAVIGATES, "Accept: text/html")

    assert reply.status == 302
    assert reply.header("cache-control") == "no-store"
    assert reply.header("location") == f"{stage.url}/login?return_to={stage.url}/orders/2026"
    login = httpx.get(str(reply.header("location")), trust_env=False)
    assert login.status_code == 200
    assert f"{stage.url}/orders/2026" in login.text


OTHERS = {
    "a script": ["Sec-Fetch-Mode: cors"],
    "a script of the same origin": ["Sec-Fetch-Mode: same-origin", "Accept: text/html"],
    "an image": ["Sec-Fetch-Mode: no-cors", "Accept: image/avif"],
    "a WebSocket": ["Sec-Fetch-Mode: websocket", "Upgrade: websocket", "Connection: upgrade"],
    "a program": ["Accept: */*"],
}


@pytest.mark.parametrize("words", OTHERS)
def test_whoever_else_asks_gets_a_401_and_no_page(stage: Stage, words: str) -> None:
    reply = stage.get("/orders", *OTHERS[words])

    assert reply.status == 401
    assert reply.header("location") is None
    assert reply.header("www-authenticate") == "Bearer"


def test_a_form_that_is_sent_is_not_redirected(stage: Stage) -> None:
    assert stage.get("/orders", NAVIGATES, method="POST", body=b"x=y").status == 401


HOSTILE = (
    "/%0d%0aSet-Cookie:%20a=b",
    "/x?a=b&return_to=https://evil.example",
    "/x?email=mallory%40evil.example",
    "/x%26email=mallory@evil.example",
    "/x&email=mallory@evil.example",
    "//evil.example",
    "//evil.example/%2f..",
    "/\\evil.example",
    "/@evil.example",
    "/x#y",
    "/\u00e9",
    "/" + "x" * 3000,
    "/?" + "&".join(f"p{number}=x" for number in range(60)),
)


@pytest.mark.parametrize("path", HOSTILE)
def test_the_way_back_is_the_apps_origin_and_a_single_parameter_whatever_was_asked_for(stage: Stage, path: str) -> None:
    reply = stage.get(path, NAVIGATES, "Host: evil.example") if "Host" in path else stage.get(path, NAVIGATES)

    if reply.status == 400:
        return
    assert reply.status == 302
    assert reply.header("set-cookie") is None
    location = httpx.URL(str(reply.header("location")))
    assert str(location).startswith(f"{stage.url}/login")
    assert set(location.params) <= {"return_to"}
    assert len(location.params.get_list("return_to")) <= 1
    assert location.params.get("return_to", f"{stage.url}/").startswith(f"{stage.url}/")


def test_the_host_that_a_client_names_is_not_where_it_is_sent(stage: Stage) -> None:
    for host in ("evil.example", f"localhost:{stage.ports.gateway}@evil.example", ""):
        reply = stage.send(f"GET /x HTTP/1.1\r\nHost: {host}\r\n{NAVIGATES}\r\nConnection: close\r\n\r\n".encode())
        assert reply.status == 400 or str(reply.header("location")).startswith(f"{stage.url}/login")


# nginx's own


def test_a_simple_query_comes_back_too(nginx: Stage) -> None:
    assert str(nginx.get("/orders?page=2", NAVIGATES).header("location")).endswith("/orders?page=2")
    assert str(nginx.get("/orders?a=1&b=2", NAVIGATES).header("location")).endswith("/orders")
    assert str(nginx.get("/a%20b", NAVIGATES).header("location")).endswith("return_to=" + nginx.url + "/")


def test_an_old_browser_is_known_by_what_it_accepts(nginx: Stage) -> None:
    assert nginx.get("/orders", "Accept: text/html,*/*").status == 302


def test_who_is_refused_gets_a_page_of_its_own(opened: Opened) -> None:
    stage = opened("nginx", filters="groups=admins")
    reply = stage.get("/orders", stage.bearer())

    assert reply.status == 403
    assert reply.header("cache-control") == "no-store"
    assert b"not allowed here" in reply.body


def test_without_the_service_it_says_so_and_that_it_will_pass(opened: Opened) -> None:
    stage = opened("nginx", is_up=False)
    reply = stage.get("/orders", stage.bearer())

    assert reply.status == 503
    assert reply.header("retry-after") == "5"
    assert b"right now" in reply.body


def test_connections_to_the_service_and_the_app_are_kept(nginx: Stage) -> None:
    nginx.sso.requests.clear()
    nginx.app.requests.clear()
    bearer = nginx.bearer()
    for _ in range(10):
        assert nginx.get("/orders", bearer).status == 200

    for asked in (nginx.sso, nginx.app):
        assert len(asked.requests) == 10
        assert len({scope["client"] for scope in asked.requests}) == 1


def test_the_service_is_told_nothing_but_who_asks(nginx: Stage) -> None:
    nginx.sso.requests.clear()
    nginx.get("/orders/1?x=y", nginx.bearer(), "Cookie: a=b", "X-Custom: canary", method="PUT", body=b"x")

    (asked,) = nginx.sso.of("/auth/verify")
    assert {name for name, _ in asked["headers"]} == {b"host", b"cookie", b"authorization"}
    assert (asked["method"], asked["path"], asked["query_string"]) == ("GET", "/auth/verify", b"")


def test_an_odd_header_name_is_dropped_and_not_the_request(nginx: Stage) -> None:
    reply = nginx.get("/orders", nginx.bearer(), "X_Auth_Request_User: admin", "X.Auth.Request.User: admin")

    assert reply.status == 200
    assert not [name for name, _ in reply.seen["headers"] if "_" in name or "." in name]


def test_it_is_a_good_file_as_it_is(opened: Opened, tmp_path: Path) -> None:
    """Included as `/etc/nginx/conf.d/` would be, with nothing substituted."""
    opened("nginx")
    (tmp_path / "sso.conf").write_bytes((SHIPPED / "nginx.conf").read_bytes())
    (tmp_path / "nginx.conf").write_text(NGINX_MAIN.format(folder=tmp_path))
    program = program_of(GATEWAYS["nginx"], tmp_path)
    command = [str(program), "-t", "-p", str(tmp_path), "-c", "nginx.conf", "-e", "stderr"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert "warn" not in ran.stderr
