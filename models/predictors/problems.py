"""Which problems the note names, and which of them were addressed.

Idea: what the author judges stands in the assessment and plan. A numbered item or heading line there names one problem or several; in prose every
definite disease counts, a symptom only where no disease explains it. Without such a section the diagnosis lines, the chief complaint and the
author's concluding sentences take their place. Needs: a reading. Gives: problems with all their mentions and the sentences that deal with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from chartlight.labels import Assertion, EntityLabel, SectionKind
from chartlight.note import Span
from nlp import lexicon
from nlp.fold import fold
from nlp.pipes.sections import is_inner_label
from nlp.reading import Mention, ProblemBlock, Reading

A = SectionKind
ASSESSING = frozenset({A.ASSESSMENT, A.ASSESSMENT_PLAN, A.DISCHARGE_DIAGNOSES})
PLANNING = frozenset({A.PLAN, A.ASSESSMENT_PLAN})
TELLING = frozenset(
    {A.HISTORY, A.HEADER, A.CHIEF_COMPLAINT, A.HOSPITAL_COURSE, A.ASSESSMENT, A.ASSESSMENT_PLAN, A.PLAN}
)
_CAUSE = frozenset({"due", "secondary", "from", "caused", "related", "because", "with"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProblem:
    """A problem of the note before it has a nature and a code.

    ``name`` is the table's reading of its words (None when only the code set's own words can tell); ``head`` the place that names it, ``words`` the
    folded words around it that may decide its code; ``scope`` the sentences that deal with it. ``is_symptom`` by the category table.
    """

    head: Span
    sentence: int
    name: lexicon.ProblemName | None
    key: tuple[str, ...]
    words: tuple[str, ...]
    phrase: tuple[str, ...]
    addressed: bool
    block: int | None = None
    scope: tuple[int, ...] = ()
    mentions: tuple[Mention, ...] = field(default=(), repr=False)
    assertion: Assertion = Assertion.PRESENT
    is_symptom: bool = False
    is_headline: bool = False


def is_word(reading: Reading, mention: Mention) -> bool:
    """Whether a short key is here an ordinary word and no abbreviation ("does", not DOE)."""
    return mention.key in lexicon.only_upper_case() and not reading.text_of(mention.span).isupper()


def name_of(reading: Reading, mention: Mention) -> lexicon.ProblemName | None:
    """The table's reading of a mention in its context; None for an ambiguous one that nothing decides."""
    readings = lexicon.problems().get(mention.key, ())
    if not readings:
        return None
    if len(readings) == 1 and not readings[0].context:
        return readings[0]
    start, end = reading.sentence_words[mention.sentence]
    near = set(reading.folded[max(0, start - 60) : min(len(reading.folded), end + 60)])
    near -= set(mention.key)
    return lexicon.choose(readings, frozenset(near))


def is_symptom(name: lexicon.ProblemName | None) -> bool:
    """Whether the code that a name leads to is a symptom or sign."""
    if name is None:
        return False
    found = lexicon.category(name.code)
    return name.code.startswith("R") or (found is not None and found.type in ("symptom", "finding"))


def is_condition(name: lexicon.ProblemName | None, *, is_headline: bool = False) -> bool:
    """Whether the name is of something one can have; as a headline also the reason of an encounter or a status ("annual physical")."""
    if name is None:
        return False
    return name.code[0] not in ("VWXY" if is_headline else "VWXYZ")


def _usable(reading: Reading) -> list[tuple[Mention, lexicon.ProblemName]]:
    out = []
    for m in reading.mentions:
        if m.label is not EntityLabel.PROBLEM or is_word(reading, m):
            continue
        name = name_of(reading, m)
        if name is not None:
            out.append((m, name))
    return out


