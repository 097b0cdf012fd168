"""Words as the tables and the notes are compared: one folded form for case, plural, possessive, British spelling.

The text itself is never changed: a folded view keeps, for every word, its place in the text as received.

>>> fold("Crohn's diseases")
('crohn', 'disease')
>>> fold("X-rays of the oedematous knee")
('x', 'ray', 'of', 'the', 'edematous', 'knee')
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:\d+(?:[^\W\d_]+\d*)*)?|\d")
_POSSESSIVE = re.compile(r"['’]s$")
_BRITISH = (
    (re.compile(r"haem"), "hem"),
    (re.compile(r"aem(?=i|ia)"), "em"),
    (re.compile(r"^oe(?=[ds])"), "e"),
    (re.compile(r"oea"), "ea"),
    (re.compile(r"paed"), "ped"),
    (re.compile(r"orthopaed"), "orthoped"),
    (re.compile(r"gynaec"), "gynec"),
    (re.compile(r"anaesth"), "anesth"),
    (re.compile(r"caes"), "ces"),
    (re.compile(r"faec"), "fec"),
    (re.compile(r"leuk?c?aemia"), "leukemia"),
    (re.compile(r"tumour"), "tumor"),
    (re.compile(r"colour"), "color"),
    (re.compile(r"behaviour"), "behavior"),
    (re.compile(r"fibre"), "fiber"),
    (re.compile(r"litre"), "liter"),
    (re.compile(r"metre"), "meter"),
    (re.compile(r"centre"), "center"),
    (re.compile(r"ischaem"), "ischem"),
    (re.compile(r"coeliac"), "celiac"),
    (re.compile(r"foet"), "fet"),
    (re.compile(r"oestr"), "estr"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"isation$"), "ization"),
)
_BRITISH_HINT = re.compile(r"ae|oe|our|[ctb]re|sulph|isation")


@lru_cache(maxsize=65536)
def fold_word(word: str) -> str:
    """One word in its folded form: lower case, no possessive, no plural s, American spelling."""
    w = word.lower()
    if _BRITISH_HINT.search(w):
        for pattern, american in _BRITISH:
            w = pattern.sub(american, w)
    if len(w) > 3 and w.endswith("s") and not w.endswith(("ss", "us", "is")):
        if w.endswith("ies") and len(w) > 4:
            w = w[:-3] + "y"
        elif w.endswith(("sses", "xes", "ches", "shes")):
            w = w[:-2]
        else:
            w = w[:-1]
    return w


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Folded words of ``text`` with their code-point places ``(word, start, end)``; punctuation is passed over."""
    for match in WORD.finditer(text):
        word = match.group()
        start, end = match.span()
        # a possessive s ("Crohn's") is no word of its own
        if word in ("s", "S") and start and text[start - 1] in "'’":
            continue
        yield fold_word(word), start, end


def fold(text: str) -> tuple[str, ...]:
    """The folded words of a phrase."""
    return tuple(word for word, _, _ in words(text))
