"""What axe-core finds on a page: the rules of WCAG 2.2 A and AA, RGAA 4 and axe's own best practices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "EN-301-549", "best-practice"]
_RUN = """async ([parts, rules]) => {
    const context = parts.length ? {include: parts.map(part => [part])} : document;
    const options = {runOnly: {type: "tag", values: rules}, resultTypes: ["violations"], preload: false};
    const {violations, passes} = await axe.run(context, options);
    return [passes.length, violations.flatMap(({id, help, nodes}) =>
        nodes.map(({target, failureSummary}) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`))];
}"""


def violations(page: Page, *parts: str) -> list[str]:
    """Return every violation, as rule, help, element and what would mend it.

    Args:
        page: A loaded page; a Content-Security-Policy is no hindrance.
        *parts: Selectors of the elements to look at; the whole page without any. Each must be on the page.
    """
    for part in parts:
        assert page.locator(part).count(), f"there is no {part} on {page.url}"
    # Page.evaluate takes text as code by the debugger's own way, which no policy of the page governs.
    page.evaluate(AXE_SCRIPT)
    passed, found = page.evaluate(_RUN, [list(parts), _RULES])
    assert passed, f"axe looked at nothing on {page.url}"
    return list(found)
