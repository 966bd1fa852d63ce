"""The templates of every page of ours, with the site's own in front of those shipped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import jinja2

from consentkit import resources

if TYPE_CHECKING:
    from pathlib import Path


@cache
def environment(folder: Path | None = None) -> jinja2.Environment:
    """Return the templates; one set for all that render from the same folder, so that each is compiled once.

    Args:
        folder: Its files replace ours of the same name; such a file can extend the one it replaces as
            ``consentkit/banner.html``.
    """
    shipped = jinja2.FileSystemLoader(resources.directory("templates"))
    own = [jinja2.FileSystemLoader(folder)] if folder else []
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([*own, shipped, jinja2.PrefixLoader({"consentkit": shipped})]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
