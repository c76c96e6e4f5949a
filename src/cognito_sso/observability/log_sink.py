"""Where log lines go: to a file descriptor, at once, and never so that a request waits for whoever reads them."""

from __future__ import annotations

import logging
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

MOST_WAITING_BYTES: Final = 8 * 1024 * 1024  # twenty to thirty thousand lines
FLUSH_SECONDS: Final = 2.0  # at the end, for a reader that comes back
AT_ONCE: Final = 4096  # PIPE_BUF: what a pipe or socket that says it takes more takes without blocking
SENT_LAST: Final = "cognito_sso.audit"  # the logger whose lines are the last to be given up
LOST = "%d log lines were lost, because nobody read the log"


class LogSink(logging.Handler):
    """Writes each line where it is logged, so that nothing is lost with the process, however it ends.

    Where that would block, because a pipe is full and nobody reads its other end, lines wait in order and a thread
    writes them. Where too many wait, lines are lost: `lost` is called for each, and the next line that is kept says
    how many. Other lines than those of the audit log may take half of the room.
    """

    def __init__(self, descriptor: int, *, most_waiting_bytes: int = MOST_WAITING_BYTES) -> None:
        super().__init__()
        self.lost: Callable[[], None] = _nobody_counts
        self._descriptor = descriptor
        self._most = most_waiting_bytes
        self._room = _polling(descriptor)
        self._one_at_a_time = threading.RLock()  # the handler's own is held by logging.shutdown(), which flushes
        self._arrived: deque[tuple[bytes, int]] = deque()
        self._is_taking = False
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._untold = 0
        self._writer: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line, most = self._encoded(record), self._most if record.name == SENT_LAST else self._most // 2
            with self._one_at_a_time:
                self._arrived.append((line, most))
                if not self._is_taking:
                    self._take_in_turn()
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Waits for what waits, but not for ever."""
        writer = self._writer
        if writer is not None:
            writer.join(FLUSH_SECONDS)

    def _take_in_turn(self) -> None:
        """While one is taken, the garbage collector may end something on this very thread that logs another."""
        self._is_taking = True
        try:
            while self._arrived:
                self._take(*self._arrived.popleft())
        finally:
            self._is_taking = False

    def _take(self, line: bytes, most: int) -> None:
        if self._untold:
            line = self._encoded(_told(self._untold)) + line
        if self._is_kept(line, most):
            self._untold = 0
        else:
            self._lose()
        if self._waiting and self._writer is None:
            self._begin_to_write()

    def _is_kept(self, line: bytes, most: int) -> bool:
        if self._waiting or self._writer is not None:
            if self._waiting_bytes + len(line) > most:
                return False
        else:
            try:
                line = self._written_at_once(line)
            except OSError:  # the other end is gone, or the disk is full
                return False
        if line:
            self._wait(line)
        return True

    def _written_at_once(self, line: bytes) -> bytes:
        """What is left of it that would block."""
        while line and self._room.poll(0):
            written = _write(self._descriptor, line)
            if not written:
                break
            line = line[written:]
        return line

    def _wait(self, line: bytes) -> None:
        self._waiting.append(line)
        self._waiting_bytes += len(line)

    def _begin_to_write(self) -> None:
        """On a thread. Where the system has none to give, the next line asks for one again."""
        writer = threading.Thread(target=self._write_what_waits, name="log", daemon=True)
        try:
            writer.start()
        except RuntimeError:
            return
        self._writer = writer

    def _lose(self) -> None:
        self._untold += 1
        self.lost()

    def _write_what_waits(self) -> None:
        room = _polling(self._descriptor)
        while line := self._next():
            try:
                while line:
                    room.poll()
                    line = line[_write(self._descriptor, line) :]
            except OSError:
                with self._one_at_a_time:
                    self._lose()

    def _next(self) -> bytes:
        """What has waited longest; nothing where the thread is not needed any more."""
        with self._one_at_a_time:
            if not self._waiting:
                self._writer = None
                return b""
            line = self._waiting.popleft()
            self._waiting_bytes -= len(line)
            return line

    def _encoded(self, record: logging.LogRecord) -> bytes:
        return self.format(record).encode("utf-8", "backslashreplace") + b"\n"


def _write(descriptor: int, line: bytes) -> int:
    """As much of it as never blocks; 0 where that is nothing, on a descriptor that somebody set so."""
    try:
        return os.write(descriptor, line[:AT_ONCE])
    except BlockingIOError:
        return 0


def _nobody_counts() -> None:
    """Until somebody does."""


def _polling(descriptor: int) -> select.poll:
    room = select.poll()
    room.register(descriptor, select.POLLOUT)
    return room


def _told(missing: int) -> logging.LogRecord:
    return logging.LogRecord("cognito_sso", logging.WARNING, __file__, 0, LOST, (missing,), None)
