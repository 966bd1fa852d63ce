"""Documents as Markdown and as HTML."""

from __future__ import annotations

import html5lib
import pytest

from consentkit.notice.document import Document, Facts, Section, Table

HOSTILE = "<script>alert(1)</script> [x](javascript:y) *a* _b_ `c` | d & #e ~f~\n# g"


def document(*blocks: object, language: str = "en") -> Document:
    return Document("T", language, "ltr", ("Lead.",), (Section("S", blocks),))  # type: ignore[arg-type]


def test_markdown_of_each_block() -> None:
    """Headings, paragraphs, facts with one or several values, and a table whose names are code."""
    made = document(
        "Text.",
        Facts((("One", ("a",)), ("None", ()), ("Many", ("a", "b")))),
        Table(("Name", "Life"), (("_ga", "2 years"), ("", "none")), code=frozenset({0})),
    )
    assert made.markdown() == (
        "# T\n\nLead.\n\n## S\n\nText.\n\n- **One**: a\n- **Many**:\n  - a\n  - b\n\n"
        "| Name | Life |\n| --- | --- |\n| `_ga` | 2 years |\n|  | none |\n"
    )


def test_html_of_each_block() -> None:
    """The same as elements, in a page that loads nothing and holds no script."""
    made = document("Text.", Facts((("Many", ("a", "b")),)), Table(("Name",), (("_ga",),), code=frozenset({0}))).html()
    assert "<p>Text.</p>" in made
    assert "<dl>\n<dt>Many</dt><dd>a</dd><dd>b</dd>\n</dl>" in made
    assert '<th scope="col">Name</th>' in made
    assert "<td><code>_ga</code></td>" in made
    html5lib.HTMLParser(strict=True).parse(made)
    assert not {"<script", "src=", "href=", "url("} & {
        part for part in ("<script", "src=", "href=", "url(") if part in made
    }


def test_a_wide_table_can_be_scrolled_by_keyboard() -> None:
    """Its frame is a named region that takes the focus (WCAG 2.1.1)."""
    page = html5lib.parse(document(Table(("Name",), (("a",),))).html(), namespaceHTMLElements=False)
    frame = next(each for each in page.iter("div") if each.find("table") is not None)
    assert (frame.get("role"), frame.get("tabindex"), frame.get("aria-label")) == ("region", "0", "S")


@pytest.mark.parametrize("place", ["paragraph", "fact", "cell", "code"])
def test_texts_of_a_manifest_are_no_markup(place: str) -> None:
    """Whatever a text holds, it is shown and does nothing, in either format."""
    block = {
        "paragraph": HOSTILE,
        "fact": Facts(((HOSTILE, (HOSTILE,)),)),
        "cell": Table((HOSTILE,), ((HOSTILE,),)),
        "code": Table(("A",), ((HOSTILE,),), code=frozenset({0})),
    }[place]
    page = html5lib.parse(document(block).html(), namespaceHTMLElements=False)
    assert page.find(".//script") is None
    assert "alert(1)" in "".join(page.itertext())
    lines = document(block).markdown().splitlines()
    assert not [line for line in lines if line.startswith("# ") and line != "# T"]
    if place == "code":
        assert lines[-1].count("`") == 2
        assert lines[-1].replace("\\|", "").count("|") == 2
    else:
        assert "\\<script\\>" in lines[-1]
        assert "\\[x\\]" in lines[-1]


@pytest.mark.parametrize(
    ("text", "written"), [("1. a", "1\\. a"), ("- a", "\\- a"), ("+ a", "\\+ a"), ("1.5 a", "1.5 a")]
)
def test_a_paragraph_is_no_list(text: str, written: str) -> None:
    """A text that begins like a list stays a paragraph."""
    assert written in document(text).markdown()


def test_french_has_a_space_before_the_colon() -> None:
    """Facts read as French is written."""
    assert "**Un**\u00a0: a" in document(Facts((("Un", ("a",)),)), language="fr").markdown()
