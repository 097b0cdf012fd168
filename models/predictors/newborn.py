"""Whether the patient is a newborn: chapter P then names what other chapters name in everybody else (guideline I.C.16.a)."""

from __future__ import annotations

import re

from nlp import lexicon
from nlp.reading import Reading

_BABY = re.compile(
    r"\b(?P<days>\d{1,3})[- ]days?[- ]old\b|\b\d+[- ]hours?[- ]old\b|\b(?:day of life|DOL)\b|\bbaby (?:boy|girl) born\b|\bnewborn (?:male|female|boy|girl|infant|baby)\b"
    r"|\b(?:preterm|premature|term|gestation|gestational age) (?:male |female )?(?:infant|newborn|neonate|baby)\b|\bweekers?\b|\bneonatal intensive care|\bNICU\b"
    r"|\b(?:prematurity|retinal immaturity)\b",
    re.I,
)
_OLDER = re.compile(
    r"\b\d{1,3}(?:[- ]?\d/2)?[- ](?:year|yr|month|mo)s?\b|\b\d{1,3} ?y/?o\b|\bgravida\b|\bG\d ?P\d", re.I
)
_OPENING = 1500
"""Characters from the beginning in which a note says who the patient is."""
_DAYS = 28


def is_newborn(reading: Reading) -> bool:
    """Whether the note is of a child of at most 28 days: whoever is named first is the patient, a mother or an older child before is none."""
    opening = reading.note.text[:_OPENING]
    baby, older = _BABY.search(opening), _OLDER.search(opening)
    if baby is None or (older is not None and older.start() < baby.start()):
        return False
    return baby["days"] is None or int(baby["days"]) <= _DAYS


def newborn_code(key: tuple[str, ...]) -> str | None:
    """The code that the tables hold for the same name in a newborn; None where they have none.

    >>> newborn_code(("jaundice",)), newborn_code(("gout",))
    ('P59.9', None)
    """
    for longer in (
        ("newborn", *key),
        ("neonatal", *key),
        (*key, "of", "newborn"),
        (*key, "in", "newborn"),
        (*key, "newborn"),
    ):
        names = lexicon.problems().get(longer, ())
        if len(names) == 1 and names[0].code[0] == "P":
            return names[0].code
    return None
