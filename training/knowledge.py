"""What the knowledge tables hold and what they are worth: counts, coverage of annotated quotations, the gain of each table, samples to read.

``make knowledge`` prints counts and coverage; the gain by ablation takes half a minute a table and is asked for by itself.

    python -m training.knowledge                                 counts, and coverage of train
    python -m training.knowledge --missing problems              quotations of train that no table knows
    python -m training.knowledge --ablation [--table drugs]      scores on train with one table withheld at a time
    python -m training.knowledge --sample drugs --n 120 --seed 1 entries beside the catalogue's words, for a person to read
    python -m training.knowledge --held-out                      coverage of the held-out notes, as bare counts; once per report

A quotation is **known** when its folded words hold a phrase of the table: for problems a name (``whole``: a reading of it lies in the category
of an annotated code), for tests a name or a modality of imaging, for drugs a name or class. Drugs are looked for in the quotations of
prescription, over-the-counter and parenteral controlled drugs; those that **name** none ("will continue her treatment as planned") are
left out of the second figure: they hold no word that our tables, patterns and the code set use nowhere.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from chartlight.labels import EntityLabel
from nlp import compiled, lexicon
from nlp.fold import fold
from nlp.pipes.mentions import phrases
from nlp.tables import PATTERNS, rows
from rules.codesets.reader import open_release
from training.ablation import FIGURES, WITHHELD, gains

ROOT = Path(__file__).resolve().parent.parent
DAY = date(2026, 5, 1)
DRUG_KINDS = ("rx_management", "otc_drug", "parenteral_controlled")
TEST_KINDS = ("test_reviewed", "test_ordered")
ELEMENTS = ("problems", "tests", "drugs")
WANTED = {"problems": 0.90, "tests": 0.90, "drugs named": 0.95}
"""Coverage that the tables are to reach on ``train``; on ``held_out`` not more than 8 points fewer."""


def counts() -> dict[str, int]:
    """Entries of every table, by its name.

    >>> counts()["problems"] > 8000
    True
    """
    tables = compiled.load()
    return {name: len(tables.lines(name)) for name in compiled.FORMS}


@dataclass(frozen=True, slots=True)
class Quoted:
    """An annotated quotation, the element that it belongs to, and the codes of a problem."""

    element: str
    quote: str
    codes: tuple[str, ...] = ()


def quoted(corpus: Path, split: str) -> Iterator[Quoted]:
    """The quotations that the tables should know: addressed problems, tests, drugs."""
    with corpus.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record.get("split") != split:
                continue
            for problem in record["problems"]:
                if problem["addressed"]:
                    yield Quoted("problems", problem["quote"], (*problem["icd10"], *problem.get("alt", ())))
            yield from (Quoted("tests", item["quote"]) for item in record["data"] if item["kind"] in TEST_KINDS)
            yield from (Quoted("drugs", item["quote"]) for item in record["risk"] if item["kind"] in DRUG_KINDS)


_LABELS = {
    "problems": {EntityLabel.PROBLEM.value},
    "tests": {EntityLabel.TEST.value, "modality"},
    "drugs": {EntityLabel.DRUG.value},
}


def is_known(quotation: Quoted) -> bool:
    """Whether the words hold a phrase of the table.

    >>> is_known(Quoted("drugs", "Start Norvasc 5 mg")), is_known(Quoted("drugs", "Continue as planned"))
    (True, False)
    """
    return any(f.label in _LABELS[quotation.element] for f in phrases().match(fold(quotation.quote)))


def is_whole(quotation: Quoted) -> bool:
    """Whether a name in the quotation has a reading in the category of an annotated code.

    >>> is_whole(Quoted("problems", "poorly controlled htn", ("I10",)))
    True
    """
    wanted = {code[:3] for code in quotation.codes}
    return any(
        reading.code[:3] in wanted
        for f in phrases().match(fold(quotation.quote))
        if f.label == EntityLabel.PROBLEM.value
        for reading in lexicon.problems().get(f.key, ())
    )


@cache
def _ordinary() -> frozenset[str]:
    """Words that the tables, the patterns or the code set use: a word that is none of them may be the name of a drug."""
    words: set[str] = set()
    for name in (*compiled.IN_NOTES, "abbreviations"):
        if name != "drugs":
            words.update(w for phrase in compiled.load().lines(name) for w in phrase.split(" "))
    for path in PATTERNS.glob("*.toml"):
        words.update(fold(path.read_text(encoding="utf-8")))
    catalogue = open_release(DAY)
    for code in catalogue.entries():
        words.update(fold(catalogue[code].description))
    return frozenset(words)


def names_something(quotation: Quoted) -> bool:
    """Whether a word of the quotation may be a name that we do not know."""
    return any(len(w) > 3 and w.isalpha() and w not in _ordinary() for w in fold(quotation.quote))


def coverage(found: Sequence[Quoted]) -> dict[str, tuple[int, int]]:
    """Known and all quotations by element; ``problems whole`` and ``drugs named`` are the stricter figures.

    >>> coverage([Quoted("tests", "CBC normal"), Quoted("tests", "looked fine")])["tests"]
    (1, 2)
    """
    out: dict[str, tuple[int, int]] = {}
    for element in ELEMENTS:
        here = [q for q in found if q.element == element]
        out[element] = sum(map(is_known, here)), len(here)
        if element == "problems":
            out["problems whole"] = sum(map(is_whole, here)), len(here)
        if element == "drugs":
            named = [q for q in here if is_known(q) or names_something(q)]
            out["drugs named"] = sum(map(is_known, named)), len(named)
    return out


def _print_coverage(split: str, found: Mapping[str, tuple[int, int]]) -> None:
    print(f"\nknown quotations of {split}")
    for name, (known, all_) in found.items():
        share = known / all_ if all_ else 0.0
        goal = f"  (wanted {WANTED[name]:.0%})" if name in WANTED and split == "train" else ""
        print(f"  {name:<20} {known:>5} of {all_:>5}  {share:.1%}{goal}")


SAMPLED: Mapping[str, tuple[str, str]] = {
    "names": ("names", "*.tsv"),
    "abbreviations": ("abbreviations", "*.tsv"),
    "drugs": ("drugs", "drugs.tsv"),
    "tests": ("tests", "tests.tsv"),
    "procedures": ("procedures", "*.tsv"),
    "clinicians": ("people", "clinicians.tsv"),
    "relatives": ("people", "relatives.tsv"),
    "documents": ("people", "sources.tsv"),
    "categories": ("problems", "categories.tsv"),
    "integral": ("problems", "integral.tsv"),
}
"""Tables that are read in samples, and their files."""


def sample(table: str, n: int, seed: int) -> Iterator[str]:
    """A random sample of the rows of a table for a person to read, every code with the catalogue's own words.

    >>> len(list(sample("procedures", 3, 1)))
    3
    """
    catalogue = open_release(DAY)
    found = list(rows(*SAMPLED[table]))
    for number, row in enumerate(random.Random(seed).sample(found, min(n, len(found))), 1):
        told = []
        for column, value in row.items():
            codes = [part for part in value.replace(",", " ").split() if part in catalogue]
            described = "; ".join(f"{code} {catalogue[code].description}" for code in codes)
            told += [f"{column}: {value}{f' [{described}]' if described else ''}"] if value else []
        yield f"{number}. " + " | ".join(told)


def main(words: Sequence[str] | None = None) -> int:
    """Print what is asked for; exit 3 where the annotated notes are missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with corpora and scorer")
    parser.add_argument("--missing", choices=ELEMENTS, help="quotations of train that the table does not know")
    parser.add_argument("--ablation", action="store_true", help="the gain of each table on train")
    parser.add_argument("--table", choices=WITHHELD, action="append", help="only this table (may be repeated)")
    parser.add_argument("--notes", type=int, default=0, metavar="N", help="ablation on N random notes of train (all)")
    parser.add_argument("--sample", choices=SAMPLED, help="a random sample to read")
    parser.add_argument("--n", type=int, default=120, help="entries of the sample (120)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--held-out", action="store_true", help="coverage of the held-out notes: once per report")
    args = parser.parse_args(words)
    if args.sample:
        print("\n".join(sample(args.sample, args.n, args.seed)))
        return 0
    corpus = args.shared / "corpora" / "dev.jsonl"
    if (args.missing or args.ablation or args.held_out) and not corpus.is_file():
        print(f"knowledge: {corpus} is missing; --shared names the folder", file=sys.stderr)
        return 3
    if args.missing:
        missing = (q for q in quoted(corpus, "train") if q.element == args.missing and not is_known(q))
        print("\n".join(" ".join(q.quote.split()) for q in missing))
    elif args.ablation:
        _print_gains(gains(args.shared, args.table or list(WITHHELD), args.notes, args.seed))
    elif args.held_out:
        _print_coverage("held_out", coverage(list(quoted(corpus, "held_out"))))
    else:
        print("entries (folded names or codes)")
        for name, count in counts().items():
            print(f"  {name:<20} {count:>7,}")
        if corpus.is_file():
            _print_coverage("train", coverage(list(quoted(corpus, "train"))))
    return 0


def _print_gains(found: Iterator[tuple[str, Mapping[str, float]]]) -> None:
    whole: Mapping[str, float] = {}
    print(f"{'withheld':<16}" + "".join(f"{name:>22}" for name in FIGURES))
    for name, figures in found:
        whole = whole or figures
        cells = (
            f"{figures[f]:.3f}" + (f" ({figures[f] - whole[f]:+.3f})" if figures is not whole else "") for f in FIGURES
        )
        print(f"{name:<16}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


if __name__ == "__main__":
    sys.exit(main())
