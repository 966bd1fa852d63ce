"""The names a site may use."""

from __future__ import annotations

import inspect

import pytest

import consentkit
from consentkit import ConsentKitError, ManifestError


def test_all_is_complete_and_nothing_else_is_public() -> None:
    """`__all__` lists what a star import gives, in order, and every name of it exists."""
    assert consentkit.__all__ == sorted(consentkit.__all__)
    public = {
        name
        for name, value in vars(consentkit).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"
    }
    assert public == set(consentkit.__all__)


@pytest.mark.parametrize("name", consentkit.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    """Each public name says what it is, in more than a word."""
    assert len(inspect.getdoc(getattr(consentkit, name)) or "") > 20


def test_the_middlewares_keywords_are_documented() -> None:
    """Each keyword stands in the docstring, and none that was removed does."""
    parameters = set(inspect.signature(consentkit.ConsentMiddleware).parameters)
    documented = (inspect.getdoc(consentkit.ConsentMiddleware) or "").partition("Args:")[2].partition("Raises:")[0]
    named = {
        line.strip().partition(":")[0] for line in documented.splitlines() if line.startswith("    ") and ":" in line
    }
    assert parameters <= named


def test_the_interfaces_keywords_keep_their_names() -> None:
    """Sites pass these by name, so none may go."""
    parameters = inspect.signature(consentkit.ConsentMiddleware).parameters
    fixed = ["manifest", "secret_key", "database", "audit_tokens", "trusted_proxies", "geoip_database", "prefix"]
    assert [name for name in fixed if name not in parameters] == []


def test_one_except_clause_catches_all_of_ours() -> None:
    """Every error is a ConsentKitError, as its tree says."""
    assert issubclass(ManifestError, ConsentKitError)
