"""The documents say what the code does: what is missing in them, or in the code, fails here."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click
import pytest
from starlette.applications import Starlette

import consentkit
from consentkit.cli import main
from consentkit.manifest.load import loads
from consentkit.manifest.model import Manifest

if TYPE_CHECKING:
    from pathlib import Path

KEY = "documents-key-documents-key-documents"


def yaml_blocks(document: Path) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def keys(model: type, path: str = "") -> set[str]:
    """Return the dotted keys of the manifest's model."""
    found = set()
    for name, field in model.model_fields.items():  # type: ignore[attr-defined]
        found.add(f"{path}{name}")
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if inspect.isclass(part) and hasattr(part, "model_fields"):
                found |= keys(part, f"{path}{name}.")
    return found


def test_the_readmes_manifest_loads(checkout: Path) -> None:
    """What a newcomer copies from the README works as it stands."""
    (example,) = yaml_blocks(checkout / "README.md")
    assert isinstance(loads(example), Manifest)


def test_the_documented_manifest_loads(checkout: Path) -> None:
    """The whole example of the manifest's page works as it stands."""
    assert isinstance(loads(yaml_blocks(checkout / "docs" / "manifest.md")[0]), Manifest)


@pytest.mark.parametrize("key", sorted(keys(Manifest)))
def test_every_key_of_the_manifest_is_documented(key: str, checkout: Path) -> None:
    """A key the loader takes has its line in docs/manifest.md."""
    assert f"`{key.rpartition('.')[2]}`" in (checkout / "docs" / "manifest.md").read_text("utf-8")


@pytest.mark.parametrize(
    "name", sorted(set(inspect.signature(consentkit.ConsentMiddleware).parameters) - {"app", "clock"})
)
def test_every_keyword_is_documented(name: str, checkout: Path) -> None:
    """A keyword of the middleware has its line in docs/operations.md, with its environment variable."""
    text = (checkout / "docs" / "operations.md").read_text("utf-8")
    assert f"`{name}`" in text
    assert f"`CONSENTKIT_{name.upper()}`" in text


def _commands(group: click.Group, prefix: str = "consentkit") -> set[str]:
    found = set()
    for name, command in group.commands.items():
        found |= _commands(command, f"{prefix} {name}") if isinstance(command, click.Group) else {f"{prefix} {name}"}
    return found


@pytest.mark.parametrize("command", sorted(_commands(main)))
def test_every_command_is_documented(command: str, checkout: Path) -> None:
    """A command has its line in docs/commands.md or docs/operations.md."""
    documents = (checkout / "docs" / "commands.md", checkout / "docs" / "operations.md")
    text = " ".join(document.read_text("utf-8") for document in documents)
    assert command in text or re.search(rf"`(?:[^`]*, )?{command.rpartition(' ')[2]}[ `]", text)


def test_the_documented_endpoints_are_those_that_answer(checkout: Path, tmp_path: Path) -> None:
    """docs/endpoints.md lists every path and method, and none besides."""
    middleware = consentkit.ConsentMiddleware(
        Starlette(),
        manifest=loads(yaml_blocks(checkout / "README.md")[0]),
        secret_key=KEY,
        database=f"sqlite:///{tmp_path}/consent.db",
    )
    routes = {(method, path) for path, handlers in middleware._endpoints._routes.items() for method in handlers}
    table = re.findall(
        r"^\| (GET|POST) `(/[^`]*)`", (checkout / "docs" / "endpoints.md").read_text("utf-8"), re.MULTILINE
    )
    beside = {("GET", "/static/{name}"), ("GET", "/.well-known/gpc.json")}
    assert set(table) == routes | beside


def test_links_between_documents_lead_somewhere(checkout: Path) -> None:
    """A relative link in any document names a file of the repository."""
    broken = [
        f"{document.name}: {target}"
        for document in [*checkout.glob("*.md"), *checkout.glob("docs/*.md")]
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", document.read_text("utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_the_readme_is_short(checkout: Path) -> None:
    """One screen or two: what it is, one example, two commands, links."""
    assert len((checkout / "README.md").read_text("utf-8").splitlines()) <= 80
