"""``propose``: the one place where reading, predicting and judging meet.

A ``Proposer`` holds what is loaded once (tables, code sets); ``propose(encounter)`` reads every document, proposes facts and codes, and hands the
facts to the rules. The rules determine; nothing here sets a level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from chartlight import (
    AnyFact,
    DataItem,
    Determination,
    Encounter,
    Evidence,
    Problem,
    Proposal,
    Question,
    RiskDecision,
    SetAside,
    Source,
    TimeStatement,
    Versions,
    __version__,
)
from chartlight.catalogue import Catalogue
from chartlight.labels import Assertion, DocumentKind, SourceKind
from models import aside, circumstances, diagnoses, questions, second_opinion
from models.diagnoses import Coded
from models.encoder import Marker, Marks, encoder
from models.line_up import line_up
from models.predictors import data, learned, nature, problem_heads, risk
from models.predictors.coder import Choice, Coder
from models.predictors.evidence import quote
from models.predictors.found import FoundProblem
from nlp.bridge import read
from nlp.pipeline import MAX_CHARACTERS, warm_up
from nlp.reading import Reading
from rules.codesets.reader import open_release
from rules.determine import determine
from rules.version import rules_version

NOT_VISITS = frozenset(questions.NOT_A_VISIT)


class UnreadableNote(ValueError):
    """A text that cannot be processed; the message says why and what to do, never what it holds."""


class Proposer:
    """Reads encounters and proposes; make one per process, since loading takes a moment.

    >>> from chartlight import EncounterContext, Note
    >>> note = Note(
    ...     "n1", "Assessment: Hypertension, not at goal. Plan: Increase lisinopril to 40 mg daily."
    ... )  # invented
    >>> proposal = load().propose(Encounter.of(note, EncounterContext(date_of_service=date(2026, 3, 2))))
    >>> proposal.determination.mdm.problems.value, [d.code for d in proposal.diagnoses]
    ('moderate', ['I10'])
    """

    def __init__(
        self,
        catalogue: Callable[[date], Catalogue] = open_release,
        today: Callable[[], date] = date.today,
        marker: Marker | None = None,
    ) -> None:
        self._open = catalogue
        self._today = today
        self._coders: dict[str, Coder] = {}
        self.marker = marker if marker is not None else encoder()

    @property
    def versions(self) -> Versions:
        """What makes the proposals of this process, for the code set of today."""
        return self._versions(self._open(self._today()))

    def propose(self, encounter: Encounter) -> Proposal:
        """The proposal for one encounter.

        Raises ``UnreadableNote`` for a text that is empty, longer than two million characters, or no valid Unicode.
        """
        for document in encounter.documents:
            self._check(document.note.id, document.note.text)
        signed = [d for d in encounter.documents if d.signed is not False] or list(encounter.documents)
        readings = [read(d.note) for d in signed]
        used = circumstances.complete(encounter.context, readings, self._today())
        assert used.context.date_of_service is not None
        coder = self.coder(self._open(used.context.date_of_service))
        marks = [self.marker.mark(r) if self.marker else None for r in readings]
        facts, coded, asides, asked = self._facts(readings, marks, coder, used)
        determination = determine(facts, used.context)
        kinds = [r.kind for r in readings]
        is_visit = any(kind not in NOT_VISITS for kind in kinds)
        if not is_visit:
            determination = _no_code(determination, kinds[0])
            asked = questions.about_kind(readings) + asked
        elif determination.mdm is None and determination.unsupported is None:
            asked = [Question(text=questions.NOTHING_ADDRESSED), *asked]
        listed = diagnoses.suggestions(coded, facts, used.context, coder)
        asked = asked + questions.open_sides(listed.shown, coder.catalogue)
        warnings = [*used.warnings, *determination.warnings, *listed.warnings]
        if len(signed) < len(encounter.documents):
            warnings.append("unsigned_document_left_out")
        if not is_visit:
            warnings.append("not_a_visit")
        sure, doubted = _second_look(determination, facts, marks, used)
        asked += [questions.about_element(e) for e in doubted]
        proposal = Proposal(
            id=encounter.id,
            determination=replace(determination, confidence=sure),
            facts=tuple(facts),
            diagnoses=listed.shown,
            more=listed.more,
            set_aside=(*asides, *listed.refused),
            questions=tuple(asked),
            warnings=tuple(dict.fromkeys(warnings)),
            document_kind=kinds[0],
            context=used.context,
            notes=tuple((d.note.id, d.note.digest) for d in encounter.documents),
            versions=self._versions(coder.catalogue),
        )
        return proposal if encounter.is_single_text else _name_documents(proposal, readings)

    def _check(self, id: str, text: str) -> None:
        if not text.strip():
            raise UnreadableNote(f"note {id!r} is empty; send the text of the visit")
        if len(text) > MAX_CHARACTERS:
            raise UnreadableNote(
                f"note {id!r} has {len(text)} characters, more than {MAX_CHARACTERS}; send the documents of one encounter"
            )
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UnreadableNote(
                f"note {id!r} holds half a character (a lone surrogate) at {error.start}; send it as valid Unicode"
            ) from None

    def coder(self, catalogue: Catalogue) -> Coder:
        """The coder for a release of the code set, made once."""
        return self._coders.setdefault(catalogue.release, Coder(catalogue))

    def _versions(self, catalogue: Catalogue) -> Versions:
        return Versions(
            program=__version__,
            rules=rules_version(),
            icd10cm=catalogue.release,
            models=tuple(sorted(line_up()["versions"].items())),
        )

    def _facts(
        self, readings: Sequence[Reading], marked: Sequence[Marks | None], coder: Coder, used: circumstances.Used
    ) -> tuple[list[AnyFact], list[Coded], list[SetAside], list[Question]]:
        """The facts of all documents, numbered through; a problem that two documents name is one fact of the first."""
        coded: list[Coded] = []
        rest: list[AnyFact] = []
        asides: list[SetAside] = []
        asked: list[Question] = []
        known: set[str] = set()
        for reading, marks in zip(readings, marked, strict=True):
            found = problem_heads.addressed(reading, marks)
            judged = sum(p.addressed for p in found)
            definite = any(p.addressed and p.assertion is Assertion.PRESENT for p in found)
            for p in found:
                # an uncertain disease beside a definite problem is set aside, not a problem of its own
                if p.addressed and p.assertion is not Assertion.PRESENT and definite:
                    continue
                choice = coder.choose(p, reading, used.context.sex.value if used.context.sex else None)
                root = choice.code[:5] if choice else " ".join(p.key)
                if len(readings) > 1 and root in known:
                    continue
                known.add(root)
                fact = _problem(f"p{len(coded) + 1}", p, choice, reading, used, marks, judged)
                coded.append(Coded(problem=p, fact=fact, choice=choice, reading=reading))
            items = learned.data(reading, marks, data.find(reading))
            decided = learned.risk(reading, marks, risk.find(reading))
            rest.extend(_numbered(items, [f for f in rest if isinstance(f, DataItem)], "d"))
            rest.extend(_numbered(decided, [f for f in rest if isinstance(f, RiskDecision)], "r"))
            rest.extend(_minutes(reading, sum(isinstance(f, TimeStatement) for f in rest)))
            asides.extend(aside.of_document(reading))
            asked.extend(questions.about_time(reading))
        return [*(c.fact for c in coded), *rest], coded, asides, asked


def _problem(
    id: str,
    p: FoundProblem,
    choice: Choice | None,
    reading: Reading,
    used: circumstances.Used,
    marks: Marks | None,
    judged: int,
) -> Problem:
    if not p.addressed:
        return Problem(
            id=id,
            name=_words(reading, p),
            addressed=False,
            evidence=quote(reading.note, [p.head]),
            source=_source("problems"),
            confidence=0.6,
        )
    code = choice.code if choice else None
    stands = nature.decide(p, code, reading, used.context.setting, judged == 1)
    stands = problem_heads.chosen_nature(p, stands, code, reading, used.context.setting, marks, judged)
    return Problem(
        id=id,
        nature=stands.label,
        name=_words(reading, p),
        evidence=quote(reading.note, [p.head, *stands.words, *(m.span for m in p.mentions[:4])]),
        source=_source("nature"),
        confidence=stands.score,
    )


def _second_look(
    determination: Determination, facts: Sequence[AnyFact], marked: Sequence[Marks | None], used: circumstances.Used
) -> tuple[float | None, list[str]]:
    """How sure the level is, and the elements on which the second opinion is sure of another level."""
    if determination.mdm is None:
        return None, []
    seen = [m for m in marked if m is not None]
    shares = (
        second_opinion.opinion(second_opinion.signs_of_note(seen, determination, used.context.setting)) if seen else {}
    )
    if len(shares) < len(second_opinion.ELEMENTS):
        return None, []
    sure = second_opinion.confidence(second_opinion.signs_of_confidence(determination, facts, shares))
    return sure, second_opinion.disagrees(determination, shares)


def _words(reading: Reading, p: FoundProblem) -> str:
    """The problem's name as the note writes it, in lower case, without line ends."""
    return " ".join(reading.text_of(p.head).lower().split())


