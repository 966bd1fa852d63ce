"""Each statement of a policy hangs on something: without it, the test that holds the statement fails.

docs/policies.yaml says which statement hangs on what.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import machine
import pytest
import yaml
from policies import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from driving import Driver

CHECKOUT = EXAMPLES.parent
STATED = yaml.safe_load((CHECKOUT / "docs" / "policies.yaml").read_text("utf-8"))
MODULES = ("every_site", "browser_log", "dokos", "alpiasoft", "hootis", "powerboutique", "iabako")
REMOVED = object()


def _nothing(*_: object, **__: object) -> None:
    """Stand for a part of the software that is taken out."""


async def _never(*_: object, **__: object) -> None:
    """Stand for what is awaited and never happens."""


@dataclass(frozen=True)
class Beyond:
    """What makes a statement true and stands in no manifest.

    Attributes:
        patch: A name of the software, and what stands for it.
        keywords: Settings of the operator that are left out.
        withheld: A header that no browser sends.
        file: A file of the site, and a text that is taken out of it.
    """

    patch: tuple[str, Any] | None = None
    keywords: dict[str, Any] = field(default_factory=dict)
    withheld: str = ""
    file: tuple[str, str] | None = None


BEYOND = {
    "the browser log": Beyond(patch=("consentkit.records.browserlog.BrowserLog.write_later", _nothing)),
    "the browser's `user-agent`": Beyond(withheld="user-agent"),
    "the browser's `referer`": Beyond(withheld="referer"),
    "the country database": Beyond(keywords={"geoip_database": None}),
    "the hold": Beyond(patch=("consentkit.records.open.Records.hold", _never)),
    "the list of browsers": Beyond(patch=("consentkit.notice.browsers._BROWSERS", ())),
    "`anonymize_ip` in the site's own script": Beyond(file=("/static/mesure.js", "anonymize_ip: true")),
    "the site's own template": Beyond(keywords={"templates": None}),
    "erasing": Beyond(patch=("consentkit.records.open.Records.erase", _never)),
    "the least count that is told": Beyond(patch=("consentkit.records.disclosure.LEAST", 1)),
    "the page's own language": Beyond(patch=("consentkit.asgi.site.Site.spoken", lambda *_: "en")),
}


@dataclass(frozen=True)
class Less:
    """One thing taken away, and the one case of a test that fails for it.

    Attributes:
        site: Whose manifest.
        test: The test's name without ``test_``.
        case: Some of the case's parameters, or its ``id``.
        path: A dotted path of the manifest; a step into a list is a place, or an id, a name or a catalogue's id.
        value: What stands there instead.
        beyond: What is taken away instead of a line.
    """

    site: str
    test: str
    case: dict[str, Any]
    path: str = ""
    value: Any = REMOVED
    beyond: str = ""

    def __str__(self) -> str:
        return f"{self.site}:{self.path or self.beyond}:{self.test}"


def stated() -> Iterator[Less]:
    """Yield everything that is taken away, one thing at a time."""
    for fact in STATED["facts"]:
        for held in fact["held"]:
            values = [v if isinstance(v, list) else [v] for v in held.get("case", {}).values()]
            for combination in itertools.product(*values):
                case = dict(zip(held.get("case", {}), combination, strict=True))
                place = (case["name"] if fact["policy"] == "all" else fact["policy"], held["test"], case)
                for line in held.get("without", []):
                    path, value = next(iter(line.items())) if isinstance(line, dict) else (line, REMOVED)
                    yield Less(*place, path, value)
                yield from (Less(*place, beyond=name) for name in held.get("beyond", []))


LESS = list(stated())


def change(document: Any, path: str, value: Any) -> None:
    """Put a value at a dotted path, or take out what stands there; a step that leads nowhere changes nothing."""
    step, _, rest = path.partition(".")
    place: Any = step
    if isinstance(document, list):
        called = (
            n for n, item in enumerate(document) if step in (str(n), item.get("id"), item.get("name"), item.get("use"))
        )
        place = next(called, None)
    # A test that changes the manifest itself may have taken the line out already.
    if place is None or (value is REMOVED and isinstance(document, dict) and step not in document):
        return
    if rest:
        if isinstance(document, dict):
            document.setdefault(step, {})
        change(document[place], rest, value)
    elif value is REMOVED:
        del document[place]
    else:
        document[place] = value


def drop_what_refers_to(document: dict[str, Any], path: str) -> None:
    """Take out with a purpose what names it, so that the manifest still loads."""
    kind, _, identifier = path.partition(".")
    if kind == "purposes" and "." not in identifier:
        document["cookies"] = [item for item in document.get("cookies", []) if item["purpose"] != identifier]


def held_by(name: str) -> Callable[..., None]:
    """Return the test of this folder by its name without ``test_``."""
    folder = __name__.rpartition(".")[0]
    for module in MODULES:
        found = getattr(importlib.import_module(f"{folder}.test_{module}"), f"test_{name}", None)
        if found is not None:
            return found
    raise LookupError(name)


def cases(test: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """Yield the parameters of each case of a test, and its ``id`` where it has one."""
    found: list[dict[str, Any]] = [{}]
    for mark in getattr(test, "pytestmark", []):
        if mark.name != "parametrize":
            continue
        names, values = mark.args
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
        ids = mark.kwargs.get("ids") or [None] * len(values)
        more = []
        for value, id_ in zip(values, ids, strict=True):
            # What pytest.param returns has its values and its id as attributes.
            parts = getattr(value, "values", value if len(names) > 1 else (value,))
            named = getattr(value, "id", None) or id_
            more.append({**dict(zip(names, parts, strict=True)), **({"id": named} if named else {})})
        found = [{**one, **other} for one in found for other in more]
    yield from found


def parameters(less: Less) -> dict[str, Any]:
    """Return the parameters of the one case that is meant."""
    (case,) = (case for case in cases(held_by(less.test)) if less.case.items() <= case.items())
    return {name: value for name, value in case.items() if name != "id"}


def governing_less(less: Less, govern: Any) -> Callable[..., Driver]:
    """Return what governs a site as `govern` does, without what is taken away."""
    beyond = BEYOND[less.beyond] if less.beyond else Beyond()

    def governed(name: str, *, edit: Any = None, bare: bool = False, **keywords: Any) -> Driver:
        assert not bare

        def changed(document: dict[str, Any]) -> None:
            if edit is not None:
                edit(document)
            if less.path and name == less.site:
                change(document, less.path, less.value)
                drop_what_refers_to(document, less.path)

        driver = govern(name, edit=changed, **keywords | {key: None for key in beyond.keywords if key in keywords})
        exchange = driver.exchange

        async def withheld(method: str, path: str, headers: Any = (), *args: Any, **extra: Any) -> Any:
            sent = [(name, value) for name, value in headers if name != beyond.withheld]
            answer = await exchange(method, path, sent, *args, **extra)
            for event in answer.events if beyond.file is not None and path == beyond.file[0] else ():
                if "body" in event:
                    event["body"] = event["body"].replace(beyond.file[1].encode(), b"")
            return answer

        driver.exchange = withheld  # type: ignore[method-assign]
        return driver

    return governed


@pytest.mark.slow
@pytest.mark.parametrize("less", LESS, ids=str)
def test_without_it_a_statement_is_not_held(
    less: Less, govern: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what makes the statement true: the test passes with it, and fails without it."""
    holding, case = held_by(less.test), parameters(less)
    if less.beyond and (patch := BEYOND[less.beyond].patch) is not None:
        monkeypatch.setattr(*patch)
    governed = governing_less(less, govern)
    ours = {"govern": governed, "shipped": governed}
    wanted = [name for name in inspect.signature(holding).parameters if name not in case]
    fixtures = {name: ours[name] if name in ours else request.getfixturevalue(name) for name in wanted}
    # What is short of the count that a test unpacks is a ValueError.
    with pytest.raises((AssertionError, LookupError, StopIteration, ValueError)):
        holding(**fixtures, **case)


