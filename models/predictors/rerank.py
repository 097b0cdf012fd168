"""Which of several codes a coder would choose for a problem: a learned reranker over named signs.

Idea: name and words propose a first code; what the code set's words say beside it, its neighbours and what the block and the note tell may speak for another.
The head ``code`` weighs each candidate: how far the problem's words carry it, what of it only the block or the note says, side and 7th character, and how
often coders used it in the annotated notes (``codes used``). Needs: the first choice, candidates, the words around. Gives: the candidates, best first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chartlight.catalogue import Catalogue
from models.predictors.heads import head
from models.predictors.retrieval import NEUTRAL, SIDES
from models.predictors.specificity import Leaf, Said, leaf, widen

_RARE = 6.0
"""Weight of a word that the code set does not know."""
_OTHER = frozenset({"other"})


@dataclass(frozen=True, slots=True)
class Around:
    """The words by which codes are compared: of the problem's phrase, of the sentences that deal with it, of the whole note."""

    phrase: frozenset[str]
    block: frozenset[str]
    note: frozenset[str]


@dataclass(frozen=True, slots=True)
class First:
    """The code that stands before the reranking, its score (0 to 1), how it was found, and whether a reason was given (decided by words of the block, or left unspecified)."""

    code: str
    score: float
    by_name: bool
    has_reason: bool


@lru_cache(maxsize=65536)
def _meaning(catalogue: Catalogue, code: str) -> frozenset[str]:
    """The words of a code that carry meaning, without side and numbers."""
    words = leaf(catalogue, code).words - NEUTRAL - SIDES - _OTHER
    return frozenset(w for w in words if not w.replace(".", "").isdigit())


def _share(part: frozenset[str], whole: frozenset[str], weights: Mapping[str, float]) -> float:
    """How much of ``whole`` (by rarity) lies in ``part``; 1 for an empty whole."""
    total = sum(weights.get(w, _RARE) for w in whole)
    return sum(weights.get(w, _RARE) for w in whole & part) / total if total else 1.0


def signs_of_code(
    code: str, first: First, around: Around, said: Said, catalogue: Catalogue, weights: Mapping[str, float], used: Mapping[str, float]
) -> dict[str, float]:  # fmt: skip
    """The signs by which the head ``code`` weighs one candidate; ``weights`` are word rarities, ``used`` log counts by code and category."""
    found, other = leaf(catalogue, code), leaf(catalogue, first.code)
    words, instead = _meaning(catalogue, code), _meaning(catalogue, first.code)
    wanted = frozenset(w for w in around.phrase if w not in NEUTRAL and w not in SIDES)
    out: dict[str, float] = {}
    if code == first.code:
        out["first"] = 1.0
        out["first by name" if first.by_name else "first by words"] = 1.0
        out["first, sure"] = first.score
        out["first, with a reason"] = float(first.has_reason)
    else:
        out["covers more"] = _share(widen(words), wanted, weights) - _share(widen(instead), wanted, weights)
        for name, part in (("phrase", around.phrase), ("block", around.block), ("note", around.note)):
            out[f"said by {name}, more"] = _share(part, words, weights) - _share(part, instead, weights)
        added, lost = words - instead, instead - words
        out["adds nothing"] = float(not added)
        for name, part in (("phrase", around.phrase), ("block", around.block), ("note", around.note)):
            out[f"all it adds is said by {name}"] = float(bool(added) and added <= part)
        out["adds what nobody says"] = float(len(added - around.note)) / 3
        out["loses what the phrase says"] = float(len(lost & around.phrase)) / 3
        out["loses what the note does not say"] = float(len(lost - around.note)) / 3
        out["used more"] = (used.get(code, 0.0) - used.get(first.code, 0.0)) / 3
        out["category used more"] = (used.get(code[:3], 0.0) - used.get(first.code[:3], 0.0)) / 3
        out["same category"] = float(code[:3] == first.code[:3])
        out["same subcategory"] = float(code[:5] == first.code[:5])
        out["less unspecified"] = float(other.is_unspecified) - float(found.is_unspecified)
    out["covers"] = _share(widen(words), wanted, weights)
    out["said by block"] = _share(around.block, words, weights)
    out["used"] = used.get(code, 0.0) / 3
    out["unspecified"] = float(found.is_unspecified)
    out["other specified"] = float(bool(_OTHER & found.words))
    out.update(dict.fromkeys(_side_and_episode(found, said), 1.0))
    return out


def _side_and_episode(found: Leaf, said: Said) -> list[str]:
    out = []
    if found.sides:
        out.append("side said" if said.side in found.sides else "side against" if said.side else "side unsaid")
    elif said.side and found.is_unspecified:
        out.append("side left open")
    if found.seventh:
        out.append("episode fits" if found.seventh == said.episode else "episode against")
    return out


def ranked(
    candidates: Sequence[str], first: First, around: Around, said: Said, catalogue: Catalogue, weights: Mapping[str, float]
) -> list[str]:  # fmt: skip
    """The candidates, best first; as they came where no weights are shipped."""
    weighing, used = head("code"), head("codes used")
    if weighing is None or used is None:
        return list(candidates)
    scores = {
        c: weighing.score(signs_of_code(c, first, around, said, catalogue, weights, used.weights)) for c in candidates
    }
    return sorted(candidates, key=lambda c: -scores[c])
