"""What is wrong between two places of a manifest."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.manifest.conflicts import conflicts, nearest


def service(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "vendor": {"name": name}, "purposes": ["analytics"]} | more


def found(data: dict[str, Any]) -> dict[str, str]:
    return {".".join(map(str, path)): message for path, message in conflicts(data)}


def test_two_services_on_one_host(minimal: dict[str, Any]) -> None:
    """A host in any spelling belongs to one service; the other is told whose it is."""
    services = [service("a", hosts=["www.x.example"]), service("b", hosts=["WWW.X.example."])]
    messages = found(minimal | {"services": services})
    assert messages.keys() == {"services.1.hosts.0"}
    assert "already belongs to service 'a'" in messages["services.1.hosts.0"]


def test_two_services_may_share_a_host_by_path_or_depth(minimal: dict[str, Any]) -> None:
    """Different paths, and a host below another's wildcard, are told apart by the more specific pattern."""
    services = [
        service("a", hosts=["x.example/a/", "*.y.example"]),
        service("b", hosts=["x.example/b/", "w.y.example"]),
    ]
    assert found(minimal | {"services": services}) == {}


def test_the_site_s_own_host_is_no_service_s(minimal: dict[str, Any]) -> None:
    """A service served from the site's own host must name a path, or it would gate the site."""
    minimal["site"]["hosts"] = ["www.x.example", "*.x.example"]
    services = [service("a", hosts=["www.x.example", "www.x.example/matomo/", "stats.x.example"])]
    messages = found(minimal | {"services": services})
    assert messages.keys() == {"services.0.hosts.0"}
    assert "name a path of it" in messages["services.0.hosts.0"]


def test_a_first_party_item_has_one_owner(minimal: dict[str, Any]) -> None:
    """A first-party name or alias is declared once; a third party's cookie may serve two services."""
    item = {"name": "_a", "lifetime": "1 day"}
    services = [
        service("a", cookies=[item, {"name": "IDE", "lifetime": "1 day", "party": "third"}]),
        service("b", cookies=[item | {"name": "_b", "aliases": ["_a"]}, item | {"kind": "local"}]),
        service("c", cookies=[{"name": "IDE", "lifetime": "1 day", "party": "third"}]),
    ]
    messages = found(minimal | {"services": services})
    assert messages.keys() == {"services.1.cookies.0.aliases.0"}
    assert "already declared at services.0.cookies.0" in messages["services.1.cookies.0.aliases.0"]


def test_the_site_s_own_items_need_a_purpose(minimal: dict[str, Any]) -> None:
    """Without a service to inherit from, an item names its purpose."""
    messages = found(minimal | {"cookies": [{"name": "x", "lifetime": "1 day"}]})
    assert messages == {"cookies.0.purpose": "'x' has no purpose; add e.g. 'purpose: necessary'"}


def test_a_purpose_listed_twice(minimal: dict[str, Any]) -> None:
    """A service names each of its purposes once."""
    services = [service("a", purposes=["analytics", "analytics"])]
    assert found(minimal | {"services": services}).keys() == {"services.0.purposes.1"}


@pytest.mark.parametrize(
    "data",
    [
        None,
        3,
        [],
        {},
        {"purposes": 3, "services": "x", "cookies": {"a": 1}, "site": []},
        {"purposes": [None, 3, {}], "services": [None, {"purposes": 3, "hosts": [3, None], "cookies": [3, {}]}]},
        {"purposes": [{"id": []}], "services": [{"id": {}, "hosts": ["a b", ""], "purposes": [[]]}]},
        {"cookies": [{"name": [], "purpose": 3, "aliases": 3, "kind": [], "party": {}}], "site": {"hosts": [3]}},
    ],
)
def test_any_shape_of_data_is_looked_through(data: Any) -> None:
    """Wrong types are someone else's to report; here they are passed over."""
    assert all(isinstance(message, str) for _, message in conflicts(data))


def test_the_nearest_word_is_the_remedy() -> None:
    """A close word is suggested; without one, the known words are listed."""
    assert nearest("analytic", ["analytics", "media"]) == "write 'analytics'"
    assert nearest("xyz", ["analytics", "media"]) == "known here: 'analytics', 'media'"
    assert nearest("xyz", []) == "none is declared"
