"""Five hundred texts that would run a script in a page that made markup of text."""

from __future__ import annotations

import itertools

VECTORS = (
    "<script>hit()</script>", "<ScRiPt>hit()</ScRiPt>", "<script src=data:text/javascript,hit()></script>",
    "<img src=x onerror=hit()>", "<img/src/onerror=hit()>", "<svg onload=hit()>", "<svg><script>hit()</script></svg>",
    "<svg><animate onbegin=hit() attributeName=x dur=1s>", "<body onload=hit()>", "<iframe srcdoc='<script>parent.hit()</script>'>",
    "<iframe src=javascript:parent.hit()>", "<details open ontoggle=hit()>", "<input autofocus onfocus=hit()>",
    "<video><source onerror=hit()></video>", "<marquee onstart=hit()>", "<object data=javascript:hit()>", "<math><mtext></form><form><mglyph><style></math><img src onerror=hit()>",
    "<a href=javascript:hit() autofocus>x</a>", "<form action=javascript:hit()><button autofocus>", "<link rel=stylesheet href=javascript:hit()>",
    "<meta http-equiv=refresh content='0;url=javascript:hit()'>", "<template><script>hit()</script></template>", "<style>@import'javascript:hit()'</style>",
    "<noscript><p title='</noscript><img src=x onerror=hit()>'>", "{{constructor.constructor('hit()')()}}", "${hit()}", "javascript:hit()", "<mark onmouseover=hit() onfocus=hit() tabindex=0>",
)  # fmt: skip
BREAKS = (
    "",
    '"',
    "'",
    '">',
    "'>",
    "-->",
    "</mark>",
    "</title>",
    "</textarea>",
    "</script>",
    "]]>",
    "&quot;>",
    '\\">',
    "`>",
    "</option></select>",
    '" autofocus onfocus=hit() x="',
    "&lt;/b&gt;",
    "%3E",
)

HOSTILE = tuple(f"{before}{vector}" for before, vector in itertools.islice(itertools.product(BREAKS, VECTORS), 500))
assert len(set(HOSTILE)) == 500
