"""Scripts and styles as they are sent."""

from __future__ import annotations

import re

import pytest

from consentkit import resources
from consentkit.notice import packing

SCRIPTS = ("guard.js", "signals.js", "consentkit.js")
# Independent of the module: what a reader of the language tells apart.
_CODE = re.compile(
    r"""/\*.*?\*/|//[^\n]*|("[^"]*"|`[^`]*`|/(?![ ])(?:\\.|\[[^]]*\]|[^/\\\n])+/\w*|[\w$]+|\S)""", re.DOTALL
)


def _tokens(script: str) -> list[str]:
    script = re.sub(
        r"[;,]\s*(?=\})|,\s*(?=[)\]])", "", re.sub(r"/\*.*?\*/|^\s*//[^\n]*", "", script, flags=re.S | re.M)
    )
    return [found[1] for found in _CODE.finditer(script) if found[1]]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_packed_script_says_the_same_in_other_names(name: str) -> None:
    """Token by token: texts, patterns and signs are the same; each name that differs always differs in the same way."""
    source = (resources.directory("static") / name).read_text()
    before, after = _tokens(source), _tokens(packing.script(source))
    assert len(before) == len(after)
    renamed = {(old, new) for old, new in zip(before, after, strict=True) if old != new}
    assert len(renamed) > 10
    assert len({old for old, _ in renamed}) == len({new for _, new in renamed}) == len(renamed)
    assert not {new for _, new in renamed} & set(before)
    for old, _ in renamed:
        assert re.search(rf"(?:const|let) {old}\b|\([^()]*\b{old}\b[^()]*\) =>", source), old
        assert not re.search(rf"(?<!\.\.)\.{old}\b|\b{old}: |\$\{{[^}}]*\b{old}\b", source), old


def test_names_of_properties_stay() -> None:
    """What is read from elsewhere, written for others or filled into a text keeps its name."""
    source = """
    const state = 1, x = state;
    const shown = { state, get: shown(x) };
    const { purposes } = shown.answer;
    const answer = (first, ...rest) => `${first}` + rest / 2;
    let busy = /busy "/.test("busy // not a comment"); // a comment
    if (busy) return busy;
    """
    assert packing.script(source) == (
        "const state=1,x=state;const b={state,get:b(x)};const{purposes}=b.answer;const answer=(first,...rest)=>"
        '`${first}`+rest/2;let a=/busy "/.test("busy // not a comment");if(a)return a;'
    )


def test_a_packed_style_keeps_its_gaps_where_they_tell_something() -> None:
    """Between a selector's parts, around the signs of a sum, before a bracket."""
    source = """/* head */
    a > b :is(c, d) e::before { content: "" ; margin: calc(1px + 2px) auto; color: rgb(0 0 0 / .5) ; }
    @media (a: b) and (c: d) { e:not(f) + g , h { i: j } } /* end */
    """
    assert packing.style(source) == (
        'a>b :is(c,d) e::before{content:"";margin:calc(1px + 2px) auto;color:rgb(0 0 0 / .5)}'
        "@media (a:b) and (c:d){e:not(f) + g,h{i:j}}"
    )
