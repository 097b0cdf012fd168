"""The ICD-10-CM code of a problem: by name, by the code set's words, then as specific as the note and no more.

Method: candidates are the table's code for the words, codes that BM25 finds for them, and the table's codes for longer names of the same thing
elsewhere in the note; the candidate whose description the words cover best, with least left unsaid, is resolved to a billable code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from chartlight.catalogue import Catalogue
from chartlight.labels import Assertion, SectionKind
from models.predictors import rerank, spine
from models.predictors.beside import DENIED, codes_beside
from models.predictors.found import FoundProblem
from models.predictors.newborn import is_newborn, newborn_code
from models.predictors.retrieval import NEUTRAL, SIDES, Index
from models.predictors.specificity import Resolved, Said, fresh, leaf, refine, resolve, resolve_side, widen
from nlp import lexicon
from nlp.fold import fold
from nlp.reading import Reading

_SIDE = {"right": "right", "rt": "right", "left": "left", "lt": "left", "bilateral": "bilateral", "bilaterally": "bilateral", "both": "bilateral", "b": ""}  # fmt: skip
_HEALING = re.compile(
    r"\b(?:heal(?:ing|ed)|routine healing|cast (?:removed|removal|off)|suture removal|post-?op(?:erative)?(?:ly)?|(?:s/p|status[ -]post) (?:orif|open reduction|closed reduction|fixation|repair|surgery|casting|splinting)|callus|malunion|nonunion)\b",
    re.I,
)
"""Words of the healing phase of an injury (IC-15); a first or further evaluation with treatment is active treatment."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A code for a problem, its score (0 to 1, not calibrated), why, the next best codes, and further codes that the same words call for (the other side)."""

    code: str
    score: float
    because: str = ""
    others: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """Codes between which the reranker chooses, the first of them, and the words by which it does."""

    codes: tuple[str, ...]
    first: rerank.First
    around: rerank.Around


def side_of(words: Sequence[str]) -> str | None:
    """The side that the words name; both left and right is bilateral only when the note says so."""
    sides = {_SIDE[w] for w in words if _SIDE.get(w)}
    if "bilateral" in sides:
        return "bilateral"
    if len(sides) == 1:
        return next(iter(sides))
    if any(set(words[n : n + 3]) == {"left", "and", "right"} for n in range(len(words) - 2)):
        return "bilateral"
    return None


_PAIRED = re.compile(
    r"\b(?:knees|shoulders|hips|ankles|feet|hands|wrists|elbows|eyes|ears|legs|arms|thighs|calves|heels)\b", re.I
)


def said_about(problem: FoundProblem, reading: Reading, sex: str | None = None) -> Said:
    """What the note says that may decide the code of ``problem``."""
    words = set(problem.words if problem.is_headline else problem.phrase) | set(problem.key) | set(problem.phrase)
    words -= _denied(problem, reading)
    side = side_of(problem.phrase) or side_of(problem.words)
    for m in problem.mentions:
        start, end = m.words
        first, last = reading.sentence_words[m.sentence]
        near = reading.folded[max(first, start - 4) : min(last, end + 4)]
        if set(problem.key) <= set(m.key):
            words.update(m.key)
        if side is None:
            side = side_of(near)
    if side is None:
        scope_words = [w for i in problem.scope for w in reading.words_of(i)]
        side = side_of(scope_words)
    if side is None:
        opening = [
            w
            for i, s in enumerate(reading.sentences)
            if reading.sections[s.section].kind
            in (SectionKind.CHIEF_COMPLAINT, SectionKind.HISTORY, SectionKind.HEADER)
            for w in reading.words_of(i)
        ]
        side = side_of(opening[:120])
    if side is None and any(_PAIRED.search(reading.text_of(m.span)) for m in problem.mentions[:2]):
        side = "bilateral"
    if is_spinal(problem):
        words |= spine.words(_own_text(problem, reading))
    for fix in problem.name.fixes if problem.name else ():
        words.update(fold(fix.partition("=")[2]))
    return Said(words=widen(words), side=side, episode=_episode(problem, reading), sex=sex, written=frozenset(words))


_SPINAL = (
    "M43",
    "M46",
    "M47",
    "M48",
    "M50",
    "M51",
    "M53",
    "M54.1",
    "M96",
    "M99",
    "S12",
    "S13",
    "S22",
    "S23",
    "S32",
    "S33",
)