def _is_past_only(name: lexicon.ProblemName, mention: Mention) -> bool:
    """History of a disease that does not last is past; of a chronic one it is present (IC-05)."""
    if mention.assertion is not Assertion.HISTORICAL:
        return False
    found = lexicon.category(name.code)
    return found is None or found.course != "chronic" or name.code[0] == "C"


def find(reading: Reading) -> list[FoundProblem]:
    """The problems of one document, addressed ones first, each once."""
    usable = _usable(reading)
    by_sentence: dict[int, list[tuple[Mention, lexicon.ProblemName]]] = {}
    for m, name in usable:
        by_sentence.setdefault(m.sentence, []).append((m, name))
    addressed: list[FoundProblem] = []
    apart = _earlier_diagnoses(reading)
    numbered = {reading.sentences[b.head].section for b in reading.blocks if b.number is not None}
    opening: list[FoundProblem] = []
    for n, block in enumerate(reading.blocks):
        section = reading.sentences[block.head].section
        if reading.kind_of(block.head) in ASSESSING and section not in apart:
            found = _from_block(reading, n, block, by_sentence)
            # the one-line summary before a numbered list names the background, the list names the problems
            (opening if section in numbered and block.number is None else addressed).extend(found)
    if not any(p.assertion is Assertion.PRESENT for p in addressed):
        addressed.extend(opening)
    if apart and not any(p.assertion is Assertion.PRESENT and is_condition(p.name) for p in addressed):
        # "discharge diagnosis: status post hysterectomy": then the diagnoses of admission are what the stay was for
        for n, block in enumerate(reading.blocks):
            if reading.sentences[block.head].section in apart:
                addressed.extend(_from_block(reading, n, block, by_sentence))
    if not any(p.assertion is Assertion.PRESENT for p in addressed):
        for n, block in enumerate(reading.blocks):
            if reading.kind_of(block.head) is A.PLAN:
                addressed.extend(_from_block(reading, n, block, by_sentence))
    else:
        addressed.extend(_from_plan(reading, by_sentence, addressed))
    if not any(p.assertion is Assertion.PRESENT for p in addressed):
        addressed.extend(_without_assessment(reading, by_sentence))
    if not any(p.is_headline and p.assertion is Assertion.PRESENT for p in addressed):
        addressed.extend(_reasons(reading, by_sentence, addressed))
    merged = _merge(addressed)
    merged = _drop_explained(merged)
    known = {_root(p) for p in merged}
    mentioned = []
    for m, name in usable:
        if m.assertion not in (Assertion.PRESENT, Assertion.HISTORICAL) or _is_past_only(name, m):
            continue
        if not is_condition(name) or is_symptom(name) or name.code[:3] in known:
            continue
        known.add(name.code[:3])
        mentioned.append(_problem(reading, m, name, addressed=False, block=None))
    plan = _plan_of(reading, merged)
    return [_with_scope(reading, p, usable, plan.get(_root(p), frozenset())) for p in merged] + mentioned


_EARLIER = re.compile(r"\b(?:admi(?:ssion|tting|t)|pre-?operative|preop|past|secondary|other|chronic)\b", re.I)


def _earlier_diagnoses(reading: Reading) -> frozenset[int]:
    """Diagnosis lists of admission or of other conditions, where the note also lists those of discharge or assesses."""
    lists = [n for n, s in enumerate(reading.sections) if s.kind in ASSESSING]
    earlier = {
        n
        for n in lists
        if (heading := reading.sections[n].heading) is not None and _EARLIER.search(reading.text_of(heading))
    }
    return frozenset(earlier) if len(earlier) < len(lists) else frozenset()


def _root(problem: FoundProblem) -> str:
    return problem.name.code[:3] if problem.name else " ".join(problem.key)


