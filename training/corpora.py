"""The annotated notes: one form for every corpus, whatever it is kept in.

* ``dev``: ``../shared/corpora/dev.jsonl``, text with annotation (train and held_out; only ``train`` is ever handed out here).
* ``ours``: annotations of our own of reports in ``../shared/corpora/unlabelled.jsonl``, kept in ``training/corpus/reports.jsonl`` as offsets and
  digests: the text never enters the repository, a user's own copy of the reports is put beside them.
* ``invented``: notes that we invented, with their annotation, in ``training/corpus/invented/*.txt`` (the compact form of ``training.compact``).
* ``decisions``: confirmed decisions of the service, exported as JSON lines of text and annotation.

Every annotation follows ``../shared/annotation/GUIDELINES.md``. Nothing of a note is in a ``repr``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "training" / "corpus" / "reports.jsonl"
INVENTED = ROOT / "training" / "corpus" / "invented"
UNSEEN = ROOT / "training" / "corpus" / "unseen"
"""Invented notes that nothing learned from: what is measured on them is honest, and can be shown anywhere."""
ELEMENTS = ("problems", "data", "risk")


class CorpusMissing(FileNotFoundError):
    """A corpus that is not there; the message names the folder and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedNote:
    """A note with its annotation.

    ``record`` is the annotation in the form of the guidelines, every quotation with ``start`` and ``end`` (code points of ``text``).
    ``source`` is the corpus: dev, ours, invented or decisions.

    >>> note = AnnotatedNote(id="a", text="Gout.", source="invented", record={"setting": "office"})
    >>> "Gout" in repr(note)
    False
    """

    id: str
    source: str
    text: str = field(repr=False)
    record: Mapping[str, Any] = field(repr=False)

    @property
    def setting(self) -> str:
        """The setting, in the words of the guidelines (office, ed, consult ...)."""
        return str(self.record["setting"])


def digest(text: str) -> str:
    """The digest by which an annotation knows its text.

    >>> digest("Gout.")[:8]
    'd52f39c7'
    """
    return hashlib.sha256(text.encode()).hexdigest()


def dev(shared: Path, split: str = "train") -> list[AnnotatedNote]:
    """The annotated real notes of one split, in the order of the file.

    Raises ``CorpusMissing`` where the file is not there.
    """
    path = shared / "corpora" / "dev.jsonl"
    out = []
    for r in _lines(path):
        if r.get("split") == split:
            # what the file gives no offsets for (time) is placed here
            out.append(AnnotatedNote(id=r["id"], source="dev", text=r["text"], record=placed(r, r["text"])))
    return out


def ours(shared: Path, annotations: Path = REPORTS) -> list[AnnotatedNote]:
    """Our annotations of the sample reports, put beside the text of the user's own copy.

    An annotation whose report is not in the copy, or differs from the one that was annotated, is left out. Raises ``CorpusMissing``.
    """
    texts = {r["id"]: r["text"] for r in _lines(shared / "corpora" / "unlabelled.jsonl")}
    return list(beside(_lines(annotations), texts, "ours"))


def visits(shared: Path) -> list[AnnotatedNote]:
    """Our annotated reports that are visits (a bare procedure or test report is none). Raises ``CorpusMissing``."""
    return [note for note in ours(shared) if note.setting != "other"]


def beside(annotations: Iterable[Mapping[str, Any]], texts: Mapping[str, str], source: str) -> Iterator[AnnotatedNote]:
    """Annotations kept as offsets beside the texts that they are of, quotations filled in; others are left out.

    >>> row = {
    ...     "id": "a",
    ...     "sha256": digest("Gout."),
    ...     "setting": "office",
    ...     "risk": [{"start": 0, "end": 4, "kind": "none"}],
    ... }
    >>> [dict(n.record["risk"][0])["quote"] for n in beside([row], {"a": "Gout."}, "ours")]
    ['Gout']
    >>> list(beside([row], {"a": "Gout?"}, "ours"))
    []
    """
    for row in annotations:
        text = texts.get(row["id"])
        if text is not None and digest(text) == row["sha256"]:
            yield AnnotatedNote(id=row["id"], source=source, text=text, record=_quoted(row, text))


