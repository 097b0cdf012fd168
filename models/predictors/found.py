"""A problem as the note names it: its words, the table's reading of them, and whether it is one that a coder would code."""

from __future__ import annotations

from dataclasses import dataclass, field

from chartlight.labels import Assertion, EntityLabel, SectionKind
from chartlight.note import Span
from nlp import lexicon
from nlp.fold import fold
from nlp.reading import Mention, Reading

A = SectionKind
ASSESSING = frozenset({A.ASSESSMENT, A.ASSESSMENT_PLAN, A.DISCHARGE_DIAGNOSES})
PLANNING = frozenset({A.PLAN, A.ASSESSMENT_PLAN})
TELLING = frozenset(
    {A.HISTORY, A.HEADER, A.CHIEF_COMPLAINT, A.HOSPITAL_COURSE, A.ASSESSMENT, A.ASSESSMENT_PLAN, A.PLAN}
)
CAUSE = frozenset({"due", "secondary", "from", "caused", "related", "because", "with"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProblem:
    """A problem of the note before it has a nature and a code.

    ``name`` is the table's reading of its words (None when only the code set's own words can tell); ``head`` the place that names it, ``words`` the
    folded words around it that may decide its code; ``scope`` the sentences that deal with it. ``is_symptom`` by the category table;
    ``share`` the probability that it was addressed, where a head gave one.
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
    share: float | None = None


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


def usable_mentions(reading: Reading) -> list[tuple[Mention, lexicon.ProblemName]]:
    """Mentions of problems that the tables can read in their context, in order of the note."""
    out = []
    for m in reading.mentions:
        if m.label is not EntityLabel.PROBLEM or is_word(reading, m):
            continue
        name = name_of(reading, m)
        if name is not None:
            out.append((m, name))
    return out


def is_past_only(name: lexicon.ProblemName, mention: Mention) -> bool:
    """History of a disease that does not last is past; of a chronic one it is present (IC-05)."""
    if mention.assertion is not Assertion.HISTORICAL:
        return False
    found = lexicon.category(name.code)
    return found is None or found.course != "chronic" or name.code[0] == "C"


_APART = ("G56", "G57", "H02", "H90", "J96", "K80", "M75", "M77", "N20", "Z94", "Z96")
"""Categories whose codes are different conditions, which one patient may well have beside each other."""


def root_of(problem: FoundProblem) -> str:
    """What makes two mentions the same problem: the category of the code, or the words where no table knows them."""
    return root_of_name(problem.name) if problem.name else " ".join(problem.key)


def root_of_name(name: lexicon.ProblemName) -> str:
    """What makes two names the same problem: the category of their codes, or less where one category holds different nerves or regions.

    >>> root_of_name(lexicon.problems()["ulnar", "neuropathy"][0]), root_of_name(lexicon.problems()["gout",][0])
    ('G56.2', 'M10')
    """
    return name.code[:5] if name.code.startswith(_APART) else name.code[:3]


def problem_at(
    reading: Reading,
    mention: Mention,
    name: lexicon.ProblemName,
    *,
    addressed: bool,
    block: int | None,
    bounds: tuple[int, int] | None = None,
    is_headline: bool = False,
) -> FoundProblem:
    """The problem that a mention names; ``bounds`` are the words of its sentence that may decide its code."""
    first, last = bounds or reading.sentence_words[mention.sentence]
    return FoundProblem(
        head=mention.span,
        sentence=mention.sentence,
        name=name,
        key=mention.key,
        words=reading.folded[first:last],
        phrase=phrase_around(reading, mention, first, last),
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


def phrase_around(reading: Reading, mention: Mention, first: int, last: int) -> tuple[str, ...]:
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