def _problem(
    reading: Reading,
    mention: Mention,
    name: lexicon.ProblemName,
    *,
    addressed: bool,
    block: int | None,
    bounds: tuple[int, int] | None = None,
    is_headline: bool = False,
) -> FoundProblem:
    first, last = bounds or reading.sentence_words[mention.sentence]
    return FoundProblem(
        head=mention.span,
        sentence=mention.sentence,
        name=name,
        key=mention.key,
        words=reading.folded[first:last],
        phrase=_phrase(reading, mention, first, last),
        addressed=addressed,
        block=block,
        mentions=(mention,),
        # the history of a disease that lasts is the disease (IC-05); past ones were left out before
        assertion=Assertion.PRESENT if mention.assertion is Assertion.HISTORICAL else mention.assertion,
        is_symptom=is_symptom(name),
        is_headline=is_headline,
    )


_OUTSIDE = frozenset(fold("patient has have had is was were are be been presents present with and or who that which he she his her for but also due secondary to from since after status post complaint complaining the a an this these there today new onset history per year week day month old female male man woman seen note noted report denie state consider likely probably possible rule out will we i in by as at on not no more some any other it s/p continue treat start follow up"))  # fmt: skip
_LINKS = frozenset({"of", "the", "to", "in", "at", "on", "his", "her", "both"})


def _phrase(reading: Reading, mention: Mention, first: int, last: int) -> tuple[str, ...]:
    """The words that belong to the mention: what stands before it without a break, and what follows by 'of the ...' or directly."""
    source, places = reading.note.text, reading.places

    def joined(n: int) -> bool:
        """Whether only blanks, hyphens or slashes stand between word ``n`` and the next."""
        return source[places[n].end : places[n + 1].start].strip(" -/\t") == ""

    start, end = mention.words
    while (
        start > first
        and joined(start - 1)
        and reading.folded[start - 1] not in _OUTSIDE
        and start > mention.words[0] - 5
    ):
        start -= 1
    stop = end
    while stop < last and joined(stop - 1) and stop < end + 7:
        word = reading.folded[stop]
        if word in _OUTSIDE and word not in _LINKS:
            break
        stop += 1
    while stop > end and reading.folded[stop - 1] in _LINKS:
        stop -= 1
    return reading.folded[start:stop]


def _from_block(
    reading: Reading, index: int, block: ProblemBlock, by_sentence: dict[int, list[tuple[Mention, lexicon.ProblemName]]]
) -> list[FoundProblem]:
    head = reading.sentences[block.head]
    is_headline = (
        head.marker is not None
        or (head.starts_line and _word_count(reading, block.head) <= 12 and len(block.sentences) > 1)
        or reading.kind_of(block.head) is A.DISCHARGE_DIAGNOSES
        or _word_count(reading, block.head) <= 8
    )
    out: list[FoundProblem] = []
    if is_headline:
        out = _from_sentence(reading, index, block.head, by_sentence, is_headline=True)
        if not out and _word_count(reading, block.head) <= 14 and reading.kind_of(block.head) is not A.PLAN:
            unnamed = _unnamed(reading, index, block.head)
            if unnamed is not None:
                out = [unnamed]
    rest = block.sentences if not is_headline else block.sentences[1:]
    definite = any(p.assertion is Assertion.PRESENT for p in out)
    if not definite or not is_headline:
        for i in rest:
            out.extend(_from_sentence(reading, index, i, by_sentence, is_headline=False))
    else:
        # under a heading: further list items that name a problem by themselves, and problems that something is done for
        for i in rest:
            out.extend(_managed(reading, index, i, by_sentence))
            if reading.sentences[i].marker is not None and block.number is None and _word_count(reading, i) <= 6:
                out.extend(_from_sentence(reading, index, i, by_sentence, is_headline=True))
    return out


_DONE_FOR = re.compile(
    r"\b(?:for|to (?:evaluate|treat|address|assess|rule out|help(?: with)?|manage|control)|regarding|because of|due to|given)\s+(?:(?:his|her|the|their|this|these|some|any|ongoing|new|persistent)\s+)*$",
    re.I,
)