def is_spinal(problem: FoundProblem) -> bool:
    """Whether the name is of the spine, so that levels tell its region."""
    return problem.name is not None and problem.name.code.startswith(_SPINAL)


def _own_text(problem: FoundProblem, reading: Reading) -> str:
    """The sentence that names the problem, from the name on where other levels stand before it."""
    span = reading.sentences[problem.sentence].span
    text = reading.note.text
    rest = text[problem.head.start : span.end]
    return rest if spine.regions(rest) else text[span.start : span.end]


_ABSENT = re.compile(r"\b(?:without|no|not|denies|absence of|negative for)\b([^,.;:()]*)", re.I)


def _denied(problem: FoundProblem, reading: Reading) -> set[str]:
    """Words of the problem's sentence that it says are absent ("without hematuria"), also where they are part of the name."""
    text = reading.text_of(reading.sentences[problem.sentence].span)
    out: set[str] = set()
    for found in _ABSENT.finditer(text):
        out.update(fold(found[1]))
    return out


def _episode(problem: FoundProblem, reading: Reading) -> str:
    """A active treatment, D routine healing, S sequela (IC-15)."""
    near = " ".join(reading.text_of(reading.sentences[i].span) for i in problem.scope[:6])
    if re.search(r"\bsequela|late effect", near, re.I):
        return "S"
    return "D" if _HEALING.search(near) else "A"


