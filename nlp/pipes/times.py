"""Statements of minutes: whose, and whether they are the clinician's total time on the date (rows TP-01..TP-16).

Idea: a number of minutes is believed only in a sentence that says who spent it on this visit; minutes of staff, of separately reported services, of
symptoms and of instructions are kept with the row that refuses them. Source: rules specification, section 4. Needs: sections, sentences.
Gives: ``TimeMention``s; two different totals refuse each other until a person chooses (TP-16).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    rf"(?:(?P<hours>(?<![\d.,/:])\d|\bone|\btwo|\ban?)[- ](?:hours?|hrs?)(?: and)?,? )?(?<![\d.,/:\w])(?P<low>{_NUMBER})(?:\s*(?:-|–|to)\s*(?P<high>{_NUMBER}))?\s*\+?[- ]?(?:minutes?|mins?\b\.?)",
    re.I,
)
_HOURS = re.compile(
    r"\b(?P<half>half an hour|half hour)\b"
    r"|(?<![\d.,/:\w])(?P<n>\d(?:\.5)?|one|two|an?)(?P<mid> and (?:a |one )?half)?[- ]?(?:hours?|hrs?)\b(?P<and> and a half)?",
    re.I,
)
_CLOCK = re.compile(
    r"(?:start(?:ed)?(?: time)?|from|time in|began)\W{0,3}(?P<h1>\d{1,2}):(?P<m1>\d{2})\s*(?P<p1>[ap]\.?m)?[\s\S]{0,25}?(?:stop(?:ped)?(?: time)?|end(?:ed)?(?: time)?|to|until|time out|-|–)\W{0,3}(?P<h2>\d{1,2}):(?P<m2>\d{2})\s*(?P<p2>[ap]\.?m)?",
    re.I,
)
_OWNER = re.compile(r"\b(?:i|my|physician|provider|clinician|attending|md|doctor|we)\b", re.I)
_NO_TIME = frozenset(
    {SectionKind.VITALS, SectionKind.EXAM, SectionKind.RESULTS, SectionKind.PAST_HISTORY, SectionKind.MEDICATIONS, SectionKind.FAMILY_HISTORY, SectionKind.SOCIAL_HISTORY, SectionKind.REVIEW_OF_SYSTEMS, SectionKind.PROCEDURE}
)  # fmt: skip


_HINT = re.compile(r"min|hour|hr|\d:\d\d", re.I)
_STARTED = re.compile(r"(?:start|began|time in)[^\n]{0,20}\d:\d\d\D{0,8}$", re.I)
_DAY = 1440
_MOST = 12
"""Lengths of time judged in one sentence; a sentence with more of them tells of no visit."""
_CLOCK_APART = re.compile(r"procedure|infusion|an(?:a)?esth|incision|tourniquet|sedation|surg", re.I)


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time at characters ``[start, end)`` of a sentence."""

    start: int
    end: int
    minutes: int
    is_approximate: bool = False
    is_clock: bool = False


def _has(name: str, text: str) -> bool:
    return group("time", name).search(text) is not None


def _number(text: str) -> int:
    text = text.lower().replace(" ", "-")
    return int(text) if text.isdigit() else _WORDS[text]


def _hours(text: str) -> int:
    return {"one": 60, "a": 60, "an": 60, "two": 120}.get(text.lower()) or int(float(text) * 60)


