"""The rivals: who marks a note best, with the same heads on top and the same notes to judge by.

Each rival learns from ``dev`` of ``train`` and ``invented`` and marks the annotated reports, which none has seen; heads and five folds are those of
``training/heads.py``. Compared are the patterns alone, patterns with a linear model over the words around each word, with a spaCy convolutional network
(``HashEmbedCNN``), and with the encoder of the same corpora: the one whose marks of the reports are kept (``training/marks.py``; the one that serves has seen them).

    make compare                                          # half an hour on two cores
    python -m training.compare --rivals patterns linear --notes 40

Prints one row a rival; the table in ``docs/figures.md`` is its output.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chartlight.codec import encode
from chartlight.note import Note
from models.encoder import Marker, Marks, encoder
from models.predictors import heads
from models.propose import load
from models.windows import SECTIONS, kinds_of
from nlp.bridge import read, tokenizable
from nlp.pipeline import pipeline
from nlp.reading import Reading
from training import corpora
from training.adapt import TAGS, targets
from training.corpora import AnnotatedNote
from training.heads import Recording, gather, proposals
from training.marks import KEPT, Honest, kept
from training.score import score_records

ROOT = Path(__file__).resolve().parent.parent
REACH = 5
"""Words on either side that the linear model sees."""
ROUNDS = 6
SEED = 7


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a note with their places, as ``targets`` asks for them: ``starts`` and ``ends`` (words,), code points."""

    starts: Any
    ends: Any


def words_of(reading: Reading) -> tuple[Any, Words]:
    """spaCy's document of the note, and its words."""
    doc = pipeline().make_doc(tokenizable(reading.note.text))
    starts = np.array([t.idx for t in doc], dtype=np.int64)
    ends = np.array([t.idx + len(t) for t in doc], dtype=np.int64)
    return doc, Words(starts, ends)


def _spread(notes: Sequence[AnnotatedNote]) -> Iterator[tuple[Reading, Any, Any, Any]]:
    for note in notes:
        reading = read(Note(note.id, note.text))
        doc, words = words_of(reading)
        wanted, asked = targets(note, words)  # type: ignore[arg-type]
        yield reading, doc, wanted, asked


def signs_of_words(reading: Reading, doc: Any) -> list[list[str]]:
    """For each word the signs of the linear model: the words around it with their distance, its ending, the section."""
    kinds = kinds_of(reading)
    lower = [t.lower_ for t in doc]
    out = []
    for n, t in enumerate(doc):
        here = [f"section {SECTIONS[int(kinds[t.idx])]}", f"ending {lower[n][-4:]}", "number" if t.like_num else "word"]
        for d in range(-REACH, REACH + 1):
            if 0 <= n + d < len(lower):
                here.append(f"{d} {lower[n + d]}")
                here.append(f"near {lower[n + d]}")
        for d in (-2, -1, 0, 1):
            if 0 <= n + d < len(lower) - 1:
                here.append(f"{d} {lower[n + d]} {lower[n + d + 1]}")
        out.append(here)
    return out


class Linear:
    """A logistic regression for each tag over hashed signs of the words around."""

    def __init__(self, notes: Sequence[AnnotatedNote]) -> None:
        from sklearn.feature_extraction import FeatureHasher
        from sklearn.linear_model import SGDClassifier

        self._hasher = FeatureHasher(2**20, input_type="string")
        rows: list[list[str]] = []
        wants = []
        for reading, doc, wanted, _ in _spread(notes):
            rows += signs_of_words(reading, doc)
            wants.append(wanted)
        given, want = self._hasher.transform(rows), np.concatenate(wants)
        self._of: list[Any] = []
        for n in range(len(TAGS)):
            if want[:, n].sum() < 5:
                self._of.append(None)
                continue
            model = SGDClassifier(
                "log_loss", alpha=3e-6, max_iter=8, tol=None, random_state=SEED, class_weight={0: 1.0, 1: 3.0}
            )
            self._of.append(model.fit(given, want[:, n]))

    def mark(self, reading: Reading) -> Marks:
        """The marks of one note."""
        doc, words = words_of(reading)
        given = self._hasher.transform(signs_of_words(reading, doc))
        shares = np.zeros((len(words.starts), len(TAGS)), dtype=np.float32)
        for n, model in enumerate(self._of):
            if model is not None and len(shares):
                shares[:, n] = model.predict_proba(given)[:, 1]
        return Marks(words.starts, words.ends, shares, TAGS)