class Coder:
    """Chooses codes; holds the catalogue and the index.

    ``choose`` gives one code, or two where a bilateral problem has only codes for each side (IC-14).
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.index = Index(catalogue)

    def choose(self, problem: FoundProblem, reading: Reading, sex: str | None = None) -> Choice | None:
        """The best code for ``problem``; None when nothing fits its words well enough or the words name no place at all."""
        said = said_about(problem, reading, sex)
        choice = self.first_choice(problem, reading, said)
        if choice is not None and problem.addressed:
            choice = self._reranked(choice, problem, reading, said)
        return None if choice is None or choice.code[:6] in _NOWHERE else choice

    def _reranked(self, choice: Choice, problem: FoundProblem, reading: Reading, said: Said) -> Choice:
        """The choice after the learned reranker; what it was before is the first runner-up."""
        options = self.options(choice, problem, reading, said)
        if not options:
            return choice
        order = rerank.ranked(options.codes, options.first, options.around, said, self.catalogue, self.index.weights)
        best = order[0]
        if best == choice.code:
            return replace(choice, others=tuple(order[1 : _MOST_RUNNERS + 1]))
        also = (*self._other_side(best, said), *codes_beside(best, problem, reading))
        others = (choice.code, *(c for c in order[1:] if c != choice.code))
        return Choice(best, choice.score, self._left_open(best), others[:_MOST_RUNNERS], also)

    def options(self, choice: Choice, problem: FoundProblem, reading: Reading, said: Said) -> Options | None:
        """What the reranker chooses from: the choice, codes of the same words, and neighbours whose further words the note says; None where there is nothing else."""
        own = widen(set(problem.phrase) | set(problem.key))
        sentences = sorted({problem.sentence, *problem.scope, *(m.sentence for m in problem.mentions)})
        block = widen({w for i in sentences for w in reading.words_of(i)}) | own | said.words
        around = rerank.Around(own, block, widen(frozenset(reading.folded)) | block)
        words = [w for w in self._expanded(problem.phrase) if w not in _QUALIFIERS and w not in NEUTRAL]
        found = dict.fromkeys((choice.code, *choice.others))
        for hit in self.index.search(words, _MOST_OPTIONS):
            if hit.code[0] not in _NOT_BY_WORDS and (best := self._resolved(hit.code, said)) is not None:
                found.setdefault(self._on_side(best.code, said), None)
        found |= dict.fromkeys(self._neighbours(choice.code, around, said))
        codes = tuple(c for c in found if not self._says_again(c, choice.code))
        if len(codes) < 2:
            return None
        first = rerank.First(choice.code, choice.score, problem.name is not None, bool(choice.because))
        return Options(codes, first, around)

    def _says_again(self, code: str, first: str) -> bool:
        """Whether all that a code adds to the first one is another word for what that says already ("longstanding persistent" to "chronic")."""
        own = leaf(self.catalogue, first).words
        added = leaf(self.catalogue, code).words - own - NEUTRAL - SIDES
        return bool(added) and not fresh(added, own)

    def _neighbours(self, code: str, around: rerank.Around, said: Said) -> list[str]:
        """Codes of the same category, or of the widest part of it that is no crowd, that say no word that the note does not."""
        own = leaf(self.catalogue, code)
        out = []
        near: Sequence[str] = ()
        for above in self.catalogue.ancestors(code):
            under = self.catalogue.descendants(above)
            if "-" in above or len(above) < 3 or len(under) > _CROWD:
                break
            near = under
        for other in near:
            found = leaf(self.catalogue, other)
            added = found.words - own.words - NEUTRAL - SIDES
            fits = found.seventh in ("", said.episode) and (not found.sides or said.side in found.sides)
            if other != code and fits and added <= around.note:
                out.append((-len(added & around.block), len(added), other))
        return [c for _, _, c in sorted(out)[:_MOST_OPTIONS]]

    def first_choice(self, problem: FoundProblem, reading: Reading, said: Said) -> Choice | None:
        """The code by name and words alone, before the reranker; None when nothing fits."""
        by_name = self._by_name(problem, reading, said)
        if by_name is None:
            return self._by_words(problem, said, _LEAST_BY_WORDS)
        covered = self._covered(problem, by_name.code)
        if covered < _ENOUGH and len(problem.phrase) > len(problem.key):
            # "dental pain": the table knows "pain"; the code set's own words may say more
            other = self._by_words(problem, said, covered + _BETTER_BY)
            if other is not None:
                return replace(other, others=(by_name.code, *other.others))
        return by_name

    def _by_name(self, problem: FoundProblem, reading: Reading, said: Said) -> Choice | None:
        if problem.name is None:
            return None
        code = (
            (newborn_code(problem.key) if is_newborn(reading) else None)
            or self._longer_name(problem, reading)
            or self._with_site(problem)
            or self._with_region(problem, reading)
            or self._in_any_order(problem, said)
            or problem.name.code
        )
        if code not in self.catalogue:
            return None
        found = self._resolved(code, said)
        if found is None:
            return None
        decided = self._decided(found.code, problem, reading)
        if decided is not None:
            return Choice(decided.becomes, 0.9, decided.because, also=codes_beside(decided.becomes, problem, reading))
        found = self._by_attribute(found, problem, reading, said)
        also = (
            *lexicon.several().get(problem.key, ())[1:],
            *self._other_side(found.code, said),
            *codes_beside(found.code, problem, reading),
        )
        return Choice(found.code, 0.9, found.because or self._left_open(found.code), also=also)

    def _by_attribute(self, found: Resolved, problem: FoundProblem, reading: Reading, said: Said) -> Resolved:
        """A code left unspecified, by the value of an attribute that the problem's own sentences name (``problems/attributes.tsv``)."""
        if not self._is_unspecified(found.code):
            return found
        own = sorted({problem.sentence, *(m.sentence for m in problem.mentions)})
        text = f" {' '.join(w for i in own for w in reading.words_of(i))} "
        values = {
            a.becomes: a
            for a in lexicon.attributes(found.code)
            if a.becomes and any(f" {' '.join(fold(phrase))} " in text for phrase in a.words)
        }
        if len(values) != 1:
            return found
        stem, attribute = next(iter(values.items()))
        better = self._resolved(stem, said) if stem in self.catalogue else None
        return replace(better, because=f"{attribute.attribute}: {attribute.value}") if better else found

    def _is_unspecified(self, code: str) -> bool:
        return "unspecified" in self.catalogue.description(code).lower()

    def _left_open(self, code: str) -> str:
        """Why an unspecified code had to be proposed: what its neighbours ask for and the note does not name."""
        if not self._is_unspecified(code):
            return ""
        open_ones = dict.fromkeys(a.attribute for a in lexicon.attributes(code))
        return f"the note does not name: {', '.join(open_ones)}" if open_ones else "the note says no more"

    def runners_up(self, problem: FoundProblem, choice: Choice) -> tuple[str, ...]:
        """At most five other codes for the person to pick from: those of the words, then neighbours of the same category."""
        out = dict.fromkeys(choice.others)
        words = [w for w in self._expanded(problem.phrase) if w not in _QUALIFIERS and w not in NEUTRAL]
        for hit in self.index.search(words, _MOST_RUNNERS):
            code = hit.code if self.catalogue.is_billable(hit.code) else None
            out.setdefault(code or "", None)
        parent = self.catalogue.parent(choice.code)
        for code in self.catalogue.descendants(parent)[:_MOST_RUNNERS] if parent else ():
            if self.catalogue.is_billable(code):
                out.setdefault(code, None)
        return tuple(c for c in out if c and c != choice.code)[:_MOST_RUNNERS]

    def _decided(self, code: str, problem: FoundProblem, reading: Reading) -> lexicon.DecidedBy | None:
        """What the sentences of the problem's block and plan say beyond its name."""
        for rule in lexicon.decided_by().get(code, ()):
            for i in problem.scope:
                text = reading.text_of(reading.sentences[i].span)
                found = rule.words.search(text)
                if found and not DENIED.search(text[: found.start()]):
                    return rule
        return None

    def _with_site(self, problem: FoundProblem) -> str | None:
        """The code of the name together with a body part that stands near it ("epicondylitis, both elbows")."""
        words = problem.words
        parts = [
            words[start : start + length]
            for length in (2, 1)
            for start in range(len(words) - length + 1)
            if words[start : start + length] in lexicon.body_parts()
        ]
        for part in parts:
            if set(part) <= set(problem.key):
                continue
            for key in ((*part, *problem.key), (*problem.key, "of", *part), (*problem.key, "of", "the", *part)):
                names = lexicon.problems().get(key, ())
                if len(names) == 1 and not names[0].context:
                    return names[0].code
        return None

    def _with_region(self, problem: FoundProblem, reading: Reading) -> str | None:
        """The code of the name together with the region of the spine whose levels are named with it ("herniated disc C6-7")."""
        if not is_spinal(problem) or set(_REGIONS) & set(problem.key):
            return None
        for region in spine.regions(_own_text(problem, reading))[:1]:
            for key in ((region, *problem.key), (*problem.key, "of", "the", region, "spine")):
                names = lexicon.problems().get(key, ())
                if len(names) == 1 and not names[0].context:
                    return names[0].code
            return lexicon.by_words().get(frozenset((region, *problem.key)))
        return None

    def _in_any_order(self, problem: FoundProblem, said: Said) -> str | None:
        """The code of a longer name whose words all stand around this one, in whatever order ("cardiomyopathy, ischemic")."""
        near = problem.words if problem.is_headline else problem.phrase
        extra = sorted({w for w in near if w in said.words and w not in NEUTRAL} - set(problem.key))
        if not extra or len(extra) > _MOST_EXTRA:
            return None
        assert problem.name is not None
        for count in range(min(_LONGEST_EXTRA, len(extra)), 0, -1):
            for words in combinations(extra, count):
                code = lexicon.by_words().get(frozenset((*problem.key, *words)))
                if code is not None and code != problem.name.code:
                    return code
        return None

    def _resolved(self, code: str, said: Said) -> Resolved | None:
        if self.catalogue.is_billable(code):
            return refine(code, said, self.catalogue)
        found = resolve(code, said, self.catalogue)
        if found is None or "unspecified" not in self.catalogue.description(found.code).lower():
            return found
        return refine(found.code, said, self.catalogue)

    def _on_side(self, code: str, said: Said) -> str:
        """The code for the side that is said, where this one is for another: the index knows no sides."""
        sides = leaf(self.catalogue, code).sides
        if said.side not in ("left", "right") or not sides or said.side in sides:
            return code
        return resolve_side(code, said.side, self.catalogue) or code

    def _other_side(self, code: str, said: Said) -> tuple[str, ...]:
        """The left code beside the right one where both sides are affected and no bilateral code exists."""
        if said.side != "bilateral" or "bilateral" in self.catalogue.description(code).lower():
            return ()
        pair = [resolve_side(code, side, self.catalogue) for side in ("right", "left")]
        return tuple(other for other in pair if other is not None and other != code) if code in pair else ()

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
            if (
                len(names) == 1
                and names[0].code[:3] == problem.name.code[:3]
                and (best is None or len(m.key) > best[0])
            ):
                best = (len(m.key), names[0].code)
        return best[1] if best else None

    def _weight(self, words: Collection[str]) -> float:
        table = self.index.weights
        return sum(table.get(w, 6.0) for w in words)

    def _meaning(self, words: Sequence[str]) -> frozenset[str]:
        return frozenset(w for w in words if w not in NEUTRAL and w not in SIDES and not w.replace(".", "").isdigit())

    def _covered(self, problem: FoundProblem, code: str) -> float:
        """Share (0 to 1) of the meaning of the problem's phrase that its table name and the code's description cover."""
        meaning = self._meaning(problem.phrase)
        whole = self._weight(meaning)
        known = set(problem.key) | widen(fold(self.catalogue.description(code))) | _QUALIFIERS
        return self._weight(meaning & known) / whole if whole else 1.0

    def _expanded(self, words: Sequence[str]) -> list[str]:
        out = list(words)
        for w in words:
            for reading in lexicon.abbreviations().get((w,), ())[:1]:
                if reading.kind in ("problem", "anatomy") and not reading.is_ambiguous:
                    out.extend(fold(reading.expansion))
        return out

    def _by_words(self, problem: FoundProblem, said: Said, least: float) -> Choice | None:
        """The code whose description the phrase covers best, if its fit (at most 1) exceeds ``least``."""
        words = self._expanded([w for w in problem.phrase if w not in _QUALIFIERS])
        meaning = self._meaning(words) - _QUALIFIERS
        whole = self._weight(meaning)
        if not whole or not any(len(w) > 3 for w in meaning):
            return None
        fits: list[tuple[float, str]] = []
        for hit in self.index.search([w for w in words if w in meaning], 15):
            if hit.code[0] in _NOT_BY_WORDS:
                continue
            entry = self.catalogue[hit.code]
            variants = [v for t in (entry.description, *entry.inclusion_terms) if (v := frozenset(fold(t)) - NEUTRAL)]
            if problem.name is None:
                # a headline that no table knows: one common word alone ("Mood.") does not make a diagnosis
                variants = [v for v in variants if len(meaning & widen(v)) > 1 or v - SIDES <= said.words]
            if not variants:
                continue
            fit = max(
                self._weight(meaning & widen(v)) / whole
                - 0.5 * self._weight(v - said.words - SIDES) / (self._weight(v) or 1.0)
                for v in variants
            )
            if fit >= least:
                fits.append((fit, hit.code))
        # resolving costs more than comparing words: only the fitting ones are taken further
        scored = [
            (fit, self._on_side(r.code, said)) for fit, stem in fits if (r := self._resolved(stem, said)) is not None
        ]
        if not scored:
            return None
        scored.sort(key=lambda item: (-item[0], item[1]))
        fit, code = scored[0]
        others = tuple(dict.fromkeys(c for _, c in scored[1:] if c != code))[:5]
        return Choice(code, min(0.85, max(0.0, fit)), "", others, self._other_side(code, said))


