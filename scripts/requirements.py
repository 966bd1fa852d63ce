"""Write docs/requirements.md and docs/policies.md: what is asked of consentkit, and the tests that hold it.

What is asked stands in docs/requirements.yaml (R1 to R71) and in the rules of ``consentkit check`` (L1 to L32). A test
says what it holds with ``@pytest.mark.requirement("R7 R9")``. Tests are read and not run, so the table needs nothing
that they need. What the five published policies state, and what makes it true, stands in docs/policies.yaml.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from consentkit.manifest.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[1]
ASKED = CHECKOUT / "docs" / "requirements.yaml"
TABLE = CHECKOUT / "docs" / "requirements.md"
STATED = CHECKOUT / "docs" / "policies.yaml"
POLICIES = CHECKOUT / "docs" / "policies.md"

_HEAD = """\
# What is asked, and which test holds it

<!-- Written by `make requirements` from docs/requirements.yaml, the rules of `consentkit check` and the marks on the
tests; change those instead. -->

R1 to R71 are what data protection law and web standards ask of a consent manager; the words are ours, and no legal
advice. A row that is **open** says what is missing, a limit how far what is held reaches. {counts}

| id | it is asked that | source | held by |
|---|---|---|---|
{requirements}

## The rules of `consentkit check`

[lint.md](lint.md) explains each.

| id | it finds | held by |
|---|---|---|
{rules}
"""

_POLICIES_HEAD = """\
# What the five policies state, and what makes it true

<!-- Written by `make requirements` from docs/policies.yaml; change that instead. -->

[The five sites](../examples/README.md) are written after five published policies. Each statement about cookies, browser
data and retention is a row, with what makes it true and the tests of `tests/integration/policies/` that hold it.
`test_mutations.py` takes out every line of the manifest that stands here, or changes it to the value behind it (a
shipped default may be the policy's own figure), and sees the test fail: {cases} cases, {lines} with a line and {beyond}
with something that no manifest carries.

| policy | it states | without this | this test fails |
|---|---|---|---|
{rows}

Beside the statements of the policies:

{beside}
"""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that is asked.

    Attributes:
        asks: What, in one sentence without a full stop.
        source: The law or standard that asks.
        open: What is still missing; empty when nothing is.
        outside: Why it is no part of consentkit; empty when it is one.
        limit: How far what is held reaches, where that is not plain.
    """

    asks: str
    source: str
    open: str = ""
    outside: str = ""
    limit: str = ""


def asked() -> dict[str, Requirement]:
    """Return every requirement by id, in order."""
    return {name: Requirement(**parts) for name, parts in yaml.safe_load(ASKED.read_text("utf-8")).items()}


def marked(tests: Path = CHECKOUT / "tests") -> dict[str, list[str]]:
    """Return the ids of the tests that carry each requirement's mark, in the order of the files."""
    holding: dict[str, list[str]] = {}
    for file in sorted(tests.rglob("test_*.py")):
        for test in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef):
                for name in _marks(test):
                    holding.setdefault(name, []).append(f"{file.relative_to(tests).as_posix()}::{test.name}")
    return holding


def table() -> str:
    """Return the whole document."""
    requirements, holding = asked(), marked()
    held = [name for name, each in requirements.items() if holding.get(name) and not each.open and not each.outside]
    still_open = [name for name, each in requirements.items() if each.open]
    outside = [name for name, each in requirements.items() if each.outside]
    return _HEAD.format(
        counts=f"Held: {len(held)}. Open: {len(still_open)}. Outside: {len(outside)}.",
        requirements="\n".join(
            f"| {name} | {each.asks} | {each.source} | {_held(each, holding.get(name, []))} |"
            for name, each in requirements.items()
        ),
        rules="\n".join(
            f"| {rule.id} | {rule.title} | {_listed(holding.get(rule.id, []))} |" for rule in RULES.values()
        ),
    )


def policies() -> str:
    """Return the whole document about the five policies."""
    stated = yaml.safe_load(STATED.read_text("utf-8"))
    held = [each for fact in stated["facts"] for each in fact["held"]]
    lines = sum(_cases(each) * len(each.get("without", [])) for each in held)
    beyond = sum(_cases(each) * len(each.get("beyond", [])) for each in held)
    return _POLICIES_HEAD.format(
        lines=lines,
        beyond=beyond,
        cases=lines + beyond,
        rows="\n".join(_policy_row(fact, each) for fact in stated["facts"] for each in fact["held"]),
        beside="\n".join(f"- `test_{name}`: {what}" for name, what in stated["beside"].items()),
    )


def _cases(held: dict[str, Any]) -> int:
    return prod(len(value) if isinstance(value, list) else 1 for value in held.get("case", {}).values())


def _policy_row(fact: dict[str, Any], held: dict[str, Any]) -> str:
    because = f"<br>No line: {fact['because']}." if "because" in fact else ""
    states = fact["states"] + because if held is fact["held"][0] else ""
    taken = [*map(_line, held.get("without", [])), *held.get("beyond", [])]
    return f"| {fact['policy']} | {states} | {'<br>'.join(taken)} | `test_{held['test']}` |"


def _line(line: str | dict[str, Any]) -> str:
    if isinstance(line, str):
        return f"`{line}`"
    return "".join(f"`{path}: {json.dumps(value, ensure_ascii=False)}`" for path, value in line.items())


def _marks(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.requirement":
            for argument in decorator.args:
                yield from ast.literal_eval(argument).split()


def _held(requirement: Requirement, tests: list[str]) -> str:
    notes = [f"**open**: {requirement.open}"] if requirement.open else []
    notes += [f"outside: {requirement.outside}"] if requirement.outside else []
    notes += [f"limit: {requirement.limit}"] if requirement.limit else []
    return "<br>".join([*notes, *([_listed(tests)] if tests else [])])


def _listed(tests: list[str]) -> str:
    return "<br>".join(f"`{test}`" for test in tests)


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
    POLICIES.write_text(policies(), "utf-8")
