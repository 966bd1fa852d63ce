"""Read a manifest file and report every problem in it, each at its line and column."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel, ValidationError

from consentkit.errors import ManifestError, Problem
from consentkit.manifest import catalogue
from consentkit.manifest.conflicts import conflicts, nearest
from consentkit.manifest.document import Node, compose
from consentkit.manifest.grammar import shown
from consentkit.manifest.model import Manifest, Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from consentkit.manifest.document import Place

MAX_BYTES: Final = 1024 * 1024
"""A manifest of 300 cookies is 20 KiB; what is larger than 1 MiB is another file."""

_LEGAL_BASES: Final = frozenset({"legal_basis", "lawful_basis", "base_legale", "legitimate_interest"})
_ECHOES: Final = frozenset({"conflict", "default_factory_not_called"})

_EXPECTED: Final = {
    "string_type": ("text", "write a text"),
    "string_unicode": ("text", "remove lone surrogates"),
    "int_type": ("a whole number", "write e.g. 16"),
    "bool_type": ("true or false", "write true or false"),
    "tuple_type": ("a list", "write a list: [first, second]"),
    "dict_type": ("a mapping", "write a mapping: {key: value}"),
    "model_type": ("a mapping", "write a mapping: {key: value}"),
    "model_attributes_type": ("a mapping", "write a mapping: {key: value}"),
}
_KINDS: Final = {dict: "a mapping", list: "a list", bool: "a truth value", int: "a number", float: "a number"}


@dataclass(frozen=True, slots=True)
class Source:
    """A manifest together with the text it was read from.

    Attributes:
        file: What the file was called.
        manifest: What it declares.
        root: The document, which knows where everything stands.
    """

    file: str
    manifest: Manifest
    root: Node

    def place(self, path: Sequence[str | int]) -> Place:
        """Return where a path of the manifest stands, or where its last step that was written does."""
        return self.root.find(path)


def load(path: str | os.PathLike[str]) -> Manifest:
    """Read a manifest file.

    Raises:
        ManifestError: The file is missing, can't be read, or has problems; all of them are listed.
    """
    return read(path).manifest


def read(path: str | os.PathLike[str]) -> Source:
    """Read a manifest file and keep the place of everything in it.

    Raises:
        ManifestError: The file is missing, can't be read, or has problems; all of them are listed.
    """
    file = os.fspath(path)
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _single(file, "no such file; 'consentkit init' writes one to start from") from None
    except OSError as error:
        raise _single(file, f"can't be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise _single(file, f"larger than {MAX_BYTES // 1024} KiB; a manifest holds declarations only")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = f"not UTF-8: byte 0x{data[error.start]:02x}; save the file as UTF-8"
        raise ManifestError((Problem(file, line, column, "", message),)) from None
    return reads(text, file=file)


def loads(text: str, *, file: str = "<manifest>") -> Manifest:
    """Read a manifest from a text.

    Args:
        text: A YAML 1.2 document.
        file: What to call it in problems.

    Raises:
        ManifestError: The text has problems; all of them are listed, in the order of the file.
    """
    return reads(text, file=file).manifest


def reads(text: str, *, file: str = "<manifest>") -> Source:
    """Read a manifest from a text and keep the place of everything in it; see :func:`loads`.

    Raises:
        ManifestError: The text has problems.
    """
    if len(text) > MAX_BYTES:
        raise _single(file, f"larger than {MAX_BYTES // 1024} KiB; a manifest holds declarations only")
    root, problems = compose(text, file)
    if root is None and problems:
        raise ManifestError(tuple(problems))
    if root is None or root.value is None:
        raise _single(file, "empty; 'consentkit init' writes a manifest to start from")
    manifest, found = _validate(root, file)
    # What the document reader refused was left out, and would be reported again as missing.
    reported = {problem.path for problem in problems}
    problems += [problem for problem in found if problem.path not in reported]
    if problems or manifest is None:
        raise ManifestError(tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))))
    return Source(file, manifest, root)


def _single(file: str, message: str) -> ManifestError:
    return ManifestError((Problem(file, 1, 1, "", message),))


def _validate(root: Node, file: str) -> tuple[Manifest | None, list[Problem]]:
    def problem(path: Sequence[str | int], message: str, *, key: bool = False, rule: str = "") -> Problem:
        place = root.find(path, key=key)
        return Problem(file, place.line, place.column, ".".join(map(str, path)), message, rule)

    data, refused = catalogue.expand(root.plain())
    problems = [problem(("services", index, "use"), message) for index, message in refused.items()]
    for path, message in conflicts(data):
        # Of the conflicts, only an own item without a purpose is reported at a key that is not there.
        absent = len(path) == 3 and path[-1] == "purpose" and root.find(path) == root.find(path[:-1])
        problems.append(problem(path, message, rule="L1" if absent else "", key=path[0] == "regions"))
    try:
        return Manifest.model_validate(data), problems
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if _is_echo(detail, refused):
                continue
            tag = detail.get("ctx", {}).get("tag")
            path = (*detail["loc"], tag) if tag else detail["loc"]
            at_key = path[-1:] == ("[key]",)  # how pydantic marks an error of a mapping's key
            path = path[:-1] if at_key else path
            at_key = at_key or detail["type"] == "extra_forbidden"
            problems.append(problem(path, _message(detail), key=at_key, rule=_rule(detail["type"], path)))
    return None, problems


def _is_echo(detail: ErrorDetails, refused: Mapping[int, str]) -> bool:
    """Tell whether pydantic reports only what follows from a problem reported already."""
    kind, path = detail["type"], detail["loc"]
    if kind == "too_short":
        return bool(detail["input"])  # a list whose items all failed
    if kind == "missing":
        return len(path) == 3 and path[0] == "services" and path[1] in refused
    return kind in _ECHOES


def _rule(kind: str, path: Sequence[str | int]) -> str:
    """Return the lint rule (see docs/lint.md) that a problem of the manifest's grammar breaks as well."""
    last, stored = path[-1] if path else "", bool(path) and path[0] in {"services", "cookies"}
    if kind == "missing" and stored:
        return "L1"
    if kind == "duration" and stored and last == "lifetime":
        return "L14"
    if kind == "enum" and last == "exempt":
        return "L5"
    if kind == "extra_forbidden" and last in _LEGAL_BASES:
        return "L23"
    return "L26" if kind == "less_than_equal" and path[0] == "anonymise" else ""


