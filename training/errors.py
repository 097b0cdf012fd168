"""What goes wrong, and how sure it was: confusion of the level, calibration, risk and coverage, the commonest errors by kind.

For people who look for the next cause to mend; ``notebooks/errors.ipynb`` shows it on invented notes, or on the corpora when they are given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chartlight import Proposal, decode_encounter
from chartlight.facts import DataItem, Problem, RiskDecision
from chartlight.labels import Level
from models.propose import Proposer
from training.corpora import ELEMENTS, AnnotatedNote
from training.measures import defensible, level_of, occurrences, touch
from training.notes import sent

LEVELS = tuple(level.value for level in Level)


@dataclass(frozen=True, slots=True)
class Judged:
    """A note's annotation beside its proposal; no word of the note."""

    annotated: dict[str, str]
    proposed: dict[str, str]
    fair: frozenset[str]
    confidence: float | None
    errors: tuple[str, ...]

    @property
    def is_fair(self) -> bool:
        """Whether the proposed level is one that an auditor could defend."""
        return self.proposed.get("level") in self.fair


def judge(note: AnnotatedNote, proposer: Proposer) -> Judged:
    """Propose for the note and compare."""
    proposal = proposer.propose(decode_encounter(sent(note.id, note.text, note.setting)))
    annotated = {e: note.record["levels"][e] for e in ELEMENTS}
    mdm = proposal.determination.mdm
    proposed = {e: getattr(mdm, e).value for e in ELEMENTS} | {"level": mdm.level.value} if mdm else {}
    sure = proposal.determination.confidence
    return Judged(
        annotated | {"level": level_of(annotated)}, proposed, frozenset(defensible(note.record)), sure, tuple(errors(note, proposal))
    )  # fmt: skip


def errors(note: AnnotatedNote, proposal: Proposal) -> list[str]:
    """The kinds of error in one proposal, each as often as it occurs."""
    out: list[str] = []
    record = note.record

    def touches(fact: Problem | DataItem | RiskDecision, row: dict[str, object]) -> bool:
        return touch([e.span for e in fact.evidence], occurrences(note.text, str(row["quote"])))

    problems = [f for f in proposal.facts if isinstance(f, Problem) and f.addressed]
    wanted = [p for p in record["problems"] if p["addressed"]]
    for row in wanted:
        same = [f for f in problems if touches(f, row)]
        if not same:
            out.append(f"problem not found: {row['class']}")
        elif all(f.nature is None or f.nature.value != row["class"] for f in same):
            out.append(f"nature: {row['class']} read as {same[0].nature.value if same[0].nature else 'none'}")
    out += ["problem too many"] * sum(not any(touches(f, row) for row in wanted) for f in problems)
    for name, kind in (("data", DataItem), ("risk", RiskDecision)):
        found = [f for f in proposal.facts if isinstance(f, kind)]
        rows = [r for r in record[name] if r.get("quote")]
        for row in rows:
            if not any(touches(f, row) for f in found):
                out.append(f"{name} not found: {row['kind']}")
        out += [f"{name} too many: {f.nature.value}" for f in found if not any(touches(f, row) for row in rows)]
    core, fair = set(record["icd10"]["core"]), {*record["icd10"]["core"], *record["icd10"]["optional"]}
    shown = {d.code for d in proposal.diagnoses}
    near = {c[:3] for c in fair}
    out += [
        f"code too many: {'another of the category' if c[:3] in near else 'another category'}" for c in shown - fair
    ]
    out += [f"code missing: {'another of the category' if c[:3] in {s[:3] for s in shown} else 'nothing near'}" for c in core - shown]  # fmt: skip
    return out


def confusion(rows: Sequence[Judged], name: str = "level") -> list[str]:
    """Annotated levels down, proposed ones across, as lines."""
    count = Counter((r.annotated[name], r.proposed.get(name, "none")) for r in rows)
    across = (*LEVELS, "none")
    out = [f"{'annotated':16s}" + "".join(f"{p:>16s}" for p in across)]
    return out + [f"{a:16s}" + "".join(f"{count[a, p]:16d}" for p in across) for a in LEVELS]


def calibration(rows: Sequence[Judged], bins: int = 5) -> list[str]:
    """For each bin of confidence: notes, mean confidence, share that is defensible."""
    out = [f"{'confidence':14s}{'notes':>8s}{'mean':>8s}{'right':>8s}"]
    for n in range(bins):
        here = [r for r in rows if r.confidence is not None and min(int(r.confidence * bins), bins - 1) == n]
        if here:
            mean, right = sum(r.confidence or 0.0 for r in here) / len(here), sum(r.is_fair for r in here) / len(here)
            out.append(f"{n / bins:.1f} to {(n + 1) / bins:.1f}    {len(here):8d}{mean:8.2f}{right:8.2f}")
    return out


def risk_coverage(rows: Sequence[Judged], steps: int = 10) -> list[str]:
    """Share of notes taken by falling confidence, and the share of them whose level cannot be defended."""
    sure = sorted((r for r in rows if r.confidence is not None), key=lambda r: -(r.confidence or 0.0))
    out = [f"{'taken':>6s}{'not defensible':>16s}"]
    for n in range(1, steps + 1):
        taken = sure[: round(len(sure) * n / steps)]
        if taken:
            wrong = sum(not r.is_fair for r in taken) / len(taken)
            out.append(f"{n / steps:6.0%}{wrong:16.1%}  {'#' * round(40 * wrong)}")
    return out


def commonest(rows: Sequence[Judged], most: int = 15) -> list[str]:
    """The commonest kinds of error, with how often they occur."""
    count = Counter(kind for r in rows for kind in r.errors)
    return [f"{n:5d}  {kind}" for kind, n in sorted(count.items(), key=lambda item: (-item[1], item[0]))[:most]]