def _found(text: str) -> list[Length]:
    """Every length of time in a sentence, at most ``_MOST``; ranges give their lower end (TP-05)."""
    out: list[Length] = []
    for m in _MINUTES.finditer(text):
        minutes = _number(m["low"]) + (_hours(m["hours"]) if m["hours"] else 0)
        out.append(Length(m.start(), m.end(), minutes, is_approximate=m["high"] is not None))
    for m in _HOURS.finditer(text):
        if any(length.start <= m.start() < length.end for length in out):
            continue
        minutes = 30 if m["half"] else _hours(m["n"]) + (30 if m["mid"] or m["and"] else 0)
        out.append(Length(m.start(), m.end(), minutes, is_approximate=m["half"] is not None))
    for m in _CLOCK.finditer(text):
        start = int(m["h1"]) * 60 + int(m["m1"])
        stop = int(m["h2"]) * 60 + int(m["m2"])
        if m["p2"] and m["p2"][0].lower() == "p" and int(m["h2"]) < 12:
            stop += 720
        if (m["p1"] or m["p2"] or "a")[0].lower() == "p" and int(m["h1"]) < 12 and (m["p1"] or stop - start > 720):
            start += 720
        # across midnight only the part before it is of the date: left to the person
        if 0 < stop - start <= 300:
            out.append(Length(m.start(), m.end(), stop - start, is_clock=True))
    return sorted((length for length in out if 0 < length.minutes <= _DAY), key=lambda length: length.start)[:_MOST]


def match(text: str, sections: Sequence[Section], sentences: Sequence[Sentence]) -> tuple[TimeMention, ...]:
    """The time statements of a note, accepted or refused, each with its row.

    >>> from nlp.pipes import sections, sentences
    >>> note = "PLAN: Rest. I spent 42 minutes total on the date of this encounter. RN spent 20 minutes on teaching."  # invented
    >>> found = match(note, sections.match(note), sentences.match(note, sections.match(note)))
    >>> [(t.minutes, t.is_accepted, t.row) for t in found]
    [(42, True, 'TP-01'), (20, False, 'TP-09')]
    """
    out: list[TimeMention] = []
    section = -1
    for n, sentence in enumerate(sentences):
        opens, section = sentence.section != section, sentence.section
        kind, end = sections[section].kind, sentence.span.end
        words = text[sentence.span.start : end]
        if not _HINT.search(words):
            continue
        following = sentences[n + 1] if n + 1 < len(sentences) else None
        if following is not None and following.section == section and _STARTED.search(words):
            # "Start time: 11:40 am. End time: 12:25 pm." is one statement
            words = text[sentence.span.start : following.span.end]
        found = _summed(_judged(words, sentence.span.start, kind), words)
        heading = sections[section].heading if opens else None
        if not found and heading is not None and "time" in text[heading.start : heading.end].lower():
            # "TOTAL TIME: 40 minutes": the heading says whose and what the minutes are
            words = text[heading.start : end]
            found = _summed(_judged(words, heading.start, kind), words)
        out.extend(found)
    return _agree(out)


def _judged(words: str, offset: int, kind: SectionKind) -> list[TimeMention]:
    """The statements of one sentence that begins at ``offset``."""
    taken: list[TimeMention] = []
    for length in _found(words):
        start, end = length.start, length.end
        around, near = words[max(0, start - 110) : end + 110], words[max(0, start - 60) : end + 45]
        role, accepted, row = _judge_clock(around, kind) if length.is_clock else _judge(around, near, kind)
        if row == "":
            continue
        close = words[max(0, start - 20) : end]
        taken.append(
            TimeMention(
                span=_quotation(words, start, end, offset),
                minutes=length.minutes,
                role=role,
                is_accepted=accepted,
                row=row,
                is_approximate=length.is_approximate or "~" in close or _has("approximate", close) or row == "TP-03",
            )
        )
    return taken


def _judge_clock(around: str, kind: SectionKind) -> tuple[TimeRole, bool, str]:
    """As ``_judge``, of a start and a stop on the clock (TP-14)."""
    if kind in _NO_TIME or not _has("clock", around):
        return TimeRole.TOTAL, False, ""
    if _CLOCK_APART.search(around):
        return TimeRole.TOTAL, False, "TP-10"
    if _has("staff", around) and not _OWNER.search(around):
        return TimeRole.STAFF, False, "TP-09"
    return TimeRole.TOTAL, True, "TP-14"


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
            replace(t, is_accepted=False, row="TP-16")
            if t.is_accepted and t.role is TimeRole.TOTAL and t.minutes not in firm
            else t
            for t in found
        )
    return tuple(
        replace(t, is_accepted=False, row="TP-16") if t.is_accepted and t.role is TimeRole.TOTAL else t for t in found
    )