def _managed(
    reading: Reading, block: int, index: int, by_sentence: dict[int, list[tuple[Mention, lexicon.ProblemName]]]
) -> list[FoundProblem]:
    """Problems for which a drug or test of the same sentence is given ("echocardiogram to evaluate his murmur")."""
    if not any(m.label in (EntityLabel.DRUG, EntityLabel.TEST) for m in reading.mentions_in(index)):
        return []
    sentence = reading.sentences[index].span
    out = []
    for m, name in by_sentence.get(index, []):
        before = reading.note.text[sentence.start : m.span.start]
        asserted = m.assertion in (Assertion.PRESENT, Assertion.POSSIBLE)
        if asserted and is_condition(name) and _DONE_FOR.search(before[-60:]):
            problem = _problem(reading, m, name, addressed=True, block=block, is_headline=True)
            out.append(replace(problem, assertion=Assertion.PRESENT))
    return out


def _word_count(reading: Reading, sentence: int) -> int:
    start, end = reading.sentence_words[sentence]
    return end - start


def _from_sentence(
    reading: Reading,
    block: int,
    index: int,
    by_sentence: dict[int, list[tuple[Mention, lexicon.ProblemName]]],
    *,
    is_headline: bool,
) -> list[FoundProblem]:
    inside = by_sentence.get(index, [])
    out = []
    first, last = reading.sentence_words[index]
    for n, (m, name) in enumerate(inside):
        if m.assertion in (Assertion.NEGATED, Assertion.FAMILY, Assertion.HYPOTHETICAL) or not is_condition(
            name, is_headline=is_headline
        ):
            continue
        if _is_past_only(name, m) or (m.assertion is Assertion.HISTORICAL and not is_headline):
            continue
        left = inside[n - 1][0].words[1] if n else first
        right = inside[n + 1][0].words[0] if n + 1 < len(inside) else last
        if n == 0:
            left = first
        problem = _problem(reading, m, name, addressed=True, block=block, bounds=(left, right), is_headline=is_headline)
        # "stroke with weakness", "gait disorder due to weakness": the symptom belongs to what stands before it
        if problem.is_symptom and out and _CAUSE & set(reading.folded[inside[n - 1][0].words[1] : m.words[0]]):
            continue
        out.append(problem)
    return out


_NOT_A_NAME = re.compile(
    r"^\W*(?:history of|hx of|h/o|status post|s/p|rule out|r/o|possible|probable|no |none|normal|negative|see |as above|continue|start|will|patient|the patient"
    r"|he |she |this |we |i |return|follow|please|thank|discussed|recommend|complications?|condition|stable)|:|\b(?:is|was|were|will|has|had|have|would|should|are)\b",
    re.I,
)
"""What shows that a short line is a sentence, a label or no current problem."""


def _unnamed(reading: Reading, block: int, index: int) -> FoundProblem | None:
    """A headline whose words no table knows: the code set's own words decide."""
    first, last = reading.sentence_words[index]
    words = reading.folded[first:last]
    sentence = reading.sentences[index]
    if (
        not words
        or _NOT_A_NAME.search(reading.text_of(sentence.span))
        or is_inner_label(reading.text_of(sentence.span))
        or any(
            m.label in (EntityLabel.DRUG, EntityLabel.TEST, EntityLabel.PROCEDURE) for m in reading.mentions_in(index)
        )
    ):
        return None
    if any(m.label is EntityLabel.PROBLEM for m in reading.mentions_in(index)):
        return None
    span = Span(sentence.span.start, min(sentence.span.end, sentence.span.start + 200))
    return FoundProblem(
        head=span,
        sentence=index,
        name=None,
        key=words,
        words=words,
        phrase=words,
        addressed=True,
        block=block,
        is_headline=True,
    )


