"""Content codings of pages, undone a step at a time: a body that inflates to gigabytes never lies whole in memory.

gzip and deflate are Python's own; br and zstd come with the extra ``compression``. Without it such a page passes as it
is, under the CSP wall: the site is asked for identity in the first place (see :mod:`consentkit.asgi.request`).
"""

from __future__ import annotations

import logging
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

logger = logging.getLogger("consentkit")

STEP = 64 * 1024
"""Bytes that come out of a coding at once, but for brotli's, which rounds up to one of its blocks."""
_MOST_LAYERS = 4
_GZIP_MAGIC = b"\x1f\x8b"
# RFC 9659: browsers refuse windows of more than 8 MiB, and whatever needs one would take as much memory here.
_ZSTD_WINDOW_LOG = 23


class _Layer(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what comes out of the next bytes, in steps."""


class _Zlib:
    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._decoder: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data or self._decoder is not None:
            if self._decoder is None:
                self._decoder = zlib.decompressobj(self._window(data))
            elif self._decoder.eof:
                # RFC 1952 section 2.2: a file may have several members; what is none is ignored.
                if not (self._gzip and data and data.startswith(_GZIP_MAGIC[: len(data)])):
                    return
                self._decoder = zlib.decompressobj(31)
            piece = self._decoder.decompress(data, STEP)
            data = self._decoder.unused_data if self._decoder.eof else self._decoder.unconsumed_tail
            if piece:
                yield piece
            # A full step may have left some behind, though nothing is left to put in.
            if not data and len(piece) < STEP:
                return

    def _window(self, start: bytes) -> int:
        if self._gzip:
            return 31
        # RFC 9110 section 8.4.1.2 means zlib; some senders mean raw deflate, which browsers read too.
        return 15 if start[0] & 15 == 8 else -15


class _Brotli:
    def __init__(self) -> None:
        self._decoder = _brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self._decoder.is_finished():
            piece: bytes = self._decoder.process(data, output_buffer_limit=STEP)
            data = b""
            if piece:
                yield piece
            elif self._decoder.can_accept_more_data():
                return


class _Zstd:
    def __init__(self) -> None:
        self._decoder = self._frame()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data or not self._decoder.needs_input:
            if self._decoder.eof:
                # RFC 8878 section 3: frames follow each other.
                if not data:
                    return
                self._decoder = self._frame()
            piece: bytes = self._decoder.decompress(data, STEP)
            data = self._decoder.unused_data if self._decoder.eof else b""
            if piece:
                yield piece

    @staticmethod
    def _frame() -> Any:
        return _zstd.ZstdDecompressor(options={_zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})


def _optional(*names: str) -> Any:
    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


_brotli = _optional("brotli")
_zstd = _optional("compression.zstd", "backports.zstd")
_LAYERS: dict[bytes, Callable[[], _Layer]] = {
    b"gzip": lambda: _Zlib(gzip=True),
    b"x-gzip": lambda: _Zlib(gzip=True),
    b"deflate": lambda: _Zlib(gzip=False),
}
_BROKEN: tuple[type[Exception], ...] = (zlib.error,)
if _brotli is not None:
    _LAYERS[b"br"] = _Brotli
    _BROKEN += (_brotli.error,)
if _zstd is not None:
    _LAYERS[b"zstd"] = _Zstd
    _BROKEN += (_zstd.ZstdError,)


class Undone:
    """A body on its way out of its codings.

    Args:
        names: The codings in the order they were applied (RFC 9110 section 8.4).
    """

    def __init__(self, names: list[bytes]) -> None:
        self._names = names
        self._layers = _layers(names)
        self._broken = False

    @property
    def is_identity(self) -> bool:
        """Whether there is no coding to undo."""
        return not self._layers

    def recognises(self, start: bytes) -> bool:
        """Tell whether a body's first bytes are in its codings, before any of it is fed."""
        try:
            next(_through(_layers(self._names), start), None)
        except _BROKEN:
            return False
        return True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what comes out of the next bytes, in steps; nothing more once they are broken."""
        if self._broken:
            return
        try:
            yield from _through(self._layers, data)
        except _BROKEN:
            self._broken = True
            logger.warning("a page's %s body is broken and was cut short", b", ".join(self._names).decode("latin-1"))


def _layers(names: list[bytes]) -> list[_Layer]:
    return [_LAYERS[name]() for name in reversed(names)]


def _through(layers: list[_Layer], data: bytes, depth: int = 0) -> Iterator[bytes]:
    if depth == len(layers):
        yield data
        return
    for piece in layers[depth].feed(data):
        yield from _through(layers, piece, depth + 1)


def undone(header: bytes) -> Undone | None:
    """Return what undoes a Content-Encoding; None when one of its codings isn't known or there are too many.

    Args:
        header: Its value, several lines joined; ``identity`` counts for nothing.
    """
    names = [name for part in header.split(b",") if (name := part.strip().lower()) not in {b"", b"identity"}]
    return Undone(names) if len(names) <= _MOST_LAYERS and all(name in _LAYERS for name in names) else None
