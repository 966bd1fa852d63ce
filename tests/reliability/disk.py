"""A disk as it may be after the power went: what was synced is there, of everything else any part may be.

The calls of a real process are read from a trace of strace. What the model may do to them is what SQLite assumes
(https://sqlite.org/atomiccommit.html, section 2): writes that were not synced are kept or lost in units of 512 bytes
and in any order; a file's creation or deletion is kept once its folder was synced, before that such changes are lost
from some moment on, as with a file system that journals its metadata.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECTOR = 512
CALLS = "openat,write,pwrite64,fsync,fdatasync,ftruncate,unlink,rename"

_LINE = re.compile(r"(?P<process>\d+) +(?P<rest>.*)", re.DOTALL)
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\) += +(?P<result>-?\d+)", re.DOTALL)
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"(\d+)<((?:\\x[0-9a-f]{2})*)>")


class Call(NamedTuple):
    """One successful call that reached the disk or acknowledged something."""

    name: str
    path: str
    offset: int
    data: bytes


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def read_trace(trace: Path, folder: Path) -> list[Call]:
    """Return the calls on files of a folder, on the folder, and on standard output, in their order.

    A call that was interrupted by another thread's is placed where it began when it writes, where it ended when it
    syncs: either way it promises the least.
    """
    found: list[tuple[int, Call]] = []
    begun: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(trace.read_text().splitlines()):
        match = _LINE.match(line)
        if match is None:
            continue
        process, rest = match["process"], match["rest"]
        if rest.endswith("<unfinished ...>"):
            begun[process] = number, rest.removesuffix("<unfinished ...>").rstrip()
            continue
        place = number
        if rest.startswith("<... "):
            began, beginning = begun.pop(process)
            rest = beginning + rest.partition("resumed>")[2]
            place = number if "sync(" in beginning else began
        call = _call(rest, str(folder))
        if call is not None:
            found.append((place, call))
    return [call for _, call in sorted(found, key=lambda placed: placed[0])]


def _call(text: str, folder: str) -> Call | None:
    match = _CALL.match(text)
    if match is None or match["result"].startswith("-"):
        return None
    name, arguments = match["name"], match["arguments"]
    if name in {"openat", "unlink", "rename"}:
        path = _bytes(_STRING.findall(arguments)[-1]).decode()
        ours = path.startswith(folder) and (name != "openat" or "O_CREAT" in arguments)
        return Call(name, path, 0, b"") if ours else None
    descriptor = _DESCRIPTOR.match(arguments)
    if descriptor is None:
        return None
    path = _bytes(descriptor[2]).decode()
    if name == "write" and descriptor[1] == "1":
        return Call("acknowledge", "", 0, _bytes(_STRING.findall(arguments)[0]))
    # The index of a write-ahead log lies in memory and is made anew from it.
    if not path.startswith(folder) or path.endswith("-shm"):
        return None
    strings, numbers = _STRING.findall(arguments), arguments.rpartition(",")[2]
    offset = int(numbers) if name in {"pwrite64", "ftruncate"} else 0
    return Call(name, path, offset, _bytes(strings[0]) if strings and name == "pwrite64" else b"")


@dataclass
class _File:
    synced: bytearray = field(default_factory=bytearray)
    # Since the last sync: what a unit became, or with no bytes the size that the file was cut to.
    pending: list[tuple[int, bytes]] = field(default_factory=list)


class Disk:
    """Follows the calls of a process, and says what the disk could be at any moment."""

    def __init__(self, folder: Path, content: dict[str, bytes]) -> None:
        """Take the folder and what was in its files, all of it synced."""
        self._folder = str(folder)
        self._files = {path: _File(bytearray(data)) for path, data in content.items()}
        self._synced_names = dict(self._files)
        self._pending_names: list[tuple[str, _File | None]] = []

    def follow(self, call: Call) -> None:
        """Take one call."""
        if call.name == "openat":
            if call.path not in self._files:
                self._name(call.path, _File())
        elif call.name == "unlink":
            self._name(call.path, None)
        elif call.name == "rename":
            message = "a rename is not in the model"
            raise NotImplementedError(message)
        elif call.name in {"fsync", "fdatasync"}:
            self._sync(call.path)
        elif call.name == "ftruncate":
            self._files[call.path].pending.append((call.offset, b""))
        elif call.name == "pwrite64":
            end, at = call.offset + len(call.data), call.offset
            while at < end:
                until = min(end, (at // SECTOR + 1) * SECTOR)
                self._files[call.path].pending.append((at, call.data[at - call.offset : until - call.offset]))
                at = until

    def states(self, dice: random.Random, variants: int) -> Iterator[dict[str, bytes]]:
        """Return some of what the files can be if the power goes now."""
        keeps: list[Callable[[int, int], bool]] = [lambda _at, _of: False, lambda _at, _of: True]
        if any(file.pending for file in self._files.values()) or self._pending_names:
            keeps += [self._keeps(dice) for _ in range(variants)]
        for number, keep in enumerate(keeps):
            count = (0, len(self._pending_names))[number] if number < 2 else dice.randint(0, len(self._pending_names))
            names = dict(self._synced_names)
            for path, file in self._pending_names[:count]:
                if file is None:
                    names.pop(path, None)
                else:
                    names[path] = file
            yield {path: _content(file, keep) for path, file in names.items()}

    def _keeps(self, dice: random.Random) -> Callable[[int, int], bool]:
        chance = dice.choice((0.05, 0.3, 0.7, 0.95))
        if dice.random() < 0.3:
            # A disk that works in order and stops somewhere, or that did the last first.
            last, cut = dice.random() < 0.5, dice.random()
            return lambda at, of: (at >= cut * of) if last else (at < cut * of)
        return lambda _at, _of: dice.random() < chance

    def _name(self, path: str, file: _File | None) -> None:
        self._pending_names.append((path, file))
        if file is None:
            del self._files[path]
        else:
            self._files[path] = file

    def _sync(self, path: str) -> None:
        if path == self._folder:
            for name, file in self._pending_names:
                if file is None:
                    self._synced_names.pop(name, None)
                else:
                    self._synced_names[name] = file
            self._pending_names = []
        else:
            file = self._files[path]
            file.synced = bytearray(_content(file, lambda _at, _of: True))
            file.pending = []


def _content(file: _File, keep: Callable[[int, int], bool]) -> bytes:
    content = copy.copy(file.synced)
    for number, (offset, data) in enumerate(file.pending):
        if not keep(number, len(file.pending)):
            continue
        if not data:
            del content[offset:]
            content.extend(bytes(max(0, offset - len(content))))
            continue
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data
    return bytes(content)
