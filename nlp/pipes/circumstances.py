"""What the note itself says of the encounter: setting, stage, new or established, date of service, age, sex.

Idea: votes of cue phrases, strong ones count three; used only where the sender's context is silent, and then with a warning. Needs: the text.
Gives: ``Circumstances``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from chartlight.labels import PatientStatus, Setting, Sex, Stage
from nlp.tables import patterns

_DATE = r"(?P<date>\d{4}-\d{2}-\d{2}|\d{1,2}[/-]\d{1,2}[/-]\d{2,4}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2},? \d{4}|\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{4})"
_FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m-%d-%y", "%b %d %Y", "%d %b %Y")
_AGE = re.compile(
    r"\b(?P<n>\d{1,3})[- ]?(?P<unit>years?|yrs?|y|months?|mos?|weeks?|wks?|days?)[- /]*(?:old|o\b|of age)|\bage:? ?(?P<m>\d{1,3})\b",
    re.I,
)
_AGE_AND_SEX = re.compile(r"(?<![\w.])(?P<n>\d{1,2})(?:[ -]?y\.?/?o\.? ?)?(?P<sex>[MF])(?![\w°])")
""""62M", "45 yo F"; from 96 on the figure is rather a temperature."""
_FEMALE = re.compile(r"\b(?:she|her|hers|woman|female|girl|lady|mrs|ms)\b", re.I)
_MALE = re.compile(r"\b(?:he|his|him|man|male|boy|gentleman|mr)\b", re.I)
_PER_YEAR = {"y": 1.0, "m": 12.0, "w": 52.0, "d": 365.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What was read; None where the note is silent. ``age`` is in years."""

    setting: Setting | None = None
    stage: Stage | None = None
    status: PatientStatus | None = None
    date_of_service: date | None = None
    age: float | None = None
    sex: Sex | None = None


@cache
def _expression(*path: str) -> re.Pattern[str] | None:
    table = patterns("circumstances")
    for name in path:
        table = table[name]
    return re.compile(r"(?<!\w)(?:" + "|".join(table) + ")", re.I) if table else None


def _count(text: str, *path: str) -> int:
    expression = _expression(*path)
    return len({m.group().lower() for m in expression.finditer(text)}) if expression else 0


def match(text: str) -> Circumstances:
    """Read the circumstances of a note.

    >>> found = match(
    ...     "Date of service: 03/02/2026. New patient, 45-year-old woman, presents today to the clinic."
    ... )  # invented
    >>> found.setting.value, found.status.value, found.date_of_service.isoformat(), found.age, found.sex.value
    ('office', 'new', '2026-03-02', 45.0, 'female')
    """
    return Circumstances(
        setting=_setting(text),
        stage=_stage(text),
        status=_status(text),
        date_of_service=_date(text),
        age=_age(text),
        sex=_sex(text),
    )


def _setting(text: str) -> Setting | None:
    votes = {
        Setting(name): 3 * _count(text, "setting", name, "strong") + _count(text, "setting", name, "weak")
        for name in patterns("circumstances")["setting"]
    }
    best = max(votes, key=lambda s: votes[s])
    return best if votes[best] >= 3 else None


def _stage(text: str) -> Stage | None:
    votes = {Stage(name): _count(text, "stage", name) for name in patterns("circumstances")["stage"]}
    best = max(votes, key=lambda s: votes[s])
    return best if votes[best] else None


def _status(text: str) -> PatientStatus | None:
    new, established = _count(text, "status", "new"), _count(text, "status", "established")
    if new == established:
        return None
    return PatientStatus.NEW if new > established else PatientStatus.ESTABLISHED


@cache
def _dated() -> re.Pattern[str]:
    labels = "|".join(patterns("circumstances")["date"]["labels"])
    return re.compile(rf"(?<!\w)(?:{labels})\s{{0,10}}[:\-]?\s{{0,10}}{_DATE}", re.I)


def _date(text: str) -> date | None:
    found = _dated().search(text)
    if not found:
        return None
    words = found["date"].replace(",", "").replace(".", "")
    if words[0].isalpha():
        month, rest = words.split(" ", 1)
        words = f"{month[:3]} {rest}"
    elif words[-5:-4] == " " and not words[2:3].isdigit():
        day, month, year = words.split(" ")
        words = f"{day} {month[:3]} {year}"
    for form in _FORMATS:
        try:
            day_found = datetime.strptime(words, form).date()
        except ValueError:
            continue
        return day_found if 1990 <= day_found.year <= 2100 else None
    return None


def _age(text: str) -> float | None:
    found = _AGE.search(text)
    if not found:
        short = _short(text)
        return float(short["n"]) if short else None
    if found["m"]:
        return float(found["m"])
    return round(int(found["n"]) / _PER_YEAR[found["unit"][0].lower()], 2)


def _sex(text: str) -> Sex | None:
    female, male = len(_FEMALE.findall(text)), len(_MALE.findall(text))
    short = _short(text)
    if short and not female and not male:
        return Sex.FEMALE if short["sex"] == "F" else Sex.MALE
    if female > 2 * male:
        return Sex.FEMALE
    return Sex.MALE if male > 2 * female else None


def _short(text: str) -> re.Match[str] | None:
    found = _AGE_AND_SEX.search(text)
    return found if found and int(found["n"]) < 96 else None