_REGIONS = ("cervical", "thoracic", "lumbar", "lumbosacral", "sacral", "cervicothoracic", "thoracolumbar")
"""Names that say their region themselves need no level for it."""
_MOST_EXTRA = 10
_LONGEST_EXTRA = 3
"""Words around a name that are tried together with it, and how many of them at once."""
_MOST_RUNNERS = 5
_MOST_OPTIONS = 8
"""Codes of the same words, and neighbours, that the reranker weighs beside the first choice."""
_CROWD = 150
"""Codes under one entry of the code set beyond which they are not searched for neighbours: injuries by bone, side and episode."""
_NOWHERE = frozenset({"T14.8X", "T14.90", "R69", "R68.89", "T07.XX", "B99.9", "R58"})
"""Codes for an injury or illness of nowhere in particular: true of nothing that a coder would report."""
_LEAST_BY_WORDS = 0.5
_ENOUGH = 0.75
_BETTER_BY = 0.2
_NOT_BY_WORDS = frozenset("PVWXYZ")
"""Chapters that words alone never reach: newborn codes need a newborn, external causes and status codes their own reading."""
_QUALIFIERS = frozenset(
    fold(
        "acute chronic severe mild moderate recurrent persistent stable unstable worsening improving improved controlled uncontrolled well poorly new"
        " possible probable likely significant known current previous resolved resolving underlying multiple several some bilateral left right ongoing"
        " intermittent subacute early late old long standing longstanding symptomatic asymptomatic history episode status post baseline recent"
        " goal target secondary primary today currently also very somewhat continued continuing increased decreased slight slightly marked markedly"
    )
)
"""Words that say how a problem is rather than what it is: they need no cover by a code's name."""
