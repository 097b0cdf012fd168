"""Faithfulness: whether a proposal rests on the words that it quotes.

Two readings of every note beside the whole one: *without* the quoted words (each is blanked, offsets stay) and *only* the sentences that hold a quotation,
with the headings. A faithful proposal changes without them and stays with them alone. Method: sufficiency and comprehensiveness of rationales
(DeYoung et al. 2020, ERASER), here on the decisions themselves: level, element levels, codes.

    python -m training.faithful --shared ../shared [--notes 50]     # make faithful
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from chartlight import Proposal, decode_encounter
from chartlight.note import Note, Span
from models.propose import Proposer, load
from nlp.bridge import read
from nlp.reading import Reading
from training import corpora
from training.corpora import ELEMENTS, AnnotatedNote
from training.notes import sent

ROOT = Path(__file__).resolve().parent.parent


def blanked(text: str, spans: Iterable[Span]) -> str:
    """The text with the letters and digits of the spans as blanks; line ends stay, so that nothing else moves.

    >>> blanked("Gout, worse.", [Span(0, 4)])
    '    , worse.'
    """
    out = list(text)
    for span in spans:
        for n in range(span.start, span.end):
            if not out[n].isspace():
                out[n] = " "
    return "".join(out)


def quoted_only(reading: Reading, spans: Sequence[Span]) -> str:
    """The note with every sentence blanked that holds none of the spans; headings stay."""
    kept = [s.span for s in reading.sentences if any(s.span.start < q.end and q.start < s.span.end for q in spans)]
    kept += [*spans, *(s.heading for s in reading.sections if s.heading is not None)]
    text = reading.note.text
    out = list(blanked(text, [Span(0, len(text))]))
    for span in kept:
        out[span.start : span.end] = text[span.start : span.end]
    return "".join(out)


def quotations(proposal: Proposal) -> list[Span]:
    """The places of all words that the proposal quotes: of the facts and of the codes that are shown."""
    facts = {e.span for fact in proposal.facts for e in fact.evidence}
    return sorted(facts | {e.span for d in proposal.diagnoses for e in d.evidence}, key=lambda s: (s.start, s.end))


def propose(proposer: Proposer, note: AnnotatedNote, text: str) -> Proposal:
    """The proposal for a text in the context of the note."""
    return proposer.propose(decode_encounter(sent(note.id, text, note.setting)))


def levels(proposal: Proposal) -> dict[str, str]:
    """The level and the element levels; nothing for a note without any."""
    mdm = proposal.determination.mdm
    return {"level": mdm.level.value} | {e: getattr(mdm, e).value for e in ELEMENTS} if mdm else {}


def codes(proposal: Proposal) -> set[str]:
    """The codes that are shown."""
    return {d.code for d in proposal.diagnoses}


def compare(whole: Proposal, other: Proposal) -> Counter[str]:
    """Counts of what both have: levels that are the same, codes that stay, come and go."""
    count: Counter[str] = Counter(notes=1)
    before, after = levels(whole), levels(other)
    for name, value in before.items():
        count[name] += value == after.get(name)
    count["codes"] += len(codes(whole))
    count["codes kept"] += len(codes(whole) & codes(other))
    count["codes new"] += len(codes(other) - codes(whole))
    return count


def measure(notes: Sequence[AnnotatedNote], proposer: Proposer) -> dict[str, Counter[str]]:
    """The counts over the notes that have a level, for ``only`` (quoted sentences alone) and ``without`` (quotations blanked)."""
    out = {"only": Counter[str](), "without": Counter[str]()}
    for note in notes:
        whole = propose(proposer, note, note.text)
        spans = quotations(whole)
        if not levels(whole) or not spans:
            continue
        reading = read(Note(note.id, note.text))
        for name, text in (("only", quoted_only(reading, spans)), ("without", blanked(note.text, spans))):
            out[name] += compare(whole, propose(proposer, note, text)) if text.strip() else Counter(notes=1)
    return out


def table(counts: dict[str, Counter[str]]) -> list[str]:
    """The figures as lines, in percent."""
    names = ("level", *ELEMENTS)
    out = [f"{'':34s}{'quoted sentences alone':>24s}{'without the quotations':>24s}"]
    for name in names:
        shares = [100 * c[name] / max(1, c["notes"]) for c in counts.values()]
        out.append(f"{'same ' + name:34s}" + "".join(f"{s:22.1f} %" for s in shares))
    for name in ("codes kept", "codes new"):
        shares = [100 * c[name] / max(1, c["codes"]) for c in counts.values()]
        out.append(f"{name + ', of the codes':34s}" + "".join(f"{s:22.1f} %" for s in shares))
    first = next(iter(counts.values()))
    return [*out, f"{first['notes']} notes, {first['codes']} codes"]


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; exit code 3 where the corpus is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with corpora/")
    parser.add_argument("--notes", type=int, help="at most so many notes")
    parser.add_argument("--invented", action="store_true", help="our invented notes instead of train")
    args = parser.parse_args(words)
    try:
        notes = (corpora.invented() if args.invented else corpora.dev(args.shared))[: args.notes]
    except corpora.CorpusMissing as error:
        print(f"faithful: {error}", file=sys.stderr)
        return 3
    print("\n".join(table(measure(notes, load()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