def _source(name: str) -> Source:
    return Source(SourceKind.PATTERN, name, line_up()["versions"][name])


def _numbered(found: Sequence[Any], before: Sequence[Any], letter: str) -> list[Any]:
    """Facts of a further document with ids that go on, counting once with an earlier document's where they are the same thing."""
    shift = len(before)
    if not shift:
        return list(found)
    new_id = {f.id: f"{letter}{n}" for n, f in enumerate(found, shift + 1)}
    out = []
    for f in found:
        if isinstance(f, DataItem):
            same = next((b.counts_as or b.id for b in before if b.item == f.item), None)
            out.append(replace(f, id=new_id[f.id], counts_as=same or new_id.get(f.counts_as or f.id)))
        else:
            out.append(replace(f, id=new_id[f.id]))
    return out


def _minutes(reading: Reading, shift: int) -> list[TimeStatement]:
    accepted = [t for t in reading.times if t.is_accepted]
    return [
        TimeStatement(
            id=f"t{n}",
            minutes=t.minutes,
            role=t.role,
            evidence=quote(reading.note, [t.span]),
            source=_source("reading"),
            confidence=0.6 if t.is_approximate else 0.9,
        )
        for n, t in enumerate(accepted, shift + 1)
    ]


def _no_code(determination: Determination, kind: DocumentKind) -> Determination:
    """A text that is no visit keeps its MDM level and gets no code."""
    return replace(
        determination,
        code=None,
        basis=None,
        alternatives=(),
        add_ons=(),
        modifiers=(),
        unsupported=f"not_a_visit:{kind.value}",
    )


def _name_documents(proposal: Proposal, readings: Sequence[Reading]) -> Proposal:
    """Evidence of an encounter of several documents names the document that it quotes."""
    by_digest = {r.note.digest: r.note.id for r in readings}

    def named(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        return tuple(replace(e, document=by_digest.get(e.note_digest or "")) for e in evidence)

    def all_named(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(replace(t, evidence=named(t.evidence)) for t in things)

    time = proposal.determination.time
    determination = replace(proposal.determination, time=replace(time, evidence=named(time.evidence)) if time else None)
    return replace(
        proposal,
        determination=determination,
        facts=all_named(proposal.facts),
        diagnoses=all_named(proposal.diagnoses),
        more=all_named(proposal.more),
        set_aside=all_named(proposal.set_aside),
        questions=all_named(proposal.questions),
    )


@cache
def load() -> Proposer:
    """The proposer of this process, with tables loaded now; the index of the code set's words is built when a note first needs it."""
    warm_up()
    return Proposer()
