"""Three invented notes for ``chartlight demo``, with their contexts (``demo.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from chartlight import Encounter, Note
from chartlight.codec import decode_context


@dataclass(frozen=True, slots=True)
class Sample:
    """An invented note as an encounter, with a title for people."""

    title: str
    encounter: Encounter


def samples() -> tuple[Sample, ...]:
    """The samples in the order in which they are shown.

    >>> [s.encounter.id for s in samples()]
    ['office_follow_up', 'acute_visit', 'hospital_initial']
    """
    here = files(__name__)
    out = []
    for row in tomllib.loads((here / "demo.toml").read_text(encoding="utf-8"))["note"]:
        text = (here / row["file"]).read_text(encoding="utf-8")
        note = Note(row["file"].removesuffix(".txt"), text)
        out.append(Sample(row["title"], Encounter.of(note, decode_context(row["context"]))))
    return tuple(out)
