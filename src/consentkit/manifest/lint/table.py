"""The table of the rules, docs/lint.md. ``python -m consentkit.manifest.lint.table`` writes it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from consentkit.manifest.lint.rules import RULES, Basis, Rule

FILE: Final = Path("docs", "lint.md")

_WORDS: Final = {
    Basis.GRAMMAR: "loader",
    Basis.MANIFEST: "manifest",
    Basis.OBSERVED: "observed",
}
_INTRODUCTION: Final = """\
# Lint rules

`consentkit check consent.yaml` first names every mistake of the manifest's grammar, and then what the law or good
practice asks beyond it, each at its line and column, with rule, source and remedy.

```sh
consentkit check consent.yaml                    # FILE:LINE:COLUMN: SEVERITY RULE: PATH: MESSAGE; REMEDY [SOURCE]
consentkit check --format json consent.yaml      # or sarif (2.1.0), for code hosts and editors
consentkit check --severity error consent.yaml   # leave out warnings and information
```

Exit status: 0 without errors or warnings (information alone is 0), 1 with, 2 for wrong use. What `--severity` leaves
out does not count. The rules help; they are no legal advice, and a manifest without findings can still be untrue.

In the column *by*, `loader` means that a manifest which breaks the rule is refused, `manifest` that the declarations
tell, and `observed` that they are compared with what was seen on the running site: these rules speak only where such
facts are given to `consentkit.manifest.check.check(manifest, observed)`, so not from a manifest alone.

<!-- Written by `python -m consentkit.manifest.lint.table`; change consentkit/manifest/lint/rules.py instead. -->

| rule | severity | by | it finds | it looks at | remedy | source |
|---|---|---|---|---|---|---|
"""
_LIMITS: Final = """
## What the rules can't tell

Nothing is guessed: where a rule lacks a fact it stays silent.

| rule | limit |
|---|---|
"""


def text() -> str:
    """Return docs/lint.md as it is committed (Markdown)."""
    rows = "".join(map(_row, RULES.values()))
    limits = "".join(f"| {rule.id} | {_cell(rule.limits)} |\n" for rule in RULES.values() if rule.limits)
    return f"{_INTRODUCTION}{rows}{_LIMITS}{limits}"


def _row(rule: Rule) -> str:
    basis = ", ".join(_WORDS[basis] for basis in rule.basis)
    cells = (rule.id, str(rule.severity), basis, rule.title, rule.looks_at, rule.remedy, rule.source)
    return f"| {' | '.join(map(_cell, cells))} |\n"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def main(arguments: list[str]) -> None:
    """Write the table to the path given, or to ``docs/lint.md`` below the current directory."""
    Path(arguments[0] if arguments else FILE).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
