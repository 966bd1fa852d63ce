"""Content codings of pages, undone in bounded memory."""

from __future__ import annotations

import gzip
import itertools
import logging
import random
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import brotli
import pytest
from driving import PAGE, responder

from consentkit.asgi import coding
from consentkit.asgi.coding import STEP, undone

if TYPE_CHECKING:
    from collections.abc import Callable

zstd = coding._zstd
CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
TEXT = random.Random(1).randbytes(150_000).hex().encode()


def applied(body: bytes, *names: str) -> bytes:
    """Return a body in several codings, the first applied first."""
    for name in names:
        body = CODERS[name](body)
    return body


def fed(header: str, *chunks: bytes) -> bytes:
    """Return what comes out of chunks of a body."""
    undo = undone(header.encode())
    assert undo is not None
    return b"".join(piece for chunk in chunks for piece in undo.feed(chunk))


def cut(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


@pytest.mark.parametrize("names", [*((name,) for name in CODERS), *itertools.product(CODERS, repeat=2)])
@pytest.mark.parametrize("size", [1, 1000, 10**9])
def test_every_coding_and_two_of_them(names: tuple[str, ...], size: int) -> None:
    """The same bytes come out, however the body is cut."""
    text = TEXT[:2_000] if size == 1 else TEXT
    assert fed(", ".join(names), *cut(applied(text, *names), size)) == text


@pytest.mark.parametrize("name", CODERS)
def test_steps_are_small_and_whole(name: str) -> None:
    """A megabyte of one letter comes out in steps, to its last byte, though its coding is a few bytes."""
    undo = undone(name.encode())
    assert undo is not None
    pieces = list(undo.feed(CODERS[name](b"a" * 1_000_003)))
    assert b"".join(pieces) == b"a" * 1_000_003
    assert max(map(len, pieces)) <= 2 * STEP


@pytest.mark.parametrize("name", CODERS)
def test_a_truncated_body_gives_what_there_is(name: str) -> None:
    """What can be read of a body without its end comes out, and nothing raises."""
    body = CODERS[name](TEXT)
    read = fed(name, *cut(body[: len(body) // 2], 777))
    assert TEXT.startswith(read)
    assert len(read) > len(TEXT) // 4


@pytest.mark.parametrize("name", CODERS)
def test_a_broken_body_is_cut_short(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """After bytes that are none of its coding nothing more comes out, and the log says so once."""
    body = CODERS[name](TEXT)
    half = len(body) // 2
    with caplog.at_level(logging.WARNING, "consentkit"):
        read = fed(name, body[:half], b"\xff" * 5000, body[half:], body)
    assert len(read) < 2 * len(TEXT)
    assert read[: len(TEXT) // 4] == TEXT[: len(TEXT) // 4]
    assert len(caplog.records) <= 1


@pytest.mark.parametrize("header", ["", "identity", " Identity , identity"])
def test_identity(header: str) -> None:
    """It counts for nothing."""
    undo = undone(header.encode())
    assert undo is not None
    assert undo.is_identity


@pytest.mark.parametrize("header", ["compress", "gzip, dcb", "gzip;q=1", ", ".join(["gzip"] * 5)])
def test_what_cannot_be_undone(header: str) -> None:
    """An unknown coding among several, or more than anybody needs."""
    assert undone(header.encode()) is None


def test_several_frames() -> None:
    """Members and frames that follow each other are one body."""
    for name in ("gzip", "zstd"):
        body = CODERS[name](PAGE[:500]) + CODERS[name](PAGE[500:])
        assert fed(name, body) == PAGE
        assert fed(name, *cut(body, 1)) == PAGE


@pytest.mark.parametrize("names", [("gzip",), ("br",), ("zstd",), ("deflate",), ("gzip", "br"), ("gzip", "gzip")])
def test_pages_are_gated_and_sent_plain(governed: Any, names: tuple[str, ...]) -> None:
    """Whatever a site compressed all the same is never encoded twice nor sent with a wrong label."""
    body = applied(PAGE, *names)
    fields = [("content-encoding", name) for name in names]
    answer = governed(responder(*cut(body, 100), headers=[*fields, ("content-length", str(len(body)))])).page("/")
    assert answer.body == governed(responder(PAGE)).page("/").body
    assert (answer.header("content-encoding"), answer.header("content-length")) == (None, None)
    head = governed(responder(b"", headers=fields)).request("HEAD", "/", [("accept", "text/html")])
    assert head.header("content-encoding") is None


@pytest.mark.parametrize("name", CODERS)
def test_a_lying_label(governed: Any, name: str) -> None:
    """A plain page labelled as compressed passes as it is, for the browser to judge, under the CSP wall."""
    answer = governed(responder(PAGE, headers=[("content-encoding", name)])).page("/")
    assert answer.body == PAGE
    assert answer.header("content-encoding") == name
    assert "default-src 'self'" in (answer.header("content-security-policy") or "")


@pytest.mark.parametrize("name", ["br", "zstd"])
def test_without_the_extra(governed: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Identity is asked for; a body that is compressed all the same passes as it is, under the CSP wall."""
    monkeypatch.delitem(coding._LAYERS, name.encode())
    app = responder(CODERS[name](PAGE), headers=[("content-encoding", name)])
    answer = governed(app).page("/", ("accept-encoding", "br, zstd"))
    assert (b"accept-encoding", b"identity") in app.scopes[0]["headers"]  # type: ignore[attr-defined]
    assert answer.body == CODERS[name](PAGE)
    assert answer.header("content-encoding") == name
    assert "default-src 'self'" in (answer.header("content-security-policy") or "")


@pytest.mark.parametrize("names", [*((name,) for name in CODERS), ("gzip", "gzip")])
def test_bombs_are_read_in_bounded_memory(names: tuple[str, ...]) -> None:
    """What inflates to 16 MiB never takes more than a few steps of it at once."""
    bomb = applied(bytes(16 * 1024 * 1024), *names)
    undo = undone(", ".join(names).encode())
    assert undo is not None
    tracemalloc.start()
    try:
        size = sum(map(len, undo.feed(bomb)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == 16 * 1024 * 1024
    assert peak < 2 * 1024 * 1024


def test_a_window_larger_than_browsers_take_is_refused() -> None:
    """A frame that asks for more than 8 MiB of memory is broken to browsers, and to us."""
    level = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.compression_level: 1}
    coder = zstd.ZstdCompressor(options=level)
    body = coder.compress(b"a" * 100) + coder.flush()
    undo = undone(b"zstd")
    assert undo is not None
    assert not undo.recognises(body)
