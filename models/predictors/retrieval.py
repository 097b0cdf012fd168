"""Candidates from the whole code set by their words: BM25 over descriptions, inclusion terms and our names.

Source: Robertson & Zaragoza 2009 (BM25), as implemented by the ``bm25s`` package. One document per description, inclusion term or
name; sides and 7th characters are left out of the index (the resolver reads them), which makes it three times smaller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import bm25s
import numpy as np

from chartlight.catalogue import Catalogue
from nlp import lexicon
from nlp.fold import fold

SIDES = frozenset({"left", "right", "bilateral", "unilateral"})
NEUTRAL = frozenset(
    fold(
        "unspecified other not elsewhere classified of the in and or with without to due by for on as a an nos nec type "
        "disorder disease specified mention side site part condition status initial subsequent encounter sequela closed routine "
        "healing complication syndrome current organism pattern any"
    )
)
"""Words of descriptions that carry no meaning of their own when code and note are compared."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A code found by its words, with the BM25 score."""

    code: str
    score: float


class Index:
    """The searchable code set; built at first use (about a second).

    ``search`` returns codes at the level above side and 7th character: billable codes or stems that the resolver takes further.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @cached_property
    def _documents(self) -> tuple[list[str], list[tuple[str, ...]]]:
        codes: list[str] = []
        texts: list[tuple[str, ...]] = []
        seen: set[str] = set()
        for leaf in self._catalogue.billable():
            stem = self._stem(leaf)
            if stem in seen or stem[0] in "VWXY":
                continue
            seen.add(stem)
            entry = self._catalogue[stem]
            for text in (entry.description, *entry.inclusion_terms):
                words = tuple(w for w in fold(text) if w not in SIDES)
                if words:
                    codes.append(stem)
                    texts.append(words)
            for above in self._catalogue.ancestors(stem):
                if above in seen or above not in self._catalogue or "-" in above or len(above) < 3:
                    continue
                seen.add(above)
                for text in self._catalogue[above].inclusion_terms:
                    codes.append(above)
                    texts.append(fold(text))
        for key, names in lexicon.problems().items():
            for name in names:
                if not name.context and name.code in self._catalogue:
                    codes.append(name.code)
                    texts.append(key)
        return codes, texts

    def _stem(self, leaf: str) -> str:
        """The code without 7th character."""
        bare = leaf.replace(".", "")
        if len(bare) == 7:
            parent = self._catalogue[leaf].parent
            return parent if parent is not None else leaf
        return leaf

    @cached_property
    def _model(self) -> tuple[list[str], bm25s.BM25]:
        codes, texts = self._documents
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(w, len(vocabulary)) for w in text] for text in texts]
        model = bm25s.BM25(k1=1.2, b=0.5)
        model.index((ids, vocabulary), show_progress=False)
        return codes, model

    @cached_property
    def weights(self) -> dict[str, float]:
        """Inverse document frequency of every word of the index."""
        counts: dict[str, int] = {}
        _, texts = self._documents
        for text in texts:
            for word in set(text):
                counts[word] = counts.get(word, 0) + 1
        total = len(texts)
        return {word: math.log(1 + total / count) for word, count in counts.items()}

    def search(self, words: Sequence[str], k: int = 20) -> list[Hit]:
        """The ``k`` best codes for folded words, best first, each code once; empty when no word is known."""
        codes, model = self._model
        known = [w for w in words if w in model.vocab_dict and w not in SIDES]
        if not known:
            return []
        scores = model.get_scores(known)
        take = min(4 * k, len(scores))
        top = np.argpartition(scores, -take)[-take:]
        out: dict[str, float] = {}
        for n in sorted(top.tolist(), key=lambda n: (-float(scores[n]), codes[n])):
            if scores[n] > 0:
                out.setdefault(codes[n], float(scores[n]))
        return [Hit(code, score) for code, score in list(out.items())[:k]]
