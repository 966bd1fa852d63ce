"""Markup that two parsers may read in two ways (WHATWG HTML 13.2.5, tokenization, and 13.2.6, tree construction)."""

from __future__ import annotations

from tests.browser.techniques.technique import CHROMIUM, Technique, Visible, group

_HTML = Visible.HTML
_IMG = '<img src="https://$HOST/a.gif">'
_BARE = "<img src=https://$HOST/a.gif>"

# HTML 13.2.5.41 to 13.2.5.53: comments, bogus comments, doctypes, CDATA outside foreign content.
_COMMENTS = group(
    _HTML,
    ("comment-abrupt", f"<!-->{_IMG}<!-- -->"),
    ("comment-abrupt-dash", f"<!--->{_IMG}<!-- -->"),
    ("comment-bang", f"<!-- a --!>{_IMG}<!-- -->"),
    ("comment-nested", f"<!-- a <!-- b -->{_IMG}<!-- -->"),
    ("comment-dashes", f"<!------>{_IMG}<!-- -->"),
    ("comment-bogus", f'<! a ">{_IMG}<p title=">'),
    ("comment-instruction", f"<?php echo '>{_IMG}' ?>"),
    ("comment-end-tag", f"</ a '>{_IMG}"),
    ("comment-conditional", f"<![if !IE]>{_IMG}<![endif]>"),
    ("comment-cdata", f"<![CDATA[>{_IMG}]]>"),
    ("comment-doctype", f'<!DOCTYPE x SYSTEM ">{_IMG}">'),
    ("comment-in-attribute", f'<p title="<!--">{_IMG}<p title="-->">'),
)
# HTML 13.2.5.2 to 13.2.5.5, 13.2.5.9 to 13.2.5.31: RCDATA, RAWTEXT, script data.
_TEXT = group(
    _HTML,
    ("text-title", f"<title><!--</title>{_IMG}<!-- --></title>"),
    ("text-textarea", f'<textarea><p title="</textarea>{_BARE}"></textarea>'),
    ("text-style", f"<style><!--</style>{_IMG}<!-- --></style>"),
    ("text-style-odd-end", f"<style>/*</style/x>{_IMG}*/</style>"),
    ("text-script", f"<script><!--</script>{_IMG}<!-- --></script>"),
    ("text-script-escaped", f"<script><!--<script></script>--></script>{_IMG}"),
    ("text-script-double", f"<script><!--<script >--></script>{_IMG}<!-- --></script>"),
    ("text-iframe", f"<iframe title=x><!--</iframe>{_IMG}<!-- --></iframe>"),
    ("text-noembed", f"<noembed><!--</noembed>{_IMG}<!-- --></noembed>"),
    ("text-noframes", f"<noframes><!--</noframes>{_IMG}<!-- --></noframes>"),
    ("text-xmp", f"<xmp><!--</xmp>{_IMG}<!-- --></xmp>"),
    ("text-end-tag-space", f"<textarea></textarea\n a='>'>{_IMG}"),
    ("text-template-style", f"<div><template shadowrootmode=open><style>a{{</style>{_IMG}</template></div>"),
)
# HTML 13.2.5.6 to 13.2.5.8, 13.2.5.32 to 13.2.5.40: tags and attributes.
_TAGS = group(
    _HTML,
    ("tag-solidus", "<img/src='https://$HOST/a.gif'>"),
    ("tag-solidi", '<img/////src="https://$HOST/a.gif"/////>'),
    ("tag-form-feed", "<img\fsrc=https://$HOST/a.gif>"),
    ("tag-newlines", '<img\n\r\nsrc\n=\n"https://$HOST/a.gif"\n>'),
    ("tag-upper-case", '<IMG SRC="https://$HOST/a.gif">'),
    ("tag-no-space", '<img alt=""src="https://$HOST/a.gif">'),
    ("tag-odd-attribute", "<img ='x' '=y \"=z src=https://$HOST/a.gif>"),
    ("tag-quote-in-name", "<img a\"b'c src=https://$HOST/a.gif>"),
    ("tag-less-than", "<img <p src=https://$HOST/a.gif>"),
    ("tag-unquoted-quote", '<img alt=a"b src=https://$HOST/a.gif title=">">'),
    ("tag-duplicate", '<img src="https://$HOST/a.gif" src="/quiet">'),
    ("tag-nul-attribute", "<img \0 src=https://$HOST/a.gif>"),
    ("tag-nul-before", f"\0<p\0>{_IMG}"),
    ("tag-backtick", "<img alt=`> src=x` title='x'><img src=https://$HOST/a.gif title=`>"),
    ("tag-greater-in-value", '<img alt="a > b" src="https://$HOST/a.gif">'),
    ("tag-end-attributes", f"</p title='<!--'>{_IMG}"),
    ("tag-many-attributes", "<img " + " ".join(f"data-a{n}=x" for n in range(2000)) + ' src="https://$HOST/a.gif">'),
    ("tag-long-value", f'<img alt="{"x" * 200_000}" src="https://$HOST/a.gif">'),
    ("tag-empty-end", f"</>{_IMG}"),
    ("tag-lone-less-than", f"a < b <{_IMG}"),
    ("tag-self-closing-script", f'<script src="data:,"/></script>{_IMG}'),
)
# HTML 13.2.6: where elements end up that stand where they should not.
_TREE = (
    *group(
        _HTML,
        ("tree-in-select", "<select><option>a<img src=https://$HOST/a.gif></select>"),
        ("tree-select-script", "<select><script src=https://$HOST/a.js></script></select>"),
        ("tree-select-style", f"<select><style></select>{_IMG}</style></select>{_IMG}"),
        ("tree-select-input", "<select><input type=image src=https://$HOST/a.gif></select>"),
        ("tree-in-table", f"<table>{_IMG}<tr><td>x</table>"),
        ("tree-in-colgroup", f"<table><colgroup>{_IMG}</table>"),
        ("tree-in-button", f"<button>{_IMG}</button>"),
        ("tree-in-listing", f"<pre><listing>{_IMG}</listing></pre>"),
        (
            "tree-form-nested",
            (
                '<form action="/quiet"></p><form id="g" action="https://$HOST/a"></form></form>'
                '<form id="f" action="https://$HOST/a"></form><script>document.referrer || f.submit()</script>'
            ),
        ),
        ("tree-svg-p", f"<svg><p>{_IMG}</svg>"),
        ("tree-svg-cdata", f"<svg><desc><![CDATA[</desc>]]>{_IMG}</desc></svg>"),
        ("tree-math-script", "<math><script></math><img src='https://$HOST/a.gif'></script></math>"),
        ("tree-template-table", f"<template><tr></template><table><tr><td>{_IMG}</table>"),
        ("tree-nested-object", f"<object><param name=a>{_IMG}</object>"),
    ),
    Technique("tree-svg-comment", _HTML, f"<svg><style><!--</style>{_IMG}--></style></svg>", browsers=CHROMIUM),
    Technique(
        "tree-before-html", _HTML, page=f"{_IMG}<!DOCTYPE html><html><head><title>x</title></head><body>x</body></html>"
    ),
    Technique(
        "tree-in-head", _HTML, page=f"<!DOCTYPE html><html><head>{_IMG}<title>x</title></head><body>x</body></html>"
    ),
    Technique("tree-after-body", _HTML, page=f"<!DOCTYPE html><html><body>x</body>{_IMG}</html>"),
    Technique("tree-after-html", _HTML, page=f"<!DOCTYPE html><html><body>x</body></html>{_IMG}"),
    Technique("tree-no-tags", _HTML, page=_BARE),
    Technique("tree-end-of-file", _HTML, page=f"<!DOCTYPE html><p>x{_BARE}<style>p{{background:url(https://$HOST/b"),
    Technique("tree-head-noscript", _HTML, head=f"<noscript>{_IMG}</noscript>", scripts=False),
    Technique("tree-noscript-comment", _HTML, f"<noscript><!-- </noscript>{_IMG} --></noscript>"),
    Technique("tree-noscript-comment-off", _HTML, f"<noscript><!-- </noscript> -->{_IMG}</noscript>", scripts=False),
)

PARSING = (*_COMMENTS, *_TEXT, *_TAGS, *_TREE)
