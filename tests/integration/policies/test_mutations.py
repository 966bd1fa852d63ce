"""Each statement hangs on a line of its manifest: without the line, the test that holds it fails."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from policies import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable

# site, line of its manifest, test that holds the statement, and that test's parameters
LINES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("dokos", "regions", "dokos_speaks_the_visitor_s_language_and_follows_the_country_s_rule", {}),
    *(
        ("dokos", f"cookies.{name}", "dokos_sets_session_basket_and_language_without_asking_and_the_rest_after", {})
        for name in ("sid", "cart", "preferred_language", "recently_read", "pages_seen")
    ),
    *(
        (
            "dokos",
            f"services.{service}",
            "third_parties_are_named_with_reason_data_and_policy",
            {"name": "dokos", "service": title, "reason": reason, "data": data, "policy": policy},
        )
        for service, title, reason, data, policy in (
            ("stripe", "Stripe", "Panier et paiement", "Montant", "https://stripe.com/"),
            ("gocardless", "GoCardless", "Panier et paiement", "mandat SEPA", "https://gocardless.com/"),
            ("hetzner", "Hetzner", "Session", "Hébergement", "https://www.hetzner.com/"),
            ("ovhcloud", "OVHcloud", "Session", "Hébergement", "https://www.ovhcloud.com/"),
        )
    ),
    ("alpiasoft", "purposes.visits.title", "alpiasoft_declares_its_three_purposes", {}),
    ("alpiasoft", "cookies.alpiasoft_origine", "alpiasoft_declares_its_three_purposes", {}),
    ("alpiasoft", "purposes.preferences.exempt", "alpiasoft_makes_only_the_necessary_cookies_mandatory", {}),
    ("alpiasoft", "cookies.alpiasoft_session", "alpiasoft_makes_only_the_necessary_cookies_mandatory", {}),
    ("alpiasoft", "choice", "alpiasoft_s_cookies_live_12_months_at_most", {}),
    ("alpiasoft", "retention.consent_log", "alpiasoft_keeps_no_proof_longer_than_three_years", {}),
    *(
        ("alpiasoft", f"retention.data.{place}", "alpiasoft_tells_how_long_each_kind_of_data_is_kept", {"line": line})
        for place, line in enumerate(
            (
                "Données que vous supprimez, sauvegardes comprises : 3 semaines après la suppression",
                "Données du compte : 3 ans après la suppression du compte ou sa dernière utilisation",
                "Factures : 10 ans après leur émission",
            )
        )
    ),
    *(
        ("hootis", path, "hootis_s_notice_lists_its_18_cookies", {})
        for path in (
            *(
                f"cookies.{name}"
                for name in "XSRF-TOKEN hootis_session pbyvvsof8r portal-domain _csrf-backend _csrf-frontend "
                "hootis-frontend hootis-backend _identity-frontend _identity-backend default-values".split()
            ),
            *(f"services.google-analytics.cookies.{name}" for name in "_ga _gid _gat AMP_TOKEN".split()),
            "services.google-analytics.cookies._gac_<property-id>",
            "services.google-analytics.cookies._gat.aliases",
            "services.cloudflare.cookies.__cfduid",
            "choice",
        )
    ),
    ("hootis", "choice.cookie", "hootis_keeps_the_choice_a_year_in_a_cookie_of_its_own_name", {"action": "accept"}),
    ("hootis", "choice.lifetime", "hootis_keeps_the_choice_a_year_in_a_cookie_of_its_own_name", {"action": "accept"}),
    (
        "hootis",
        "services.google-analytics.cookies._gat.aliases",
        "tag_manager_s_name_of_a_cookie_is_the_same_cookie",
        {},
    ),
    ("hootis", "services.google-analytics", "hootis_offers_the_way_out_of_analytics_on_every_page", {}),
    ("hootis", "cookies.pbyvvsof8r", "hootis_s_sign_in_page_sets_cookies_for_as_long_as_the_table_says", {}),
    *(
        (
            "hootis",
            f"services.{service}.vendor.cookie_policy",
            "hootis_links_the_cookie_types_of_its_third_parties",
            {"service": title, "page": page},
        )
        for service, title, page in (
            ("google-analytics", "Google Analytics", "https://policies.google.com/technologies/types"),
            ("cloudflare", "Cloudflare", "https://www.cloudflare.com/cookie-policy/"),
        )
    ),
    ("powerboutique", "choice", "powerboutique_s_banner_is_gone_for_the_session", {"action": "accept"}),
    (
        "powerboutique",
        "purposes.statistics",
        "powerboutique_s_visitors_take_their_choices_along_and_erase_them",
        {},
    ),
    ("iabako", "cookies.langue", "iabako_remembers_the_language_without_asking", {}),
    *(
        (
            "iabako",
            f"services.{service}",
            "iabako_s_trackers_wait_for_their_purpose",
            {"purpose": purpose, "address": address, "service": service},
        )
        for service, purpose, address in (
            ("google-analytics", "analytics", "www.googletagmanager.com/gtag/js"),
            ("google-ads", "advertising", "www.googletagmanager.com/gtag/destination"),
            ("meta-pixel", "advertising", "connect.facebook.net/"),
        )
    ),
    ("iabako", "services.google-ads", "iabako_hands_over_its_register_of_processing", {}),
    ("iabako", "site.controller.officer", "iabako_hands_over_its_register_of_processing", {}),
    ("iabako", "purposes.trial.data_retention", "iabako_tells_how_long_prospects_and_clients_are_kept",
     {"line": "Données des prospects : 3 ans"}),
    ("iabako", "retention.data.0", "iabako_tells_how_long_prospects_and_clients_are_kept",
     {"line": "Données des prospects : 3 ans"}),
    ("iabako", "retention.data.1", "iabako_tells_how_long_prospects_and_clients_are_kept",
     {"line": "Données des clients : 6 ans après la fin du contrat"}),
]  # fmt: skip


def remove(document: Any, path: str) -> None:
    """Take the value at a dotted path out; a step into a list is a place, or an id, a name or a catalogue's id."""
    step, _, rest = path.partition(".")
    if isinstance(document, list):
        place = next(
            (
                n
                for n, item in enumerate(document)
                if step in (str(n), item.get("id"), item.get("name"), item.get("use"))
            ),
            None,
        )
    else:
        place = step if step in document else None
    # A test that changes the manifest itself may have taken the line out already.
    if place is None:
        return
    if rest:
        remove(document[place], rest)
    else:
        del document[place]


