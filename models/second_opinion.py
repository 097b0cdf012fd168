"""A second opinion on the three element levels, from the encoder's marks over the whole note; it never sets a level.

Idea: how many stretches of a note are marked as each kind of fact, and how strongly, tells the element levels without saying which facts they are. A head for
each element, fitted on annotated notes, gives the probability of every level; where it disagrees with what the rules determine from the facts, the
confidence falls and the person is told. Needs: marks, a determination. Gives: probabilities of levels, and the signs of the confidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chartlight import AnyFact, DataItem, Determination, Problem, RiskDecision
from chartlight.labels import DataNature, Level, Setting
from models.encoder import Marks
from models.predictors.heads import choosing, evidence, head

ELEMENTS = ("problems", "data", "risk")
_STRONG = 0.5
_MOST_RUNS = 6
_UNSURE = 0.2
_COUNTED = tuple(n.value for n in DataNature)


def signs_of_note(marked: Sequence[Marks], determination: Determination, setting: Setting | None) -> dict[str, float]:
    """The signs by which the heads of the elements judge a note; ``marked`` are the marks of its documents."""
    out: dict[str, float] = {f"setting {setting.value if setting else 'office'}": 1.0}
    for n, tag in enumerate(marked[0].tags):
        if tag.startswith(("nature:", "data:", "risk:")):
            top = max((float(m.shares[:, n].max()) for m in marked if len(m.shares)), default=0.0)
            out[f"top {tag}"] = evidence(top)
            out[f"runs {tag}"] = min(sum(1 for m in marked for _ in m.runs(tag, _STRONG)), _MOST_RUNS) / 3
    tests = sum(out.get(f"runs data:{n}", 0.0) for n in _COUNTED)
    out["runs of data"] = min(tests, 4.0)
    for least in (1, 2, 3):
        out[f"at least {least} of data"] = float(tests * 3 >= least - 0.01)
    if determination.mdm is not None:
        for e in ELEMENTS:
            out[f"determined {e} {getattr(determination.mdm, e).value}"] = 1.0
    return out


def opinion(signs: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """The probability of each level of each element; empty where no weights are shipped."""
    out = {}
    for e in ELEMENTS:
        weighing = choosing(f"level of {e}")
        if weighing is not None:
            out[e] = weighing.shares(signs)
    return out


def overall(shares: Mapping[str, Mapping[str, float]]) -> dict[Level, float]:
    """The probability of each overall level (the second highest of the three), as if the elements were independent.

    >>> sure = {e: {"low": 1.0} for e in ELEMENTS}
    >>> overall(sure)[Level.LOW]
    1.0
    """
    out = dict.fromkeys(Level, 0.0)
    for a, p in shares["problems"].items():
        for b, q in shares["data"].items():
            for c, r in shares["risk"].items():
                out[sorted((Level(a), Level(b), Level(c)))[1]] += p * q * r
    return out


def signs_of_confidence(
    determination: Determination, facts: Sequence[AnyFact], shares: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """What the confidence of a determined level rests on: how sure its facts are, and what the second opinion says of it."""
    mdm = determination.mdm
    assert mdm is not None
    whole = overall(shares)
    rank = list(Level).index(mdm.level)
    out = {
        f"level {mdm.level.value}": 1.0,
        "second opinion": evidence(whole[mdm.level]),
        "second opinion above": evidence(sum(p for level, p in whole.items() if list(Level).index(level) > rank)),
        "agree": sum(getattr(mdm, e) is mdm.level for e in ELEMENTS) - 2.0,
        "problems above risk": float(mdm.problems > mdm.risk),
        "risk above problems": float(mdm.risk > mdm.problems),
    }
    for e in ELEMENTS:
        out[f"second opinion on {e}"] = evidence(shares[e].get(getattr(mdm, e).value, 0.0))
    for name, kind in (("problems", Problem), ("data", DataItem), ("risk", RiskDecision)):
        sure = [f.confidence or 0.0 for f in facts if isinstance(f, kind) and getattr(f, "addressed", True)]
        out[f"surest of {name}"] = max(sure, default=0.0)
        out[f"unsure {name}"] = min(sum(abs(s - 0.5) < _UNSURE for s in sure), 3) / 3
        out[f"no {name}"] = float(not sure)
    return out


def confidence(signs: Mapping[str, float]) -> float | None:
    """Probability that a careful auditor would accept the level; None where no weights are shipped."""
    weighing = head("confidence of level")
    return round(weighing.share(signs), 4) if weighing else None


def disagrees(determination: Determination, shares: Mapping[str, Mapping[str, float]], least: float = 0.7) -> list[str]:
    """The elements on which the second opinion is sure of another level."""
    if determination.mdm is None:
        return []
    return [e for e in _known(shares) if _other(shares[e], getattr(determination.mdm, e).value) >= least]


def _known(shares: Mapping[str, Mapping[str, float]]) -> Iterable[str]:
    return (e for e in ELEMENTS if e in shares)


def _other(levels: Mapping[str, float], determined: str) -> float:
    return max((p for level, p in levels.items() if level != determined), default=0.0)
