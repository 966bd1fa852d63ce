"""Another parser finds nothing alive in what has been rewritten."""

from __future__ import annotations

import html5lib
import pytest
from hypothesis import assume, example, given, settings
from rewriting import Recorder, rewrite, without
from tagsoup import pages


def _live(page: str, *, scripting: bool) -> list[str]:
    try:
        tree = html5lib.HTMLParser().parse(page, scripting=scripting)
    except (AssertionError, AttributeError, IndexError, KeyError):
        # html5lib 1.1 fails on some of these itself.
        assume(False)
    return [str(element.tag) for element in tree.iter() if "src" in element.attrib]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=400, deadline=None)
@example('<noscript><p title="</noscript><img src=1>">')
@example("<select><style><!--</style><img src=1>--></select>")
@example("<svg></p><style><img src=1></style>")
@example("<frameset><script><frame src=1></script>")
@example("<svg><desc></svg><![CDATA[><img src=1>]]>")
@given(page=pages)
def test_nothing_with_a_source_is_live(page: str) -> None:
    """Once every source that is handed out is renamed, html5lib's tree has none, with scripting on and off."""
    handler = Recorder(without("src"), rename=(b"src",))
    output = rewrite(page.encode(), handler).output.decode()
    assert _live(output, scripting=True) == []
    assert _live(output, scripting=False) == []


def test_the_oracle_sees_what_is_live() -> None:
    """On the bare page it finds them, in both readings."""
    page = "<noscript><img src=1></noscript><img src=2>"
    assert _live(page, scripting=True) == ["{http://www.w3.org/1999/xhtml}img"]
    assert len(_live(page, scripting=False)) == 2
