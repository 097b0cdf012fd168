"""Templates to pages. Note text becomes text nodes here and nowhere else, and the words of a page are the text to the character."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from chartlight.labels import (
    DataNature,
    PatientStatus,
    ProblemNature,
    RejectionReason,
    RiskNature,
    Setting,
    Stage,
    TimeRole,
)
from serving import wording
from serving.review.page.marks import Kind, Segment
from serving.review.page.words import DATA, LEVELS, PROBLEMS, REJECTIONS, RISKS, TIMES, spaced

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'none'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""The content security policy of every page: no inline script or style, nothing from elsewhere, and no string becomes markup in the browser."""
_HEADING = re.compile(
    r"(?:(?<=\n)|\A)(?:[A-Z][A-Z0-9 /&,()'-]{3,50}(?=:|[ \t]*(?:\r?\n|\Z))|[A-Z][A-Za-z /&'-]{2,40}(?=:\s))"
)


def note_text(text: str) -> Markup:
    """Text of a note as a text node that reads back as itself.

    The HTML parser turns a carriage return into a line feed and drops zero characters, which would shift every offset behind
    them: the first is written as a reference, the second as U+FFFD.

    >>> note_text("a\\r\\n<b>")
    Markup('a&#13;\\n&lt;b&gt;')
    """
    safe = str(escape(text.replace("\0", "\ufffd"))).replace("\r", "&#13;")
    return Markup(safe)


def marked(segments: tuple[Segment, ...]) -> Markup:
    """The segments of a document; headings are set off, and only where no mark covers them."""
    return Markup("").join(_pieces(segments))


def _pieces(segments: tuple[Segment, ...]) -> Iterator[Markup]:
    at_line_start = True
    for segment in segments:
        if segment.marks:
            tags = Markup(' data-tags="{}"').format(segment.tags) if segment.tags else Markup("")
            begins = Markup(' data-begins="{}" tabindex="-1"').format(segment.begins) if segment.begins else Markup("")
            head = Markup('<mark class="{}" data-m="{}"{}{}>').format(
                segment.classes, " ".join(segment.marks), tags, begins
            )
            yield head + note_text(segment.text) + Markup("</mark>")
        else:
            yield from _plain(segment.text, at_line_start)
        at_line_start = segment.text.endswith("\n")


def _plain(text: str, at_line_start: bool) -> Iterator[Markup]:
    done = 0
    for found in _HEADING.finditer(text):
        if found.start() == 0 and not at_line_start:
            continue
        yield note_text(text[done : found.start()])
        yield Markup('<b class="h">') + note_text(found[0]) + Markup("</b>")
        done = found.end()
    yield note_text(text[done:])


@cache
def statics() -> str:
    """A digest of all static files, for addresses that may be kept for ever."""
    digest = hashlib.sha256()
    for path in sorted((HERE / "static").iterdir()):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def environment() -> Environment:
    """The templates of the pages; an unknown name is an error, and everything is escaped."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters |= {"note": note_text, "marked": marked, "spaced": spaced}
    env.globals |= {
        "KINDS": tuple(Kind),
        "REJECTIONS": tuple((r.value, REJECTIONS[r], r.definition) for r in RejectionReason),
        "LEVELS": tuple((level.value, said.replace("\u00ad", "")) for level, said in LEVELS.items()),
        "COLUMNS": tuple(LEVELS.values()),
        "NATURES": {
            "problem": tuple((n.value, PROBLEMS[n]) for n in ProblemNature),
            "data": tuple((n.value, DATA[n]) for n in DataNature),
            "risk": tuple((n.value, RISKS[n]) for n in RiskNature),
            "time": tuple((r.value, TIMES[r]) for r in TimeRole),
        },
        "SETTINGS": tuple((s.value, wording.SETTINGS[s]) for s in Setting),
        "STATUSES": tuple((s.value, wording.STATUSES[s]) for s in PatientStatus),
        "STAGES": tuple((s.value, wording.STAGES[s]) for s in Stage),
    }
    return env


def page(template: str, **given: Any) -> str:
    """One page, or a part of one."""
    return environment().get_template(template).render(static=f"/static/{statics()}", **given)
