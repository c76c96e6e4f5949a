"""Log lines: one JSON object each, escaped and cut short, so that nobody writes a line of their own into them."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from cognito_sso.observability.asked import asked
from cognito_sso.observability.log_sink import LogSink

LONGEST_FIELD = 256
FIELDS = "fields"  # the attribute of a log record that carries an event's fields

# Belt and braces: nothing that looks like a token leaves, whoever logged it.
_TOKEN = re.compile(r"eyJ[\w-]{10,}[\w.=-]*|(?i:bearer)\s+\S{20,}")
_SHORTEST_TOKEN = 13  # characters: what is shorter is none
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a1-\u024f]")


def clean(value: Any) -> Any:
    """A value as it may stand in a log: numbers as they are, text on one line and cut short."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    if len(text) >= _SHORTEST_TOKEN:
        text = _TOKEN.sub("[token]", text)
    text = _escaped(text)
    return text if len(text) <= LONGEST_FIELD else text[:LONGEST_FIELD] + "…"


def _clean_lines(text: str) -> str:
    """A traceback: as `clean`, but whole and line by line."""
    text = _TOKEN.sub("[token]", text)
    return "\n".join(_escaped(line) for line in text.split("\n"))


def _escaped(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


@lru_cache(maxsize=2)
def _second(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        members: dict[str, Any] = {
            "time": f"{_second(int(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": clean(record.getMessage()),
        }
        if request := asked():
            members["request_id"] = request.request_id
            if trace_id := request.trace_id:
                members["trace_id"] = trace_id
        members.update({name: clean(value) for name, value in getattr(record, FIELDS, {}).items()})
        if record.exc_info:
            members["traceback"] = _clean_lines(self.formatException(record.exc_info))
        return to_json(members).decode()  # in a fifth of the time that `json` takes


class TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={clean(value)}" for name, value in getattr(record, FIELDS, {}).items())
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        line = f"{at} {record.levelname.lower():7} {clean(record.getMessage())} {fields}".rstrip()
        if record.exc_info:
            line += "\n" + _clean_lines(self.formatException(record.exc_info))
        return line


def configure_logging(*, style: str, level: str) -> None:
    """Sends every log line of the process to standard error, in one format."""
    handler = _standard_error()
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # No line says where in the code it was written, or by which thread, so nobody looks (logging HOWTO, Optimization).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for chatty in ("httpx", "httpcore", "hpack"):  # they log whole URLs at info and debug
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _standard_error() -> logging.Handler:
    try:
        return LogSink(sys.stderr.fileno())
    except (OSError, AttributeError):  # it is no file, or the platform has no `poll`
        return logging.StreamHandler(sys.stderr)


def count_lost_lines(lost: Callable[[], None]) -> None:
    """Has `lost` called for each line that finds no room, from now on."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LogSink):
            handler.lost = lost
