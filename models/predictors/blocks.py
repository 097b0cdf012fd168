"""Problems of an assessment's blocks: headlines, what stands under them, and prose."""

from __future__ import annotations

import re
from dataclasses import replace

from chartlight.labels import Assertion, EntityLabel
from chartlight.note import Span
from models.predictors.found import CAUSE, A, FoundProblem, is_condition, is_past_only, problem_at
from nlp import lexicon
from nlp.pipes.sections import is_inner_label
from nlp.reading import Mention, ProblemBlock, Reading

Named = tuple[Mention, lexicon.ProblemName]
"""A mention with the table's reading of it."""


def from_block(
    reading: Reading, index: int, block: ProblemBlock, by_sentence: dict[int, list[Named]]
) -> list[FoundProblem]:
    """The problems of one block: those its headline names, what is done for others under it, or those that its prose names."""
    head = reading.sentences[block.head]
    is_headline = (
        head.marker is not None
        or (head.starts_line and word_count(reading, block.head) <= 12 and len(block.sentences) > 1)
        or reading.kind_of(block.head) is A.DISCHARGE_DIAGNOSES
        or word_count(reading, block.head) <= 8
    )
    out: list[FoundProblem] = []
    if is_headline:
        out = from_sentence(reading, index, block.head, by_sentence, is_headline=True)
        if not out and word_count(reading, block.head) <= 14 and reading.kind_of(block.head) is not A.PLAN:
            unnamed = _unnamed(reading, index, block.head)
            if unnamed is not None:
                out = [unnamed]
    rest = block.sentences if not is_headline else block.sentences[1:]
    definite = any(p.assertion is Assertion.PRESENT for p in out)
    if not definite or not is_headline:
        for i in rest:
            out.extend(from_sentence(reading, index, i, by_sentence, is_headline=False))
    else:
        # under a heading: further list items that name a problem by themselves, and problems that something is done for
        for i in rest:
            out.extend(_managed(reading, index, i, by_sentence))
            is_item = reading.sentences[i].marker is not None and word_count(reading, i) <= 6
            if block.number is None and (is_item or _goes_on(reading, block, i)):
                out.extend(from_sentence(reading, index, i, by_sentence, is_headline=word_count(reading, i) <= 8))
    return out


def _goes_on(reading: Reading, block: ProblemBlock, index: int) -> bool:
    """Whether a sentence goes on a list written as prose ("Asthma, stable. Allergic rhinitis.") on the line of the first."""
    head = reading.sentences[block.head]
    if head.marker is not None or reading.kind_of(index) is not A.ASSESSMENT:
        return False
    return "\n" not in reading.note.text[head.span.start : reading.sentences[index].span.start]


_DONE_FOR = re.compile(
    r"\b(?:for|to (?:evaluate|treat|address|assess|rule out|help(?: with)?|manage|control)|regarding|because of|due to|given)\s+(?:(?:his|her|the|their|this|these|some|any|ongoing|new|persistent)\s+)*$",
    re.I,
)


def _managed(reading: Reading, block: int, index: int, by_sentence: dict[int, list[Named]]) -> list[FoundProblem]:
    """Problems for which a drug or test of the same sentence is given ("echocardiogram to evaluate his murmur")."""
    if not any(m.label in (EntityLabel.DRUG, EntityLabel.TEST) for m in reading.mentions_in(index)):
        return []
    sentence = reading.sentences[index].span
    out = []
    for m, name in by_sentence.get(index, []):
        before = reading.note.text[sentence.start : m.span.start]
        asserted = m.assertion in (Assertion.PRESENT, Assertion.POSSIBLE)
        if asserted and is_condition(name) and _DONE_FOR.search(before[-60:]):
            problem = problem_at(reading, m, name, addressed=True, block=block, is_headline=True)
            out.append(replace(problem, assertion=Assertion.PRESENT))
    return out


def word_count(reading: Reading, sentence: int) -> int:
    """Number of folded words of a sentence."""
    start, end = reading.sentence_words[sentence]
    return end - start


def from_sentence(
    reading: Reading,
    block: int,
    index: int,
    by_sentence: dict[int, list[Named]],
    *,
    is_headline: bool,
) -> list[FoundProblem]:
    """The problems that one sentence names as present or uncertain, each with the words between its neighbours."""
    inside = by_sentence.get(index, [])
    out = []
    first, last = reading.sentence_words[index]
    for n, (m, name) in enumerate(inside):
        if m.assertion in (Assertion.NEGATED, Assertion.FAMILY, Assertion.HYPOTHETICAL) or not is_condition(
            name, is_headline=is_headline
        ):
            continue
        past = is_past_only(name, m) or (m.assertion is Assertion.HISTORICAL and not is_headline)
        if past and not (is_headline and _resolved_in_stay(reading, m)):
            continue
        left = inside[n - 1][0].words[1] if n else first
        right = inside[n + 1][0].words[0] if n + 1 < len(inside) else last
        if n == 0:
            left = first
        problem = problem_at(
            reading, m, name, addressed=True, block=block, bounds=(left, right), is_headline=is_headline
        )
        # "stroke with weakness", "gait disorder due to weakness": the symptom belongs to what stands before it
        if problem.is_symptom and out and CAUSE & set(reading.folded[inside[n - 1][0].words[1] : m.words[0]]):
            continue
        out.append(problem)
    return out


_RESOLVED = re.compile(r"^[^.;]{0,80}\bresolv(?:ed|ing)\b", re.I)


def _resolved_in_stay(reading: Reading, mention: Mention) -> bool:
    """Whether a diagnosis of a stay is told to have resolved ("Acute gastroenteritis, resolved"): it was treated in the stay, and is coded."""
    if not any(s.kind in (A.HOSPITAL_COURSE, A.DISCHARGE_DIAGNOSES) for s in reading.sections):
        return False
    sentence = reading.sentences[mention.sentence].span
    return bool(_RESOLVED.search(reading.note.text[mention.span.end : sentence.end]))


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