class Convolution:
    """spaCy's hashed embeddings and convolutions with one logistic layer for the tags."""

    def __init__(self, notes: Sequence[AnnotatedNote]) -> None:
        from spacy.ml.models.tok2vec import build_hash_embed_cnn_tok2vec
        from thinc.api import Adam, Linear, Logistic, chain, fix_random_seed, with_array

        fix_random_seed(SEED)
        body = build_hash_embed_cnn_tok2vec(
            width=128, depth=4, embed_size=4000, window_size=1, maxout_pieces=3, subword_features=True, pretrained_vectors=None
        )  # fmt: skip
        self._model: Any = chain(body, with_array(chain(Linear(nO=len(TAGS)), Logistic())))
        spread = [(doc, wanted, asked) for _, doc, wanted, asked in _spread(notes) if len(doc)]
        self._model.initialize(X=[d for d, _, _ in spread[:5]], Y=[w for _, w, _ in spread[:5]])
        optimiser = Adam(0.001)
        order = random.Random(SEED)
        for _ in range(ROUNDS):
            order.shuffle(spread)
            for at in range(0, len(spread), 8):
                batch = spread[at : at + 8]
                said, back = self._model.begin_update([d for d, _, _ in batch])
                # a marked word weighs three times, as for the encoder
                back([(s - w) * a * np.where(w > 0, 3.0, 1.0).astype(np.float32) for s, (_, w, a) in zip(said, batch, strict=True)])  # fmt: skip
                self._model.finish_update(optimiser)

    def mark(self, reading: Reading) -> Marks:
        """The marks of one note."""
        doc, words = words_of(reading)
        shares = self._model.predict([doc])[0] if len(doc) else np.zeros((0, len(TAGS)), dtype=np.float32)
        return Marks(words.starts, words.ends, np.asarray(shares), TAGS)


def _encoder(_: Sequence[AnnotatedNote]) -> Marker:
    """The kept marks of the reports: the encoder that serves has learned from them, the one that made these marks has not."""
    found = encoder()
    if found is None:
        raise RuntimeError("no encoder: make adapt makes it")
    return Honest(found, kept((KEPT["ours"],)), {})


RIVALS: dict[str, Callable[[Sequence[AnnotatedNote]], Marker] | None] = {
    "patterns": None,
    "linear": Linear,
    "cnn": Convolution,
    "encoder": _encoder,
}


def judge(name: str, learned: Sequence[AnnotatedNote], judged: Sequence[AnnotatedNote], shared: Path) -> dict[str, Any]:
    """The scorer's figures of one rival."""
    make = RIVALS[name]
    if make is None:
        proposer = Recording()
        with heads.instead({}):
            found = {n.id: proposer.of_note(n) for n in judged}
    else:
        proposer = Recording(marker=Honest(make(learned), {}, {}))
        found = proposals(judged, gather(judged, proposer), proposer)
    records = [dict(n.record) | {"text": n.text} for n in judged]
    return score_records(records, {i: encode(p.proposal) for i, p in found.items()}, shared)


def row(name: str, s: dict[str, Any]) -> str:
    """One row of the table."""
    e, f = s["elements"], s["facts"]
    cells = [
        f"{s['mdm_exact']:.3f}", f"{s['mdm_defensible']:.3f}", f"{s['mdm_weighted_kappa']:.3f}",
        " / ".join(f"{e[k]['exact']:.2f}" for k in ("problems", "data", "risk")),
        " / ".join(f"{f[k]['f1']:.2f}" for k in ("problem", "data", "risk")),
        f"{f['problem']['nature_of_found']:.2f}", f"{s['icd10_f1']:.3f}",
    ]  # fmt: skip
    return f"| {name} | {' | '.join(cells)} |"


def main(words: Sequence[str] | None = None) -> int:
    """Compare and print; exit code 3 where a corpus is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--shared", type=Path, default=ROOT.parent / "shared", help="folder with corpora and evaluation"
    )
    parser.add_argument("--rivals", nargs="+", choices=RIVALS, default=list(RIVALS))
    parser.add_argument("--notes", type=int, help="at most so many notes of each corpus (smoke run)")
    args = parser.parse_args(words)
    try:
        learned = [n for c in (corpora.dev(args.shared), corpora.invented()) for n in c[: args.notes]]
        judged = corpora.visits(args.shared)[: args.notes]
    except corpora.CorpusMissing as error:
        print(f"compare: {error}", file=sys.stderr)
        return 3
    if "encoder" in args.rivals and any(n.id not in kept((KEPT["ours"],)) for n in judged):
        print("compare: some reports have no kept marks; make adapt writes them", file=sys.stderr)
        return 3
    load()
    print(f"{len(judged)} reports that no rival has seen; the learned ones learned from {len(learned)} notes\n")
    print("| rival | MDM exact | defensible | kappa | elements exact, problems / data / risk | facts F1, same order | nature right | ICD-10-CM F1 |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for name in args.rivals:
        print(row(name, judge(name, learned, judged, args.shared)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
