"""Every exception consentkit raises on purpose.

::

    ConsentKitError
    ├── ConfigurationError        a keyword or environment variable is wrong
    ├── ManifestError             the manifest has problems, all of them listed
    ├── DurationError             a text is not a duration (also a ValueError)
    ├── ChoiceError               a visitor's posted choice can't be taken
    ├── CursorError               a page of a listing is asked for with a cursor that isn't ours
    ├── ScanError                 a page can't be fetched
    ├── EvidenceError             a log, checkpoint or proof isn't what it must be
    └── StoreError
        ├── StoreUnavailableError the store can't make a record durable now
        └── StoreVersionError     the database was written by a newer consentkit

Each message names the value, the place and the remedy; the data to act on are attributes.
"""

from __future__ import annotations

from dataclasses import dataclass


class ConsentKitError(Exception):
    """The base of all of them."""


class ConfigurationError(ConsentKitError):
    """A keyword of the middleware or its environment variable is wrong."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a manifest, at a place an editor can jump to.

    Attributes:
        file: The path as it was given.
        line: Counted from 1.
        column: Counted from 1.
        path: Dotted, such as ``services.0.cookies.2.lifetime``; empty for the document itself.
        message: The value, what is wrong with it and what to write instead.
        rule: The lint rule it breaks, such as ``L14``; empty where only the manifest's own grammar asks for it.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    rule: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class ManifestError(ConsentKitError):
    """The manifest can't be used; :attr:`problems` lists every reason in file order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class DurationError(ConsentKitError, ValueError):
    """A text is not a duration."""


class ChoiceError(ConsentKitError):
    """A visitor's posted choice can't be taken; :attr:`code` is stable for programs."""

    def __init__(self, code: str, message: str, *, status: int = 400, where: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.where = where


class CursorError(ConsentKitError):
    """A cursor is forged, cut, of another listing or of other filters; :attr:`status` is the answer it deserves."""

    code = "bad_cursor"
    status = 400
    where = "cursor"


class ScanError(ConsentKitError):
    """A page to look at can't be fetched."""


class EvidenceError(ConsentKitError):
    """A checkpoint or proof doesn't hold, or the consent log isn't the one that was signed for."""


class StoreError(ConsentKitError):
    """A store failed."""


class StoreUnavailableError(StoreError):
    """The store can't make a record durable now; trying again later may help."""


class StoreVersionError(StoreError):
    """The database was written by a newer consentkit than this one."""
