"""Words as the tables and the notes are compared: one folded form for case, plural, possessive, British spelling.

The text itself is never changed: a folded view keeps, for every word, its place in the text as received.

>>> fold("Crohn's diseases")
('crohn', 'disease')
>>> fold("X-rays of the oedematous knee")
('x', 'ray', 'of', 'the', 'edematous', 'knee')

Four signs are words because they say how what follows is asserted: the query of British notes ("?PE"), the plus and minus of
reviews of systems ("+cough, -fever", "(-) rash"), and "+ve", "-ve".

>>> fold("?PE, D-dimer -ve")
('?', 'pe', 'd', 'dimer', '-ve')
>>> fold("(+) cough, (-) fever")
('(+)', 'cough', '(-)', 'fever')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_LETTER = r"[^\W\d_]"
_WORD = rf"\d+(?:[.,]\d+)*|{_LETTER}(?:[^\W_]|[\u0300-\u036f])*"
"""Figures, or letters with the figures and combining accents among them."""
_SIGN = rf"\([-–−+]\)|(?<![^\s(,;/:])(?:[-+]ve(?!\w)|[-–−+](?={_LETTER}))|(?<![^\s/(,;:-])\?+(?=\s?[^\W_]|$)"
_PLAIN = re.compile(_WORD)
_SIGNED = re.compile(rf"(?P<sign>{_SIGN})|{_WORD}")
_SIGN_HINT = re.compile(r"[?+]|(?<![^\s(,;/:])[-–−]")
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
    (re.compile(r"^disk"), "disc"),
)
_BRITISH_HINT = re.compile(r"ae|oe|our|[ctb]re|sulph|isation|^disk")


@lru_cache(maxsize=65536)
def fold_word(word: str) -> str:
    """One word in its folded form: lower case, no possessive, no plural s, American spelling (but ``disc``, as the code set writes it)."""
    w = word.lower()
    if not w.isascii():
        # "Ménière" and "Meniere", composed or not, are one word
        w = "".join(c for c in unicodedata.normalize("NFKD", w) if not unicodedata.combining(c)).lower() or w
    before = ""
    while w != before and _BRITISH_HINT.search(w):
        before = w
        for pattern, american in _BRITISH:
            w = pattern.sub(american, w)
    # "aches" and "headaches" lose their s alone; "patches" of the same ending are rarer in names and lose nothing by it
    if len(w) > 3 and w.endswith("s") and not w.endswith(("ss", "us", "is")):
        if w.endswith("ies") and len(w) > 4:
            w = w[:-3] + "y"
        elif w.endswith(("sses", "xes", "ches", "shes")) and not w.endswith("aches"):
            w = w[:-2]
        else:
            w = w[:-1]
    return w


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Folded words of ``text`` with their code-point places ``(word, start, end)``; other punctuation is passed over."""
    signed = _SIGN_HINT.search(text) is not None
    # one minus before a word is a dash, two signs are a list of findings
    is_list = signed and sum(m["sign"] is not None for m in _SIGNED.finditer(text)) > 1
    for match in (_SIGNED if signed else _PLAIN).finditer(text):
        word = match.group()
        start, end = match.span()
        if signed and match["sign"]:
            sign = _sign(word)
            if sign and (sign != "(-)" or len(word) > 1 or is_list):
                yield sign, start, end
            continue
        # a possessive s ("Crohn's") is no word of its own
        if word in ("s", "S") and start and text[start - 1] in "'’":
            continue
        yield fold_word(word), start, end


def _sign(text: str) -> str:
    if text[0] == "?":
        return "?"
    if text.endswith("ve"):
        return text[0] + "ve"
    return "(+)" if "+" in text else "(-)"


def fold(text: str) -> tuple[str, ...]:
    """The folded words of a phrase."""
    return tuple(word for word, _, _ in words(text))