def _from_plan(
    reading: Reading,
    by_sentence: dict[int, list[tuple[Mention, lexicon.ProblemName]]],
    found: Sequence[FoundProblem],
) -> list[FoundProblem]:
    """Diseases that open an item of a separate plan, or have a drug or test there, and are not in the assessment."""
    known = {_root(p) for p in found}
    out = []
    for n, block in enumerate(reading.blocks):
        if reading.kind_of(block.head) is not A.PLAN:
            continue
        for i in block.sentences:
            start, _ = reading.sentence_words[i]
            managed = any(m.label in (EntityLabel.DRUG, EntityLabel.TEST) for m in reading.mentions_in(i))
            for m, name in by_sentence.get(i, []):
                opens = i == block.head and m.words[0] - start <= 3
                if (
                    m.assertion is Assertion.PRESENT
                    and is_condition(name)
                    and not is_symptom(name)
                    and (opens or managed)
                    and name.code[:3] not in known
                ):
                    known.add(name.code[:3])
                    out.append(_problem(reading, m, name, addressed=True, block=n, is_headline=opens))
    return out


_REASON = re.compile(
    r"\b(?:follow[- ]?up|followup|consultation|visit|evaluat(?:ion|ed)|seen|here|presents?|comes in|recheck|management|referred)\b[^.;]{0,40}\b(?:for|of|regarding|with|due to|secondary to)\b",
    re.I,
)


def _reasons(
    reading: Reading,
    by_sentence: dict[int, list[tuple[Mention, lexicon.ProblemName]]],
    found: Sequence[FoundProblem],
) -> list[FoundProblem]:
    """Diseases that the opening names as the reason of the visit, for a note whose assessment lists no problems."""
    known = {_root(p) for p in found}
    opening = [
        i for i, s in enumerate(reading.sentences) if reading.kind_of(i) in (A.HEADER, A.HISTORY, A.CHIEF_COMPLAINT)
    ][:3]
    out = []
    for i in opening:
        span = reading.sentences[i].span
        reason = _REASON.search(reading.text_of(span))
        if not reason:
            continue
        for m, name in by_sentence.get(i, []):
            if (
                m.assertion is Assertion.PRESENT
                and m.span.start >= span.start + reason.end()
                and is_condition(name)
                and not is_symptom(name)
                and name.code[:3] not in known
            ):
                known.add(name.code[:3])
                out.append(replace(_problem(reading, m, name, addressed=True, block=None), scope=()))
    return out


_LAST_RESORT = (A.HOSPITAL_COURSE, A.CHIEF_COMPLAINT, A.HEADER, A.HISTORY)


def _without_assessment(
    reading: Reading, by_sentence: dict[int, list[tuple[Mention, lexicon.ProblemName]]]
) -> list[FoundProblem]:
    """Problems of a note without a usable assessment: the first of hospital course, complaint, opening, history that names one."""
    for kind in _LAST_RESORT:
        out: list[FoundProblem] = []
        for index in sorted(by_sentence):
            if reading.kind_of(index) is kind:
                out.extend(_from_sentence(reading, 0, index, by_sentence, is_headline=False))
        present = [replace(p, block=None) for p in out if p.assertion is Assertion.PRESENT]
        if present:
            diseases = [p for p in present if not p.is_symptom]
            return diseases[:4] or present[:2]
    return []


def _merge(problems: Iterable[FoundProblem]) -> list[FoundProblem]:
    """Each problem once: a definite mention wins over an uncertain one, a headline over prose; mentions are kept together."""
    out: dict[str, FoundProblem] = {}
    for p in problems:
        root = _root(p)
        if (p.name and p.name.code[0] in "ST") or (p.name and p.name.code.startswith("M25")):
            root = p.name.code[:6]
        known = out.get(root)
        if known is None:
            out[root] = p
            continue
        better = (p.assertion is Assertion.PRESENT, p.is_headline) > (
            known.assertion is Assertion.PRESENT,
            known.is_headline,
        )
        first, second = (p, known) if better else (known, p)
        name = first.name
        if (
            second.name
            and name
            and len(second.key) > len(first.key)
            and set(first.key) <= set(second.key)
            and second.assertion is Assertion.PRESENT
        ):
            name = second.name
        out[root] = replace(
            first,
            mentions=first.mentions + second.mentions,
            name=name,
            words=first.words + second.words if name is second.name else first.words,
        )
    return list(out.values())


