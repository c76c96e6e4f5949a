"""A line is written where it is logged; and where nobody reads, no one waits for them."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognito_sso.observability.log_sink import SENT_LAST, LogSink

PIPE_BYTES = 4096
LINE = "x" * 99  # and its end


class Pipe:
    """The smallest there is, with a sink at one end and us at the other."""

    def __init__(self, *, room: int = 100_000) -> None:
        self.reading, self.writing = os.pipe()
        fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.sink = LogSink(self.writing, most_waiting_bytes=room)
        self.lost = 0
        self.sink.lost = self._count

    def log(self, message: str = LINE, name: str = "cognito_sso.access") -> None:
        self.sink.handle(logging.LogRecord(name, logging.INFO, __file__, 1, message, (), None))

    def read(self, lines: int) -> list[str]:
        """As many, waiting for each."""
        got = b""
        while got.count(b"\n") < lines:
            got += os.read(self.reading, PIPE_BYTES)
        return got.decode().splitlines()

    def close(self) -> None:
        os.close(self.writing)

    def _count(self) -> None:
        self.lost += 1


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.sink.flush()
    os.close(pipe.reading)
    pipe.close()


def writers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "log"]


def test_a_line_is_there_when_logging_it_returns(pipe: Pipe) -> None:
    pipe.log("é \ud800 hello")
    assert os.read(pipe.reading, PIPE_BYTES).decode() == "é \\ud800 hello\n"
    assert writers() == []


def test_a_line_that_the_garbage_collector_causes_while_one_is_written_comes_after_it(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task's exception that nobody asked for is logged by whatever thread collects the task, in whatever line."""
    write = pipe.sink._written_at_once

    def collecting(line: bytes) -> bytes:
        if line == b"one\n":
            pipe.log("two")
        return write(line)

    monkeypatch.setattr(pipe.sink, "_written_at_once", collecting)
    logging_ = threading.Thread(target=lambda: [pipe.log("one"), pipe.log("three")], daemon=True)
    logging_.start()
    assert pipe.read(3) == ["one", "two", "three"]
    logging_.join(10.0)
    assert not logging_.is_alive()


def test_nobody_waits_for_a_reader_who_gets_every_line_in_order_when_he_is_back_sec_532(pipe: Pipe) -> None:
    messages = [f"{number:099}" for number in range(400)]
    for message in messages:
        pipe.log(message)
    assert len(writers()) == 1
    assert pipe.read(400) == messages
    pipe.sink.flush()
    assert writers() == []
    pipe.log("and on")
    assert pipe.read(1) == ["and on"]
    assert pipe.lost == 0


def test_lines_wait_in_order_while_the_system_has_no_thread_to_give(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    messages = [f"{number:099}" for number in range(100)]
    with monkeypatch.context() as without_threads:
        without_threads.setattr(threading.Thread, "start", refused)
        for message in messages[:60]:
            pipe.log(message)
        assert pipe.read(1) == messages[:1]  # there is room, but not for those that come later
        for message in messages[60:]:
            pipe.log(message)
    pipe.log("a thread again")
    assert pipe.read(100) == [*messages[1:], "a thread again"]
    assert pipe.lost == 0


def test_a_line_longer_than_the_pipe_stays_whole(pipe: Pipe) -> None:
    pipe.log("y" * 3 * PIPE_BYTES)
    pipe.log("short")
    assert pipe.read(2) == ["y" * 3 * PIPE_BYTES, "short"]


def test_what_finds_no_room_is_counted_and_the_log_says_how_many_where_they_are_missing_sec_532() -> None:
    pipe = Pipe(room=2_000)
    for _ in range(100):
        pipe.log()
    kept = 100 - pipe.lost
    assert 0 < kept < 100
    assert pipe.read(kept) == [LINE] * kept
    pipe.sink.flush()
    pipe.log("and on")
    assert pipe.read(2) == [f"{pipe.lost} log lines were lost, because nobody read the log", "and on"]
    pipe.close()
    os.close(pipe.reading)


def test_the_last_to_find_no_room_are_audit_events_sec_532() -> None:
    pipe = Pipe(room=20_000)
    for _ in range(200):
        pipe.log()
    lost = pipe.lost
    assert lost > 0
    for number in range(50):
        pipe.log(f"event {number}", SENT_LAST)
    assert pipe.lost == lost
    told = pipe.read(200 - lost + 1 + 50)
    assert [line for line in told if line.startswith("event")] == [f"event {number}" for number in range(50)]
    pipe.sink.flush()
    pipe.close()
    os.close(pipe.reading)


def test_the_end_waits_a_little_for_a_reader_and_not_for_ever(pipe: Pipe) -> None:
    for _ in range(100):
        pipe.log()
    reading = threading.Thread(target=pipe.read, args=(100,))
    reading.start()
    pipe.sink.flush()
    reading.join()
    assert writers() == []
    for _ in range(100):
        pipe.log()
    pipe.sink.flush()
    assert len(writers()) == 1
    pipe.read(100)


def test_a_reader_who_is_gone_for_good_costs_lines_and_nothing_else() -> None:
    pipe = Pipe()
    for _ in range(100):
        pipe.log()
    os.close(pipe.reading)
    pipe.sink.flush()
    pipe.log()
    assert pipe.lost > 50
    pipe.close()


def test_a_descriptor_that_never_blocks_loses_nothing(pipe: Pipe) -> None:
    os.set_blocking(pipe.writing, False)
    for number in range(200):
        pipe.log(f"{number:099}")
    assert pipe.read(200) == [f"{number:099}" for number in range(200)]
    assert pipe.lost == 0


def test_threads_write_whole_lines(pipe: Pipe) -> None:
    threads = [threading.Thread(target=lambda: [pipe.log(json.dumps({"a": LINE})) for _ in range(50)]) for _ in "1234"]
    for thread in threads:
        thread.start()
    assert {json.loads(line)["a"] for line in pipe.read(200)} == {LINE}
    for thread in threads:
        thread.join()


def test_a_file_is_written_to_at_once(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        sink = LogSink(file.fileno())
        for number in range(1_000):
            sink.handle(logging.LogRecord("x", logging.INFO, __file__, 1, "%d", (number,), None))
        assert (tmp_path / "log").read_text().split() == [str(number) for number in range(1_000)]
