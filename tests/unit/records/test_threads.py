"""Threads begin when they are needed, end when they are told to, and may begin again."""

from __future__ import annotations

import threading

from consentkit.records.threads import Recurring, Writer


def test_recurring_work_comes_round_until_it_is_stopped() -> None:
    """At once, then after each pause; it can be started again, and a second start begins no second thread."""
    done, thrice = [], threading.Event()

    def work() -> None:
        done.append(threading.current_thread())
        if len(done) == 3:
            thrice.set()

    recurring = Recurring("turn", work, lambda: 0)
    recurring.start()
    recurring.start()
    assert thrice.wait(30)
    recurring.stop()
    stopped = len(done)
    assert {thread.name for thread in done} == {"turn"}
    assert len(set(done)) == 1
    recurring.start()
    recurring.stop()

    assert len(done) > stopped
    assert not any(thread.is_alive() for thread in done)


def test_stopping_does_not_wait_for_the_pause() -> None:
    """The end of a site isn't put off by an hour."""
    recurring = Recurring("turn", lambda: None, lambda: 3_600)
    recurring.start()
    recurring.stop()


def test_closing_a_writer_waits_for_what_was_put_down() -> None:
    """The thread ends once nothing is left, and begins again after it was opened again."""
    waiting: list[int] = []
    written: list[int] = []

    def run() -> None:
        with writer.changed:
            while not writer.closed or waiting:
                writer.changed.wait_for(lambda: waiting or writer.closed)
                written.extend(waiting)
                waiting.clear()

    writer = Writer("writer", run)
    for number in (1, 2):
        writer.open()
        with writer.changed:
            waiting.append(number)
            writer.begin()
            writer.begin()
            writer.changed.notify_all()
        writer.close()
        assert not writer.running

    assert written == [1, 2]
