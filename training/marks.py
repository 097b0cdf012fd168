"""Marks that are kept: what an encoder that did not learn from a note says of it.

The encoder that serves learned from every annotated note, so its marks of them are too good for the heads to learn from. ``make adapt`` makes two more:
one that learned from the reports and the invented notes marks ``train``, one that learned from ``train`` and the invented notes marks the reports. Kept in
``training/corpus/*_marks.safetensors.gz``: whole numbers of 1/255 by note id, no word of any note.

    python -m training.marks --encoder FOLDER --of dev      # writes the file of one corpus from an encoder's folder
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chartlight.note import Note
from models.encoder import Encoder, Marks, open_encoder
from models.windows import cut, kinds_of
from nlp.bridge import read
from nlp.reading import Reading
from training import corpora

ROOT = Path(__file__).resolve().parent.parent
KEPT = {
    "dev": ROOT / "training" / "corpus" / "train_marks.safetensors.gz",
    "ours": ROOT / "training" / "corpus" / "reports_marks.safetensors.gz",
}
"""The file of each corpus."""


def keep(notes: Sequence[corpora.AnnotatedNote], encoder: Encoder, path: Path) -> None:
    """Mark the notes and write the file."""
    from safetensors.numpy import save

    found = {}
    for note in notes:
        shares = encoder.mark(read(Note(note.id, note.text))).shares
        found[note.id] = np.round(shares * 255).astype(np.uint8)
    path.write_bytes(gzip.compress(save(found), 9, mtime=0))


def kept(paths: Iterable[Path] = tuple(KEPT.values())) -> Mapping[str, Any]:
    """The kept probabilities by note id, arrays (pieces, tags) of whole numbers of 1/255; a file that is missing adds none."""
    from safetensors.numpy import load

    return {id: a for path in paths if path.is_file() for id, a in load(gzip.decompress(path.read_bytes())).items()}


@dataclass(frozen=True, slots=True)
class Honest:
    """A marker for training: kept marks for the notes that ``encoder`` learned from, its own for all others, each note once."""

    encoder: Encoder
    shares: Mapping[str, Any]
    known: dict[str, Marks]

    def mark(self, reading: Reading) -> Marks:
        """The marks of the reading's note."""
        id = reading.note.id
        if id not in self.known:
            self.known[id] = self._mark(reading)
        return self.known[id]

    def _mark(self, reading: Reading) -> Marks:
        shares = self.shares.get(reading.note.id)
        if shares is None:
            return self.encoder.mark(reading)
        made = cut(reading.note.text, kinds_of(reading), self.encoder.tokenizer)
        if len(made.starts) != len(shares):
            raise ValueError(f"{reading.note.id}: the kept marks are of another text; make adapt writes them anew")
        return Marks(made.starts, made.ends, shares.astype(np.float32) / 255, self.encoder.tags)


def main(words: Sequence[str] | None = None) -> int:
    """Write the file; exit code 3 where a corpus is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with corpora/")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of an encoder that did not learn from them")
    parser.add_argument("--of", choices=tuple(KEPT), default="dev", help="the corpus that is marked")
    parser.add_argument("--out", type=Path, help="the file, where it is another one than the repository's")
    args = parser.parse_args(words)
    out = args.out or KEPT[args.of]
    try:
        notes = corpora.dev(args.shared) if args.of == "dev" else corpora.visits(args.shared)
    except corpora.CorpusMissing as error:
        print(f"marks: {error}", file=sys.stderr)
        return 3
    keep(notes, open_encoder(args.encoder, threads=2), out)
    print(f"marks: {len(notes)} notes, {out.stat().st_size / 1e6:.1f} MB in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