def _message(detail: ErrorDetails) -> str:
    """Say in our words what pydantic found."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    match kind:
        case "missing":
            return _missing(detail["loc"])
        case "extra_forbidden" if detail["loc"][-1] in _LEGAL_BASES:
            return (
                f"unknown key '{detail['loc'][-1]}'; storage rests on consent, or on an exemption by 'exempt', and on "
                "no other ground (ePrivacy directive art. 5(3)); remove it"
            )
        case "extra_forbidden":
            owner = _model_at(detail["loc"][:-1])
            known = [*owner.model_fields, *(("use",) if owner is Service else ())] if owner else []
            return f"unknown key '{detail['loc'][-1]}'; {nearest(str(detail['loc'][-1]), known)}"
        case "string_type" | "string_unicode" if isinstance(value, bool | int | float):
            return f"{shown(value)} is {_kind(value)}, not text; put it in quotes: '{shown(value)}'"
        case "enum" | "literal_error":
            return f"{shown(value)} is not allowed here; {_choices(value, context['expected'])}"
        case "greater_than_equal" | "less_than_equal":
            return f"{shown(value)} is out of range; write {_bound(context)}"
        case "too_short":
            return "is empty; name at least one"
    if kind in _EXPECTED:
        what, remedy = _EXPECTED[kind]
        return f"{shown(value)} is {_kind(value)}, not {what}; {remedy}"
    if kind.startswith("date"):
        return f"{shown(value)} is not a date; write e.g. 2026-11-22"
    return detail["msg"]


def _choices(value: object, expected: str) -> str:
    """Name the closest of the allowed values, which pydantic lists as ``'a', 'b' or 'c'``, or all of them."""
    allowed = re.findall(r"'([^']+)'", expected)
    close = difflib.get_close_matches(str(value), allowed, n=1)
    return f"write '{close[0]}'" if close else f"write {expected}"


def _bound(context: dict[str, Any]) -> str:
    return f"{context['ge']} or more" if "ge" in context else f"{context['le']} or less"


def _kind(value: object) -> str:
    return "nothing" if value is None else _KINDS.get(type(value), "text")


def _missing(path: tuple[str | int, ...]) -> str:
    key = str(path[-1])
    owner = _model_at(path[:-1])
    examples = owner.model_fields[key].examples if owner else None
    return f"'{key}' is missing; add " + (f"e.g. '{key}: {_flow(examples[0])}'" if examples else f"'{key}'")


def _flow(value: object) -> str:
    """Write an example as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value)


def _model_at(path: Iterable[str | int]) -> type[BaseModel] | None:
    """Return the model whose fields stand at a path of the manifest."""
    model: type[BaseModel] | None = Manifest
    for step in path:
        if model is None or (isinstance(step, str) and step not in model.model_fields):
            return None
        if isinstance(step, str):
            model = _model_in(model.model_fields[step].annotation)
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)
