"""Header fields, and which of them are remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Fields: TypeAlias = "tuple[tuple[bytes, bytes], ...]"

# Browsers send about 1 KiB of headers; longer ones are worked out each time, so that nobody can fill the memory.
_LONGEST_REMEMBERED: Final = 4096


def as_fields(headers: Iterable[Sequence[bytes | bytearray]]) -> Fields:
    """Return headers as what can be looked up: some servers and sites give lists of lists, or byte arrays."""
    return tuple([(bytes(name), bytes(value)) for name, value in headers])


def are_short(fields: Fields) -> bool:
    """Tell whether fields are short enough to be remembered."""
    return sum([len(name) + len(value) for name, value in fields]) <= _LONGEST_REMEMBERED
