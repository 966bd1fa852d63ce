"""The threads of the records: daemons, each begun when it is needed and ended with the records.

Threads and not tasks: a site may be started from one event loop and served from another, and neither what is kept nor
what expires may depend on either.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Recurring:
    """Does something at once and then again after each pause, until it is stopped."""

    def __init__(self, name: str, work: Callable[[], None], pause: Callable[[], float]) -> None:
        """Take the work; nothing runs before :meth:`start`.

        Args:
            name: Of the thread.
            work: What is done; what it raises ends the thread.
            pause: Returns the seconds until the next time.
        """
        self._name = name
        self._work = work
        self._pause = pause
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; a second call does nothing."""
        if self._thread is None or not self._thread.is_alive():
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End after the work under way."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while True:
            self._work()
            if self._stopping.wait(self._pause()):
                return


class Writer:
    """Writes what others put down: the condition that both hold for it, and the thread that begins with the first.

    Attributes:
        changed: Held by whoever puts something down, takes it, or looks at `closed`.
        closed: Nothing more is taken; what has been put down is still written.
    """

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        """Take the thread's name, and what it does: it has to return once `closed` and nothing is left."""
        self.changed = threading.Condition()
        self.closed = False
        self._name = name
        self._run = run
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread has begun and not ended."""
        return self._thread is not None and self._thread.is_alive()

    def open(self) -> None:
        """Take things again after it was closed."""
        with self.changed:
            self.closed = False

    def begin(self) -> None:
        """Begin the thread unless it runs; `changed` has to be held.

        Raises:
            RuntimeError: The system has no thread to give.
        """
        if not self.running:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            thread.start()
            self._thread = thread

    def close(self) -> None:
        """Let the thread write everything that waits, and end; blocks until it has."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()