def drop_what_refers_to(document: dict[str, Any], path: str) -> None:
    """Take out with a purpose what names it, so that the manifest still loads."""
    kind, _, identifier = path.partition(".")
    if kind == "purposes" and "." not in identifier:
        document["cookies"] = [item for item in document.get("cookies", []) if item["purpose"] != identifier]


def test_every_line_is_there() -> None:
    """A path with a typing mistake would remove nothing and show nothing."""
    for site, path, *_ in LINES:
        text = (EXAMPLES / site / "consent.yaml").read_text("utf-8")
        whole, less = yaml.safe_load(text), yaml.safe_load(text)
        remove(less, path)
        assert whole != less, f"{site}: {path}"


def held_by(name: str) -> Callable[..., None]:
    """Return the test of this folder by its name without ``test_``."""
    folder = __name__.rpartition(".")[0]
    for module in ("every_site", "dokos", "alpiasoft", "hootis", "powerboutique", "iabako"):
        found = getattr(importlib.import_module(f"{folder}.test_{module}"), f"test_{name}", None)
        if found is not None:
            return found
    raise LookupError(name)


@pytest.mark.slow
@pytest.mark.parametrize(("site", "path", "test", "parameters"), LINES, ids=[f"{line[0]}:{line[1]}" for line in LINES])
def test_without_its_line_a_statement_is_not_held(
    site: str, path: str, test: str, parameters: dict[str, Any], govern: Any, request: pytest.FixtureRequest
) -> None:
    """The line is what makes the statement true: the test passes with it, and fails without it."""
    holding = held_by(test)

    def less(name: str, *, edit: Callable[[dict[str, Any]], object] | None = None, **keywords: Any) -> Any:
        def change(document: dict[str, Any]) -> None:
            if edit is not None:
                edit(document)
            if name == site:
                remove(document, path)
                drop_what_refers_to(document, path)

        return govern(name, edit=change, **keywords)

    wanted = [name for name in inspect.signature(holding).parameters if name not in {"govern", *parameters}]
    fixtures = {name: request.getfixturevalue(name) for name in wanted}
    with pytest.raises((AssertionError, LookupError, StopIteration)):
        holding(govern=less, **fixtures, **parameters)
