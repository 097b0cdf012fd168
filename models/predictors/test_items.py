"""Which unique thing a test mention is: names that mean something else left out, generic names joined to specific ones, members to panels.

Idea: a unique test is what one code would report (D-05), so "hemoglobin" is the blood count, "albumin" beside "sodium" the comprehensive panel
(D-22), and "the x-rays" are those named before. Needs: test mentions. Gives: ``Named`` tests and their joined items.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chartlight.labels import EntityLabel, SectionKind
from models.predictors.view import View
from nlp import lexicon
from nlp.fold import fold
from nlp.reading import Mention

CBC, BMP, HEPATIC, CMP = (
    "complete blood count",
    "basic metabolic panel",
    "hepatic function panel",
    "comprehensive metabolic panel",
)
_ANY_IMAGING = "imaging"
_NEAR = 2
"""Sentences: "labs" further from a named test are other labs."""
_GENERIC: Mapping[str, str] = {
    "x-ray": "x-ray",
    "computed tomography": "ct",
    "magnetic resonance imaging": "mri",
    "point-of-care ultrasound": "ultrasound",
    "laboratory tests": "laboratory",
    "surgical pathology": "pathology",
    "wound culture": "culture",
    "electrocardiogram": "",
}
"""Items that a bare word stands for, and what a specific item of the same sort is called."""
_ANY_WORDS = frozenset({"imaging", "scan", "study", "image", "view", "film", "picture", "series"})
_BARE = frozenset({"ultrasound", "us", "u", "sonogram", "culture", "pathology", "biopsy", "lab", "result"})
_AS_WRITTEN = frozenset({("us",), ("mr",), ("xr",), ("ag",)})
_DOSE = re.compile(r"^\W{0,3}\d[\d.,]*\s*(?:mg|mcg|meq|units?|iu|tab|caps?|grams?|g|k)\b(?!\s*/)")
_VALUE = re.compile(r"^(?:\s*(?:level|count|was|is|of|at|now|today|:|=|,|\()){0,3}\s*[<>~]?\s*\d")
_IS_TEST = re.compile(
    r"^[\s-]{0,2}(?:\w+ )?(?:tests?|testing|levels?|swabs?|screen(?:ing)?|titers?|antibod\w+|pcr|cultures?|antigen|serolog\w+|panel|results?|labs?|work|draw|"
    r"(?:is |was |are |were )?(?:\w+ )?(?:positive|negative|pending|normal|within normal|elevated|low|sent|ordered|drawn|checked))\b"
)
_ASKED = re.compile(
    r"(?:check|order|send|sent|repeat|obtain|get|draw|recheck|test(?:ed|ing)?|screen\w*|swab(?:bed)?|cultured?|rapid|negative|positive|lab|serum|fasting)"
    r"(?:ed|ing|s)?:?(?: (?:for|him|her|them|an?|the|his|serum|also|and))*[\s(]*$"
)
_LINK = re.compile(
    r"^[\s,/&+:;()\-]*(?:(?:and|or|with|as well as|plus|also|an?|the|repeat|serum|his|her|of|in|normal|was|is|were|at|left|right|both|urine|blood|tests?|levels?|fasting|"
    r"routine|mildly|slightly|elevated|low|high|negative|positive|for|free|total|stat|count|\d[\d.,]*%?|k|mg/dl|then|including|includes?|such as)[\s,/&+:;()\-]*){0,5}$"
)
_DISEASES = frozenset(
    {
        "infection",
        "infection or substance",
        "infection or vaccine",
        "condition",
        "allergy",
        "symptom",
        "bleeding",
        "we",
        "opinion",
        "calories",
        "flexor tendon",
        "title of a man",
        "extended release",
        "encounter",
    }
)


@dataclass(frozen=True, slots=True)
class Named:
    """A test mention with its item; ``sort`` is set for a generic name and says what specific items it may be."""

    mention: Mention
    item: str
    kind: str
    sort: str = ""


def named(view: View) -> list[Named]:
    """The test mentions that are tests and count, with their items, in order of the note."""
    out: list[Named] = []
    doubtful: list[Named] = []
    drug_ends = {m.span.end for m in view.reading.mentions if m.label is EntityLabel.DRUG}
    for m in view.reading.mentions:
        if m.label is not EntityLabel.TEST:
            continue
        item, known = _item(m)
        if known is not None and not known.counts:
            continue
        kind = known.kind if known else "imaging"
        test = Named(m, item, kind, _sort(view, m, item))
        sure = _is_test(view, m, drug_ends)
        if sure is None and out and in_row(view, out[-1].mention, m):
            sure = True
        if sure:
            # a doubtful name in front of a sure one in the same row is a test too
            if doubtful and in_row(view, doubtful[-1].mention, m):
                out += doubtful
            out.append(test)
            doubtful = []
        elif sure is None:
            if doubtful and not in_row(view, doubtful[-1].mention, m):
                doubtful = []
            doubtful.append(test)
    return out


def in_row(view: View, first: Mention, second: Mention) -> bool:
    """Whether two tests stand in a row in one sentence, with nothing but joining words and values between them."""
    return first.sentence == second.sentence and bool(_LINK.match(view.text[first.span.end : second.span.start]))


def _item(m: Mention) -> tuple[str, lexicon.TestName | None]:
    """The panel that holds it, else itself (D-05, D-22)."""
    known = lexicon.tests().get(m.key)
    if known is None and len(m.key) == 1:
        known = lexicon.tests().get(fold(m.key[0]))
    if known is None:
        return " ".join(m.key), None
    return known.panel or known.item, known


def _is_test(view: View, m: Mention, drug_ends: set[int]) -> bool | None:
    """Whether the words are a test; None when only tests beside them can tell."""
    text = view.reading.note.text
    written = text[m.span.start : m.span.end]
    words = fold(written)
    if words in _AS_WRITTEN and (not written.isupper() or m.span.start - 1 in drug_ends):
        return False
    other = lexicon.ambiguous_tests().get(words)
    if other is None:
        return True
    before, after = view.before(m), view.after(m)
    if _DOSE.match(after):
        return False
    if _IS_TEST.match(after) or _ASKED.search(before):
        return True
    if other in _DISEASES:
        return None
    if _VALUE.match(after) or view.reading.kind_of(m.sentence) is SectionKind.RESULTS:
        return True
    return None


def _sort(view: View, m: Mention, item: str) -> str:
    words = fold(view.reading.text_of(m.span))
    if item == "x-ray" and not _ANY_WORDS.isdisjoint(words) and "ray" not in words:
        return _ANY_IMAGING
    if item in ("surgical pathology", "wound culture", "point-of-care ultrasound") and not (
        len(words) <= 2 and not _BARE.isdisjoint(words)
    ):
        return ""
    if len(m.key) == 1 and item not in _GENERIC:
        bare = m.key[0]
        return bare if bare in ("ct", "mri", "x-ray", "ultrasound", "mra", "cta", "doppler") else ""
    return _GENERIC.get(item, "")


def join(tests: Sequence[Named]) -> list[Named]:
    """The same tests with generic names joined to the specific test that they mean, and panel members to the panel."""
    return _panels([_joined(test, n, tests) for n, test in enumerate(tests)])


def _joined(test: Named, n: int, tests: Sequence[Named]) -> Named:
    if not test.sort:
        return test
    best: Named | None = None
    # the nearest before it, else the nearest after it
    for other in (*reversed(tests[:n]), *tests[n + 1 :]):
        far = abs(other.mention.sentence - test.mention.sentence)
        if not other.sort and _is_of(other, test.sort) and (test.sort != "laboratory" or far <= _NEAR):
            best = other
            break
    if best is None and test.sort == _ANY_IMAGING:
        best = next(
            (o for o in (*reversed(tests[:n]), *tests[n + 1 :]) if o.sort in ("x-ray", "ct", "mri", "ultrasound")), None
        )
    return test if best is None else replace(test, item=best.item, kind=best.kind)


def _is_of(test: Named, sort: str) -> bool:
    if sort == _ANY_IMAGING:
        return test.kind == "imaging"
    if sort == "laboratory":
        return test.kind == "laboratory"
    return sort in test.item.split() or (sort == "ct" and "cta" in test.item.split())


def _panels(tests: list[Named]) -> list[Named]:
    items = {t.item for t in tests}
    if CMP in items:
        return [replace(t, item=CMP) if t.item in (BMP, HEPATIC) else t for t in tests]
    # members of both in one list of results are one comprehensive panel
    hepatic = [t.mention.sentence for t in tests if t.item == HEPATIC]
    basic = {t.mention.sentence for t in tests if t.item == BMP}
    with_both = {n for n in hepatic if hepatic.count(n) > 1 and not basic.isdisjoint({n - 1, n, n + 1})}
    if not with_both:
        return tests
    return [
        replace(t, item=CMP)
        if t.item in (BMP, HEPATIC) and any(abs(t.mention.sentence - s) <= 1 for s in with_both)
        else t
        for t in tests
    ]
