"""Statements of minutes: whose, and whether they are the clinician's total time on the date (rows TP-01..TP-16).

Idea: a number of minutes is believed only in a sentence that says who spent it on this visit; minutes of staff, of separately reported services, of
symptoms and of instructions are kept with the row that refuses them. Source: rules specification, section 4. Needs: sections, sentences.
Gives: ``TimeMention``s; two different totals refuse each other until a person chooses (TP-16).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chartlight.labels import SectionKind, TimeRole
from chartlight.note import Section, Span
from nlp.groups import group
from nlp.reading import Sentence, TimeMention

_WORDS = {
    "five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30, "thirty-five": 35, "forty": 40, "forty-five": 45,
    "fifty": 50, "fifty-five": 55, "sixty": 60, "seventy": 70, "seventy-five": 75, "eighty": 80, "ninety": 90,
}  # fmt: skip
_NUMBER = r"\d{1,3}|" + "|".join(sorted((w.replace("-", "[- ]") for w in _WORDS), key=len, reverse=True))
_MINUTES = re.compile(
    rf"(?:(?P<hours>\d|one|two|an?)[- ]hours?(?: and)?,? )?(?P<low>{_NUMBER})(?:\s*(?:-|–|to)\s*(?P<high>{_NUMBER}))?\s*\+?[- ]?(?:minutes?|mins?\b\.?)",
    re.I,
)
_HOURS = re.compile(r"\b(?P<half>half an hour|half hour)\b|(?P<n>\d(?:\.5)?|one|two|an?)[- ]?(?P<and>hours?(?: and a half)?|hrs?)\b", re.I)
_CLOCK = re.compile(
    r"(?:start(?:ed)?(?: time)?|from|time in|began)\W{0,3}(?P<h1>\d{1,2}):(?P<m1>\d{2})\s*(?P<p1>[ap]\.?m)?.{0,25}?(?:stop(?:ped)?(?: time)?|end(?:ed)?(?: time)?|to|until|time out|-|–)\W{0,3}(?P<h2>\d{1,2}):(?P<m2>\d{2})\s*(?P<p2>[ap]\.?m)?",
    re.I,
)
_OWNER = re.compile(r"\b(?:i|my|physician|provider|clinician|attending|md|doctor|we)\b", re.I)
_NO_TIME = frozenset(
    {SectionKind.VITALS, SectionKind.EXAM, SectionKind.RESULTS, SectionKind.PAST_HISTORY, SectionKind.MEDICATIONS, SectionKind.FAMILY_HISTORY, SectionKind.SOCIAL_HISTORY, SectionKind.REVIEW_OF_SYSTEMS, SectionKind.PROCEDURE}
)  # fmt: skip


def _has(name: str, text: str) -> bool:
    return group("time", name).search(text) is not None


def _number(text: str) -> int:
    text = text.lower().replace(" ", "-")
    return int(text) if text.isdigit() else _WORDS[text]


def _hours(text: str) -> int:
    return {"one": 60, "a": 60, "an": 60, "two": 120}.get(text.lower()) or int(float(text) * 60)


def _found(text: str) -> list[tuple[int, int, int, bool]]:
    """``(start, end, minutes, is_approximate)`` of every length of time in a sentence; ranges give their lower end (TP-05)."""
    out: list[tuple[int, int, int, bool]] = []
    for m in _MINUTES.finditer(text):
        minutes = _number(m["low"]) + (_hours(m["hours"]) if m["hours"] else 0)
        out.append((m.start(), m.end(), minutes, m["high"] is not None))
    for m in _HOURS.finditer(text):
        if any(s <= m.start() < e for s, e, _, _ in out):
            continue
        minutes = 30 if m["half"] else _hours(m["n"]) + (30 if "half" in (m["and"] or "") else 0)
        out.append((m.start(), m.end(), minutes, m["half"] is not None))
    for m in _CLOCK.finditer(text):
        start = int(m["h1"]) * 60 + int(m["m1"])
        stop = int(m["h2"]) * 60 + int(m["m2"])
        if m["p2"] and m["p2"][0].lower() == "p" and int(m["h2"]) < 12:
            stop += 720
        if (m["p1"] or m["p2"] or "a")[0].lower() == "p" and int(m["h1"]) < 12 and (m["p1"] or stop - start > 720):
            start += 720
        # across midnight only the part before it is of the date: left to the person
        if 0 < stop - start <= 300:
            out.append((m.start(), m.end(), stop - start, False))
    return sorted(out)


def match(text: str, sections: Sequence[Section], sentences: Sequence[Sentence]) -> tuple[TimeMention, ...]:
    """The time statements of a note, accepted or refused, each with its row.

    >>> from nlp.pipes import sections, sentences
    >>> note = "PLAN: Rest. I spent 42 minutes total on the date of this encounter. RN spent 20 minutes on teaching."   # invented
    >>> found = match(note, sections.match(note), sentences.match(note, sections.match(note)))
    >>> [(t.minutes, t.is_accepted, t.row) for t in found]
    [(42, True, 'TP-01'), (20, False, 'TP-09')]
    """
    out: list[TimeMention] = []
    for sentence in sentences:
        words = text[sentence.span.start : sentence.span.end]
        if not re.search(r"min|hour|hr|\d:\d\d", words, re.I):
            continue
        kind = sections[sentence.section].kind
        lengths = _found(words)
        taken: list[TimeMention] = []
        for start, end, minutes, is_range in lengths:
            around = words[max(0, start - 110) : end + 110]
            role, accepted, row = _judge(around, words[max(0, start - 60) : end + 45], kind)
            if row == "":
                continue
            span = _quotation(words, start, end, sentence.span.start)
            approximate = is_range or _has("approximate", words[max(0, start - 20) : end]) or row == "TP-03"
            taken.append(TimeMention(span=span, minutes=minutes, role=role, is_accepted=accepted, row=row, is_approximate=approximate))
        out.extend(_summed(taken, words))
    return _agree(out)


def _judge(around: str, near: str, kind: SectionKind) -> tuple[TimeRole, bool, str]:
    """Role, acceptance and row of one length of time; an empty row: not about time spent at all."""
    own = _has("own", around)
    if _has("critical_care", around):
        return TimeRole.CRITICAL_CARE, own or "time" in around.lower(), "TP-12"
    if not own and not _has("discharge", near):
        return TimeRole.TOTAL, False, ""
    if _has("staff", near) and not _OWNER.search(near):
        return TimeRole.STAFF, False, "TP-09"
    if _has("resident", near) and not re.search(r"\b(?:i|attending|teaching)\b", near, re.I):
        return TimeRole.RESIDENT, False, "TP-09"
    if _has("apart", near) and not re.search(r"exclu|not includ|separate from|in addition to", around, re.I):
        return TimeRole.TOTAL, False, "TP-10"
    if _has("discharge", near):
        return TimeRole.DISCHARGE, True, "TP-13"
    if _has("not_time", near) and not _has("total", around):
        return TimeRole.TOTAL, False, "TP-11"
    if kind in _NO_TIME or (kind is SectionKind.HISTORY and not _has("total", around)):
        return TimeRole.TOTAL, False, "TP-11"
    if _has("total", around):
        return TimeRole.TOTAL, True, "TP-01"
    if _has("counselling_share", around):
        return TimeRole.TOTAL, True, "TP-07"
    return TimeRole.TOTAL, True, "TP-03"


def _quotation(words: str, start: int, end: int, offset: int) -> Span:
    """The clause that states the minutes, at most 160 characters."""
    left = max(words.rfind(". ", 0, start) + 1, words.rfind("; ", 0, start) + 1, start - 80, 0)
    while left < start and not words[left].isalnum():
        left += 1
    if left > 0 and words[left - 1].isalnum():
        space = words.find(" ", left, start)
        left = start if space < 0 else space + 1
    return Span(offset + left, offset + end)


def _summed(found: list[TimeMention], words: str) -> list[TimeMention]:
    """'25 minutes face-to-face, 10 charting' of one sentence is their sum (TP-06); a share of a total is not added (TP-07)."""
    good = [t for t in found if t.is_accepted and t.role is TimeRole.TOTAL]
    if len(good) < 2:
        return found
    rest = [t for t in found if t not in good]
    both = Span(good[0].span.start, good[-1].span.end)
    if re.search(r"face[- ]to[- ]face.{0,60}(?:chart|document|review|coordinat)|(?:chart|review).{0,60}face[- ]to[- ]face", words, re.I) and not re.search(r"\btotal\b|of which|of that", words, re.I):  # fmt: skip
        total = sum(t.minutes for t in good)
        return [*rest, replace(good[0], span=both if len(both) <= 300 else good[0].span, minutes=total, row="TP-06")]
    most = max(good, key=lambda t: t.minutes)
    return [*rest, most]


def _agree(found: Sequence[TimeMention]) -> tuple[TimeMention, ...]:
    """Two different totals in one note are both refused until the clinician chooses (TP-16)."""
    totals = {t.minutes for t in found if t.is_accepted and t.role is TimeRole.TOTAL and t.row != "TP-03"} or {
        t.minutes for t in found if t.is_accepted and t.role is TimeRole.TOTAL
    }
    if len(totals) <= 1:
        firm = totals
        return tuple(
            replace(t, is_accepted=False, row="TP-16") if t.is_accepted and t.role is TimeRole.TOTAL and t.minutes not in firm else t
            for t in found
        )
    return tuple(replace(t, is_accepted=False, row="TP-16") if t.is_accepted and t.role is TimeRole.TOTAL else t for t in found)
