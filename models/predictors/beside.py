"""Codes that the words of a problem call for beside its own: dialysis, an organism, an obstruction, the stage of a kidney disease.

Source: the "use additional code" and "code also" notes of the ICD-10-CM tabular list, as rows of ``nlp/knowledge/problems/beside.tsv``. Needs: a code, its problem,
a reading. Gives: codes.
"""

from __future__ import annotations

import re

from models.predictors.found import FoundProblem
from nlp import lexicon
from nlp.reading import Reading

DENIED = re.compile(r"\b(?:no|not|denies|denied|without|any|if|avoid|prevent)\b[^.;,]{0,30}$", re.I)
"""What stands before words that the sentence denies or makes a condition."""
_WITH_KIDNEY_DISEASE = ("E08.22", "E09.22", "E10.22", "E11.22", "E13.22")
_STAGE = re.compile(r"\b(?:stage|ckd|grade)\s*(?:g)?(3\s?[ab]|[1-5]|iii[ab]?|iv|ii|v|i)\b", re.I)
_STAGES = {
    stage: code
    for stages, code in (
        ("1 i", "N18.1"), ("2 ii", "N18.2"), ("3 iii", "N18.30"), ("3a iiia", "N18.31"), ("3b iiib", "N18.32"),
        ("4 iv", "N18.4"), ("5 v", "N18.5"),
    )
    for stage in stages.split()
}  # fmt: skip


def codes_beside(code: str, problem: FoundProblem, reading: Reading) -> tuple[str, ...]:
    """Codes that the words of the problem's sentences call for beside its own (``problems/beside.tsv``), and a stage of kidney disease."""
    table = lexicon.said_beside()
    rows = next((table[code[:n]] for n in range(len(code), 2, -1) if code[:n] in table), ())
    found = dict.fromkeys(_kidney_stage(code, problem, reading))
    for i in dict.fromkeys((problem.sentence, *problem.scope)):
        text = reading.text_of(reading.sentences[i].span)
        for rule in rows:
            hit = rule.words.search(text)
            if hit and not DENIED.search(text[: hit.start()]):
                found[rule.becomes] = None
    return tuple(found)


def _kidney_stage(code: str, problem: FoundProblem, reading: Reading) -> tuple[str, ...]:
    """The stage code that a combination with chronic kidney disease asks for ("use additional code", N18)."""
    if not code.startswith(_WITH_KIDNEY_DISEASE):
        return ()
    for i in (problem.sentence, *problem.scope):
        found = _STAGE.search(reading.text_of(reading.sentences[i].span))
        if found:
            return (_STAGES[found[1].lower().replace(" ", "")],)
    return ("N18.9",)