def test_every_line_is_there() -> None:
    """A path with a typing mistake would change nothing and show nothing."""
    for less in LESS:
        # A case with an id brings a manifest of its own.
        if less.path and "id" not in less.case:
            text = (EXAMPLES / less.site / "consent.yaml").read_text("utf-8")
            whole, changed = yaml.safe_load(text), yaml.safe_load(text)
            change(changed, less.path, less.value)
            assert whole != changed, str(less)


def test_every_case_is_one() -> None:
    """Each names one case of one test."""
    for less in LESS:
        assert parameters(less).keys() >= less.case.keys() - {"id"}


def test_each_fact_is_held_and_each_test_holds_one() -> None:
    """No fact goes without a test that fails, none without a line or a reason; no test of this folder is left out."""
    for fact in STATED["facts"]:
        assert all(held.get("without") or held.get("beyond") for held in fact["held"] or [{}]), fact["row"]
        assert any("beyond" in held for held in fact["held"]) == ("because" in fact), fact["row"]
    files = [Path(__file__).with_name(f"test_{module}.py").read_text("utf-8") for module in MODULES]
    written = {name for text in files for name in re.findall(r"^def test_(\w+)", text, re.MULTILINE)}
    assert {less.test for less in LESS} | STATED["beside"].keys() == written


def test_every_row_of_the_list_of_facts_is_stated() -> None:
    """The list that the five policies were read into, row by row."""
    shared = Path(os.environ.get("CONSENTKIT_SHARED", CHECKOUT.parent / "shared"))
    listed = shared / "policies" / "README.md"
    if not listed.is_file():
        machine.lacks(f"no list of facts at {listed}: CONSENTKIT_SHARED names the folder that holds it")
    rows = re.findall(r"^\| (\w+) \| (.*?) \|", listed.read_text("utf-8"), re.MULTILINE)[1:]
    assert [policy for policy, _ in rows] == [fact["policy"] for fact in STATED["facts"]]
    for (_, row), fact in zip(rows, STATED["facts"], strict=True):
        assert row.startswith(fact["row"])
