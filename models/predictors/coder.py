"""The ICD-10-CM code of a problem: by name, by the code set's words, then as specific as the note and no more.

Method: candidates are the table's code for the words, codes that BM25 finds for them, and the table's codes for longer names of the same thing
elsewhere in the note; the candidate whose description the words cover best, with least left unsaid, is resolved to a billable code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chartlight.catalogue import Catalogue
from chartlight.labels import Assertion, SectionKind
from models.predictors.problems import FoundProblem
from models.predictors.retrieval import NEUTRAL, SIDES, Index
from models.predictors.specificity import Resolved, Said, refine, resolve, widen
from nlp import lexicon
from nlp.fold import fold
from nlp.reading import Reading

_SIDE = {"right": "right", "rt": "right", "left": "left", "lt": "left", "bilateral": "bilateral", "bilaterally": "bilateral", "both": "bilateral", "b": ""}  # fmt: skip
_FOLLOW_UP = re.compile(
    r"\b(?:status[ -]post|s/p|follow[- ]?up|followup|healing|healed|post-?op(?:erative)?|weeks? (?:out|ago|post|after)|months? (?:out|ago|post|after)|cast (?:removed|off)|suture removal)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A code for a problem, its score (0 to 1, not calibrated), why, and the next best codes."""

    code: str
    score: float
    because: str = ""
    others: tuple[str, ...] = ()


def side_of(words: Sequence[str]) -> str | None:
    """The side that the words name; both left and right is bilateral only when the note says so."""
    sides = {_SIDE[w] for w in words if _SIDE.get(w)}
    if "bilateral" in sides:
        return "bilateral"
    if len(sides) == 1:
        return next(iter(sides))
    return None


def said_about(problem: FoundProblem, reading: Reading) -> Said:
    """What the note says that may decide the code of ``problem``."""
    words = set(problem.words) | set(problem.key)
    side = side_of(problem.words)
    for m in problem.mentions:
        start, end = m.words
        first, last = reading.sentence_words[m.sentence]
        near = reading.folded[max(first, start - 4) : min(last, end + 4)]
        words.update(near)
        if side is None:
            side = side_of(near)
    if side is None:
        scope_words = [w for i in problem.scope for w in reading.words_of(i)]
        side = side_of(scope_words)
    if side is None:
        opening = [
            w
            for i, s in enumerate(reading.sentences)
            if reading.sections[s.section].kind in (SectionKind.CHIEF_COMPLAINT, SectionKind.HISTORY, SectionKind.HEADER)
            for w in reading.words_of(i)
        ]
        side = side_of(opening[:120])
    for fix in problem.name.fixes if problem.name else ():
        words.update(fold(fix.partition("=")[2]))
    return Said(words=widen(words), side=side, episode=_episode(problem, reading))


def _episode(problem: FoundProblem, reading: Reading) -> str:
    """A active treatment, D routine healing, S sequela (IC-15)."""
    near = " ".join(reading.text_of(reading.sentences[i].span) for i in problem.scope[:6])
    if re.search(r"\bsequela|late effect", near, re.I):
        return "S"
    return "D" if _FOLLOW_UP.search(near) else "A"


class Coder:
    """Chooses codes; holds the catalogue and the index."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.index = Index(catalogue)

    def choose(self, problem: FoundProblem, reading: Reading) -> Choice | None:
        """The best code for ``problem``; None when nothing fits its words well enough."""
        said = said_about(problem, reading)
        if problem.name is not None:
            code = self._longer_name(problem, reading) or problem.name.code
            if code in self.catalogue:
                found = self._by_name(code, said)
                if found is not None:
                    coverage = self._coverage(problem.words, problem.key, found.code)
                    if coverage < 0.34 and problem.is_headline:
                        other = self._by_words(problem, said)
                        if other is not None and other.score > coverage + 0.35:
                            return other
                    return Choice(found.code, 0.9, found.because)
        return self._by_words(problem, said)

    def _by_name(self, code: str, said: Said) -> Resolved | None:
        if not self.catalogue.is_billable(code):
            found = resolve(code, said, self.catalogue)
            if found is None:
                return None
            return refine(found.code, said, self.catalogue) if "unspecified" in self.catalogue[found.code].description.lower() else found
        return refine(code, said, self.catalogue)

    def _longer_name(self, problem: FoundProblem, reading: Reading) -> str | None:
        """The code of a longer name of the same problem that the note uses elsewhere as present."""
        assert problem.name is not None
        best: tuple[int, str] | None = None
        for m in problem.mentions:
            if m.assertion is not Assertion.PRESENT or len(m.key) <= len(problem.key):
                continue
            if not set(problem.key) <= set(m.key):
                continue
            names = lexicon.problems().get(m.key, ())
            if len(names) == 1 and names[0].code[:3] == problem.name.code[:3] and (best is None or len(m.key) > best[0]):
                best = (len(m.key), names[0].code)
        return best[1] if best else None

    def _weight(self, words: set[str]) -> float:
        table = self.index.weights
        return sum(table.get(w, 6.0) for w in words)

    def _coverage(self, words: Sequence[str], key: Sequence[str], code: str) -> float:
        """Share of the headline's meaning that the name and the code's description cover."""
        meaning = {w for w in words if w not in NEUTRAL and w not in SIDES and not w.replace(".", "").isdigit()}
        covered = set(key) | widen(fold(self.catalogue[code].description))
        whole = self._weight(meaning)
        return self._weight(meaning & covered) / whole if whole else 1.0

    def _by_words(self, problem: FoundProblem, said: Said) -> Choice | None:
        words = [w for w in problem.words if w not in NEUTRAL] or list(problem.words)
        expanded = list(words)
        for w in words:
            for reading in lexicon.abbreviations().get((w,), ())[:1]:
                if reading.kind in ("problem", "anatomy") and not reading.is_ambiguous:
                    expanded.extend(fold(reading.expansion))
        best: Choice | None = None
        others: list[str] = []
        meaning = {w for w in expanded if w not in NEUTRAL and w not in SIDES}
        whole = self._weight(meaning) or 1.0
        for hit in self.index.search(expanded, 15):
            found = resolve(hit.code, said, self.catalogue)
            if found is None:
                continue
            description = set(fold(self.catalogue[hit.code].description)) - NEUTRAL
            inclusion = [set(fold(t)) - NEUTRAL for t in self.catalogue[hit.code].inclusion_terms]
            variants = [description, *inclusion] or [description]
            score = max(
                self._weight(meaning & widen(v)) / whole - 0.5 * self._weight(v - said.words - SIDES) / (self._weight(v) or 1.0)
                for v in variants
            )
            if best is None or score > best.score:
                if best is not None:
                    others.append(best.code)
                best = Choice(found.code, score)
            else:
                others.append(found.code)
        if best is None or best.score < 0.3:
            return None
        return Choice(best.code, min(0.85, best.score), best.because, tuple(dict.fromkeys(others))[:5])
