"""Options that several commands share, with suggestions for what was nearly right."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from chartlight import EncounterContext
from chartlight.labels import Label, PatientStatus, Setting, Stage

L = TypeVar("L", bound=Label)

ALSO_SAID = {
    "clinic": "office",
    "ed": "emergency",
    "er": "emergency",
    "hospital": "inpatient",
    "house": "home",
    "icu": "critical_care",
    "nursing": "nursing_facility",
    "nursing_home": "nursing_facility",
    "obs": "observation",
    "outpatient": "office",
    "phone": "telehealth_audio",
    "snf": "nursing_facility",
    "telehealth": "telehealth_video",
    "video": "telehealth_video",
    "first": "initial",
    "admission": "initial",
    "followup": "subsequent",
    "follow_up": "established",
    "old": "established",
    "return": "established",
}
"""Other words for settings, statuses and stages: suggested, never taken silently."""


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """``; did you mean ...?`` or nothing.

    >>> suggestion("ofice", ["office", "home"])
    '; did you mean office?'
    >>> suggestion("er", ["emergency", "home"])
    '; did you mean emergency?'
    """
    names = list(known)
    plain = wrong.lower().replace("-", "_").replace(" ", "_")
    near = [ALSO_SAID[plain]] if ALSO_SAID.get(plain) in names else difflib.get_close_matches(plain, names, 1, 0.6)
    return f"; did you mean {near[0]}?" if near else ""


def label(vocabulary: type[L], what: str) -> Callable[[str], L]:
    """A reader of one word of a closed vocabulary for argparse."""

    def read(word: str) -> L:
        try:
            return vocabulary(word.lower().replace("-", "_"))
        except ValueError:
            known = [str(m.value) for m in vocabulary]
            raise argparse.ArgumentTypeError(
                f"{word!r} is no {what}{suggestion(word, known)} Known: {', '.join(known)}"
            ) from None

    return read


def day(words: str) -> date:
    """A reader of ISO dates for argparse; other orders are not guessed, since 03/02 is two days."""
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{words!r} is no date; write year-month-day, for example 2026-03-02"
        ) from None


def add_context(parser: argparse.ArgumentParser) -> None:
    """The options that tell what is known of the encounter from outside the note."""
    group = parser.add_argument_group("the encounter (what is not given is read from the note, or assumed and said)")
    group.add_argument("--date", type=day, metavar="YYYY-MM-DD", help="date of service")
    group.add_argument("--setting", type=label(Setting, "setting"), metavar="WORD", help=", ".join(Setting))
    group.add_argument(
        "--status", type=label(PatientStatus, "patient status"), metavar="WORD", help="new or established"
    )
    group.add_argument("--stage", type=label(Stage, "stage of a stay"), metavar="WORD", help=", ".join(Stage))
    group.add_argument(
        "--payer", default="cpt", metavar="NAME", help="cpt (default), medicare, or one the practice described"
    )


def context_of(args: argparse.Namespace) -> EncounterContext:
    """The encounter context that the options tell."""
    return EncounterContext(
        date_of_service=args.date,
        setting=args.setting,
        patient_status=args.status,
        stage=args.stage,
        payer=args.payer.lower(),
    )
