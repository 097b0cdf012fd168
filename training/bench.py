"""Speed and size of the whole path, measured in one run: notes and words a second, one note, start-up, memory, two processes.

The ratio to the bare tokenizer on the same notes in the same run says how much of the time is ours, and can be compared between
machines; notes a processor second (loading and warm-up included) can be compared on a busy machine. The rules are measured by themselves:
one determination, from random facts, and their import. Notes are those of the split ``train``; where the corpora are missing, the invented notes of the demo repeated.

    python -m training.bench --shared ../shared [--notes 200] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chartlight import Encounter, decode_encounter
from training.notes import context_of, encounters

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = 5
FEW = 4
"""Notes of the short batch whose time is taken off the long one's: both start two workers."""
START = "import time; began = time.perf_counter(); from models.propose import load; load(); print(time.perf_counter() - began)"

RULES = "import time; began = time.perf_counter(); import rules.determine; print(time.perf_counter() - began)"
CASES = 5000
"""Random cases that one determination is measured on."""


def material(shared: Path, most: int) -> tuple[str, list[dict[str, Any]]]:
    """What is measured on, and the lines of the batch."""
    corpus = shared / "corpora" / "dev.jsonl"
    if corpus.is_file():
        return "annotated notes, split train", list(encounters(corpus, "train"))[:most]
    texts = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "serving" / "demo").glob("*.txt"))]
    lines = [{"id": f"e{n}", "text": texts[n % len(texts)], "context": context_of("office")} for n in range(most)]
    return "invented notes of the demo, repeated", lines


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def start_up() -> float:
    """Seconds from a fresh interpreter to a proposer that is loaded, imports included; the median of three."""
    command = [sys.executable, "-c", START]
    runs = [
        float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout) for _ in range(3)
    ]
    return statistics.median(runs)


def tokenizer(texts: Sequence[str]) -> float:
    """Seconds that scispaCy's tokenizer alone takes for the texts; the better of two passes."""
    import spacy
    from scispacy.custom_tokenizer import combined_rule_tokenizer

    bare = spacy.blank("en")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # a pattern of scispaCy's, about a later Python
        bare.tokenizer = combined_rule_tokenizer(bare)
    return min(seconds(lambda: [bare.make_doc(text) for text in texts]) for _ in range(2))


def one_process(found: Sequence[Encounter]) -> list[float]:
    """Seconds of every note in this process, after a few to warm up."""
    from models.propose import load

    proposer = load()
    for encounter in found[:WARM_UP]:
        proposer.propose(encounter)
    times = []
    for encounter in found:
        began = time.perf_counter()
        proposer.propose(encounter)
        times.append(time.perf_counter() - began)
    return times


def two_processes(lines: Sequence[dict[str, Any]]) -> float:
    """Seconds of ``chartlight batch --workers 2`` over the lines, start-up included."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.jsonl"
        source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        door = [sys.executable, "-m", "serving.cli", "batch", str(source), f"{folder}/out.jsonl", "--workers", "2"]
        return seconds(lambda: subprocess.run(door, cwd=ROOT, check=True, capture_output=True))


def rules_alone() -> tuple[float, float]:
    """Microseconds of processor time of one determination, the mean over random cases; seconds to import the rules, the median of three."""
    from rules.prove import prove

    runs = [
        float(
            subprocess.run([sys.executable, "-c", RULES], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        )
        for _ in range(3)
    ]
    return prove(CASES, seed=1).microseconds, statistics.median(runs)


def peak_megabytes() -> float:
    """Most memory that this process held, in MB of a million bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def measure(shared: Path, most: int) -> dict[str, Any]:
    """All figures by name; the name carries the unit."""
    what, lines = material(shared, most)
    found = [decode_encounter(line) for line in lines]
    texts = [line["text"] for line in lines]
    words = sum(len(text.split()) for text in texts)
    begun = start_up()
    bare = tokenizer(texts)
    busy = time.process_time()
    times = one_process(found)
    busy = time.process_time() - busy
    peak = peak_megabytes()
    total = sum(times)
    both, few = two_processes(lines), two_processes(lines[:FEW])
    one_determination, imported = rules_alone()
    return {
        "material": what,
        "notes": len(lines),
        "words": words,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "notes_per_second": round(len(lines) / total, 1),
        "words_per_second": round(words / total),
        "notes_per_processor_second": round((len(lines) + min(WARM_UP, len(lines))) / busy, 1),
        "p50_ms": round(1000 * statistics.median(times), 1),
        "p95_ms": round(1000 * statistics.quantiles(times, n=20)[-1], 1),
        "start_up_s": round(begun, 2),
        "peak_memory_mb": round(peak),
        "tokenizer_words_per_second": round(words / bare),
        "ratio_to_tokenizer": round(total / bare, 1),
        "two_workers_notes_per_second": round((len(lines) - len(lines[:FEW])) / max(both - few, 1e-6), 1),
        "two_workers_with_start_up_notes_per_second": round(len(lines) / both, 1),
        "determination_ms": round(one_determination / 1000, 3),
        "rules_import_s": round(imported, 3),
    }


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with the corpora")
    parser.add_argument("--notes", type=int, default=200, help="at most so many notes (200)")
    parser.add_argument("--json", action="store_true", help="one line")
    args = parser.parse_args(words)
    found = measure(args.shared, args.notes)
    if args.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name.replace('_', ' '):<44} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
