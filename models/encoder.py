"""The encoder as it serves: int8 ONNX, one pass over a note, and what it marks.

Idea: a small transformer (``training/adapt.py``) gives for every word piece the probability of each tag: an addressed problem and its nature, each kind
of data and of risk, a mention that must not be coded. Predictors ask for a stretch of the note and get the tags' probabilities there; patterns stay
the source of candidates where they are surer. The weights stand in ``models/weights/encoder``; their digests are checked before they are opened.
Needs: a reading. Gives: ``Marks``. Without torch; onnxruntime and tokenizers only, loaded when a note first needs them.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from chartlight.note import Span
from models.windows import cut, kinds_of
from nlp.reading import Reading

FOLDER = Path(__file__).parent / "weights" / "encoder"
FILES = ("encoder.onnx", "tokenizer.json")


_DISABLED = ["SkipLayerNormFusion"]
"""The joined kernel of sum and normalisation takes longer than the two by themselves (onnxruntime 1.32 on AVX-512: a tenth of the whole)."""


class WrongWeights(RuntimeError):
    """A file of weights is not the one that its card names."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What the encoder marks in one note.

    ``starts`` and ``ends`` (pieces,) are code points; ``shares`` (pieces, tags) probabilities from 0 to 1; ``tags`` their names.
    """

    starts: Any
    ends: Any
    shares: Any
    tags: tuple[str, ...]

    def column(self, tag: str) -> int:
        """The column of a tag; raises ``ValueError`` for one that is not known."""
        return self.tags.index(tag)

    def pieces(self, span: Span) -> slice:
        """The pieces that touch a stretch of the note."""
        first = int(np.searchsorted(self.ends, span.start, side="right"))
        last = int(np.searchsorted(self.starts, span.end, side="left"))
        return slice(first, max(first, last))

    def highest(self, span: Span) -> Any:
        """The highest probability of each tag in the stretch, shape (tags,); zeros where no piece lies in it."""
        inside = self.shares[self.pieces(span)]
        return inside.max(axis=0) if len(inside) else np.zeros(len(self.tags), dtype=np.float32)

    def mean(self, span: Span) -> Any:
        """The mean probability of each tag in the stretch, shape (tags,)."""
        inside = self.shares[self.pieces(span)]
        return inside.mean(axis=0) if len(inside) else np.zeros(len(self.tags), dtype=np.float32)

    def runs(self, tag: str, least: float, gap: int = 1) -> Iterator[tuple[Span, float]]:
        """Stretches whose pieces all have at least ``least`` of the tag (``gap`` pieces between may have less), with their highest probability."""
        share = self.shares[:, self.column(tag)]
        at = np.flatnonzero(share >= least)
        first = 0
        for n in range(1, len(at) + 1):
            if n == len(at) or at[n] - at[n - 1] > gap + 1:
                a, b = int(at[first]), int(at[n - 1])
                yield Span(int(self.starts[a]), int(self.ends[b])), float(share[a : b + 1].max())
                first = n


class Marker(Protocol):
    """What marks a note; ``Encoder`` is the one that serves, training hands over marks that it keeps."""

    def mark(self, reading: Reading) -> Marks:
        """The marks of one document."""
        ...


@dataclass(frozen=True, slots=True)
class Encoder:
    """Session, tokenizer and tags; made by ``open_encoder``."""

    session: Any
    tokenizer: Any
    tags: tuple[str, ...]

    def mark(self, reading: Reading) -> Marks:
        """One pass over the note; the windows of a long note go through one by one, so that memory stays flat."""
        made = cut(reading.note.text, kinds_of(reading), self.tokenizer)
        marks = []
        for n in range(len(made.ids)):
            width = int(made.mask[n].sum())
            given = {"ids": made.ids[n : n + 1, :width], "sections": made.sections[n : n + 1, :width]}
            (out,) = self.session.run(["marks"], given)
            marks.append(out[0][made.columns[made.rows == n]])
        scores = np.concatenate(marks)
        with np.errstate(over="ignore"):
            shares = 1.0 / (1.0 + np.exp(-scores))
        return Marks(made.starts, made.ends, shares, self.tags)


def open_encoder(folder: Path = FOLDER, threads: int = 1) -> Encoder:
    """The encoder whose weights lie in ``folder``; raises ``WrongWeights`` when a digest differs from the card's."""
    import onnxruntime
    from tokenizers import Tokenizer

    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    for name in FILES:
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != card["files"][name]:
            raise WrongWeights(
                f"{folder / name}: the digest is not the one of card.json; install Chartlight anew or run make adapt"
            )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"], disabled_optimizers=_DISABLED
    )
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Encoder(session, tokenizer, tuple(card["tags"]))


@cache
def encoder() -> Encoder | None:
    """The encoder of this process; None where no weights are shipped."""
    if not (FOLDER / "card.json").is_file():
        return None
    # a worker of a batch has the other processor's worker beside it
    is_worker = multiprocessing.parent_process() is not None
    return open_encoder(threads=1 if is_worker else min(2, os.cpu_count() or 1))