def _drop_explained(problems: list[FoundProblem]) -> list[FoundProblem]:
    """Symptoms in prose that a disease of the same block explains, and uncertain diseases beside a symptom, are not problems of their own."""
    out = []
    for p in problems:
        same = [q for q in problems if q is not p and q.block == p.block and q.block is not None]
        certain = [q for q in same if q.assertion is Assertion.PRESENT and not q.is_symptom]
        headed = any(q.is_headline and q.assertion is Assertion.PRESENT for q in problems)
        if p.is_symptom and not p.is_headline and (certain or headed):
            continue
        if p.assertion is Assertion.POSSIBLE and same:
            continue
        out.append(p)
    return out


def _plan_of(reading: Reading, problems: Sequence[FoundProblem]) -> dict[str, frozenset[int]]:
    """Sentences of a separate plan by the problem they deal with.

    By the item's number where assessment and plan number alike; by a drug that treats the problem; all of them where there is one problem.
    """
    judged = [p for p in problems if p.addressed and p.assertion is Assertion.PRESENT]
    blocks = [b for b in reading.blocks if reading.kind_of(b.head) is A.PLAN]
    everything = {i for b in blocks for i in b.sentences}
    out: dict[str, set[int]] = {_root(p): set() for p in judged}
    if len(judged) == 1:
        return {_root(judged[0]): frozenset(everything)}
    numbered = {b.number: b for b in blocks if b.number is not None}
    items = {reading.blocks[p.block].number for p in judged if p.block is not None} - {None}
    alike = len(items) > 1 and items == set(numbered)
    for p in judged:
        number = reading.blocks[p.block].number if p.block is not None else None
        if alike and number in numbered:
            out[_root(p)].update(numbered[number].sentences)
        for i in everything:
            for m in reading.mentions_in(i, EntityLabel.DRUG):
                drug = lexicon.drugs().get(m.key)
                if drug is not None and p.name is not None and p.name.code[:3] in drug.treats:
                    out[_root(p)].add(i)
    return {root: frozenset(found) for root, found in out.items()}


def _with_scope(
    reading: Reading,
    problem: FoundProblem,
    usable: Sequence[tuple[Mention, lexicon.ProblemName]],
    plan: frozenset[int],
) -> FoundProblem:
    """The sentences that deal with a problem: its block, its part of the plan and every telling sentence that names it."""
    scope = set(reading.blocks[problem.block].sentences) if problem.block is not None else {problem.sentence}
    scope |= plan
    mentions = list(problem.mentions)
    if problem.name is not None:
        for m, name in usable:
            if name.code[:3] == problem.name.code[:3] and m.assertion is not Assertion.FAMILY:
                if reading.kind_of(m.sentence) in TELLING:
                    scope.add(m.sentence)
                if m not in mentions and m.assertion is Assertion.PRESENT:
                    mentions.append(m)
        scope |= _measured(reading, problem.name.code[:3])
    return replace(problem, scope=tuple(sorted(scope)), mentions=tuple(mentions))


def _measured(reading: Reading, category: str) -> set[int]:
    """Sentences that tell the reading by which a problem is judged ("blood pressure is above goal")."""
    phrases = lexicon.measured_by().get(category, ())
    if not phrases:
        return set()
    found = set()
    for i in range(len(reading.sentences)):
        if reading.kind_of(i) not in TELLING:
            continue
        words = reading.words_of(i)
        if any(phrase[0] in words and " ".join(phrase) in " ".join(words) for phrase in phrases):
            found.add(i)
    return found