def as_offsets(note: AnnotatedNote) -> dict[str, Any]:
    """The annotation without a word of the note: offsets and the digest of the text, for ``beside``.

    >>> note = AnnotatedNote(
    ...     id="a",
    ...     source="dev",
    ...     text="Gout.",
    ...     record={"setting": "office", "risk": [{"quote": "Gout", "start": 0, "end": 4}]},
    ... )
    >>> as_offsets(note)["risk"]
    [{'start': 0, 'end': 4}]
    """
    bare: dict[str, Any] = {"id": note.id, "sha256": digest(note.text), "setting": note.setting}
    for name in ("problems", "other_mentions", "data", "risk"):
        rows = []
        for r in note.record.get(name, ()):
            row = {k: v for k, v in r.items() if k not in ("quote", "name", "support")}
            if r.get("support"):
                row["support"] = [[at, at + len(s)] for s in r["support"] if (at := note.text.rfind(s)) >= 0]
            rows.append(row)
        bare[name] = rows
    time = note.record.get("time")
    bare["time"] = {k: v for k, v in time.items() if k != "quote"} if time else None
    return bare | {k: note.record[k] for k in ("levels", "defensible", "icd10") if k in note.record}


def _quoted(row: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The annotation with its quotations, read from the text at their offsets."""
    out = {k: v for k, v in row.items() if k != "sha256"}
    for name in ("problems", "other_mentions", "data", "risk"):
        rows = []
        for r in row.get(name, ()):
            one = dict(r) | {"quote": text[r["start"] : r["end"]]}
            if "support" in r:
                one["support"] = [text[s:e] for s, e in r["support"]]
            rows.append(one)
        out[name] = rows
    time = row.get("time")
    out["time"] = dict(time) | {"quote": text[time["start"] : time["end"]]} if time else None
    return out


def placed(record: dict[str, Any], text: str) -> dict[str, Any]:
    """A record whose quotations have no offsets, with them: the last occurrence for problems, the first elsewhere (guidelines).

    Raises ``ValueError`` for a quotation that is not in the text.
    """
    out = dict(record)
    for name in ("problems", "other_mentions", "data", "risk"):
        rows = []
        for r in record.get(name, ()):
            if not r["quote"]:
                continue
            at = r.get("start", text.rfind(r["quote"]) if name == "problems" else text.find(r["quote"]))
            if at < 0:
                raise ValueError(f"{record.get('id')}: a quotation under {name!r} is not in the text")
            rows.append(dict(r) | {"start": at, "end": at + len(r["quote"])})
        out[name] = rows
    if record.get("time"):
        at = text.find(record["time"]["quote"])
        if at < 0:
            raise ValueError(f"{record.get('id')}: the quotation of the time is not in the text")
        out["time"] = dict(record["time"]) | {"start": at, "end": at + len(record["time"]["quote"])}
    return out


def invented(folder: Path = INVENTED) -> list[AnnotatedNote]:
    """The notes that we invented, by file and place in it. Raises ``ValueError`` with file and note for a malformed one."""
    from training.compact import read_notes

    out = []
    for path in sorted(folder.glob("*.txt")):
        for text, record in read_notes(path):
            out.append(AnnotatedNote(id=record["id"], source="invented", text=text, record=placed(record, text)))
    return out


def unseen() -> list[AnnotatedNote]:
    """The invented notes that no weight learned from."""
    return invented(UNSEEN)


def decisions(path: Path) -> list[AnnotatedNote]:
    """Confirmed decisions that the service exported for training: JSON lines with ``id``, ``text`` and the annotation."""
    return [AnnotatedNote(id=r["id"], source="decisions", text=r["text"], record=r) for r in _lines(path)]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise CorpusMissing(f"{path} is missing; SHARED=/path names the folder with corpora/, --help tells the others")
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
