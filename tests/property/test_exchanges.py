"""Whatever is no page is the same with and without consentkit, but for the headers named here."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from exchanges import DOCUMENT_TYPES, Exchange, Replay, http, replayed, websocket

from consentkit.asgi.middleware import ConsentMiddleware

if TYPE_CHECKING:
    from pathlib import Path

# On the way in: cookies the site may not read, and the tags of our own variants of a page.
NAMED_IN = frozenset({b"cookie"})
# On the way out, of any answer: cookies it may not set. Of what a browser shows as a document or runs as a worker, the
# second wall besides.
NAMED_OUT = frozenset({b"set-cookie"})
WALL = frozenset({b"content-security-policy", b"reporting-endpoints"})
OURS = frozenset({"consentkit", "state"})


@pytest.fixture(scope="module")
def wrap(manifest: Any, secret_key: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One middleware, whose application is another for each exchange."""
    folder: Path = tmp_path_factory.mktemp("records")
    middleware = ConsentMiddleware(
        None, manifest=manifest, secret_key=secret_key, database=f"sqlite:///{folder / 'consent.db'}"
    )

    middleware.site.started = True

    def around(app: Any) -> Any:
        middleware.app = app
        return middleware

    yield around
    asyncio.run(middleware.site.records.close())


def unnamed(headers: Any, named: frozenset[bytes]) -> list[tuple[bytes, bytes]]:
    return [(bytes(name), bytes(value)) for name, value in headers if bytes(name).lower() not in named]


def outward(replay: Replay) -> list[dict[str, Any]]:
    """Return what was sent, without the named headers."""
    messages = []
    for message in replay.sent:
        kept = dict(message)
        if "headers" in message and message["type"] != "http.response.push":
            named = NAMED_OUT | (WALL if may_be_shown(message) else frozenset())
            kept["headers"] = unnamed(message["headers"], named)
        messages.append(kept)
    # The start of an answer may come with the list of its headers or without.
    return [{"headers": [], **message} if message["type"] == "http.response.start" else message for message in messages]


def may_be_shown(message: dict[str, Any]) -> bool:
    if message["type"] != "http.response.start":
        return False
    kinds = [bytes(value).decode() for name, value in message["headers"] if bytes(name).lower() == b"content-type"]
    return not kinds or kinds[0] in DOCUMENT_TYPES


def compare(bare: Replay, governed: Replay, exchange: Exchange) -> None:
    """Hold what each side saw of the other against the same without us."""
    assert outward(governed) == outward(bare)
    assert governed.received == bare.received
    assert governed.trace == bare.trace
    assert governed.outcome == bare.outcome
    assert governed.problem is bare.problem or isinstance(bare.problem, OSError)
    assert str(governed.problem) == str(bare.problem)
    if bare.scope is not None and governed.scope is not None:
        assert {key: value for key, value in governed.scope.items() if key not in OURS | {"headers"}} == {
            key: value for key, value in bare.scope.items() if key not in OURS | {"headers"}
        }
        assert unnamed(governed.scope["headers"], NAMED_IN) == unnamed(bare.scope["headers"], NAMED_IN)
        assert {**governed.scope["state"], "consent": None} == {**bare.scope.get("state", {}), "consent": None}
    for ours, theirs in zip(governed.sent, bare.sent, strict=True):
        check_named(ours, theirs)


def check_named(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """The named headers differ only as they may: cookies are dropped, policies are added."""
    if "headers" not in theirs or theirs["type"] == "http.response.push":
        return
    kept = [value for name, value in ours["headers"] if name.lower() == b"set-cookie"]
    given = [value for name, value in theirs["headers"] if name.lower() == b"set-cookie"]
    assert kept == [line for line in given if line != b"undeclared=1"]
    policies = [value for name, value in theirs["headers"] if name.lower() == b"content-security-policy"]
    now = [value for name, value in ours["headers"] if name.lower() == b"content-security-policy"]
    assert now[: len(policies)] == policies
    assert len(now) <= len(policies) + 1


async def compared(wrap: Any, make: Any, seeds: range) -> Counter[str]:
    seen: Counter[str] = Counter()
    for seed in seeds:
        exchange, again = make(random.Random(seed)), make(random.Random(seed))
        bare = await replayed(lambda app: app, exchange)
        governed = await replayed(wrap, again)
        # Exceptions are compared by identity: both runs raise the exchange's own.
        if bare.problem is not None and governed.problem is not None:
            assert type(governed.problem) is type(bare.problem)
            bare.problem = governed.problem if str(bare.problem) == str(governed.problem) else bare.problem
        try:
            compare(bare, governed, exchange)
        except AssertionError as difference:
            difference.add_note(f"{make.__name__} of seed {seed}: {exchange}")
            raise
        seen["exchanges"] += 1
        seen[governed.outcome] += 1
        seen["left early"] += exchange.breaks_at is not None
        seen["messages"] += len(governed.sent)
    return seen


@pytest.mark.parametrize("make", [http, websocket])
def test_exchanges_are_identical(wrap: Any, make: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A few hundred of each, on every run."""
    seen = asyncio.run(compared(wrap, make, range(300)))
    with capsys.disabled():
        print(f" {make.__name__}: {dict(seen)}, 0 differences", end="")
    assert seen["exchanges"] == 300
    assert min(seen["raised"], seen["cancelled"], seen["left early"]) > 0


@pytest.mark.slow
@pytest.mark.parametrize(("make", "count"), [(http, 10_000), (websocket, 2_000)])
def test_many_exchanges_are_identical(wrap: Any, make: Any, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten thousand, and the sockets besides (T19, T21 to T28)."""
    seen = asyncio.run(compared(wrap, make, range(1_000, 1_000 + count)))
    with capsys.disabled():
        print(f" {make.__name__}: {dict(seen)}, 0 differences", end="")
    assert seen["exchanges"] == count
