"""The annotated notes as encounters: the contexts that the batch contract states, one split at a time.

Nothing of the notes is kept: what is written goes to a folder that the caller removes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

DAY = date(2026, 3, 2)
DATE = DAY.isoformat()
SETTINGS = {"ed": "emergency", "consult": "consultation_hospital", "nursing": "nursing_facility", "other": "office"}
"""Settings of the annotation by those of the contract, where the two differ (contract, last line of 'Out')."""
STAGED = {"inpatient", "observation", "consult", "nursing"}


def context_of(setting: str) -> dict[str, Any]:
    """The context of an annotated note of this setting.

    >>> context_of("ed")["setting"], context_of("consult")["stage"], context_of("office")["stage"]
    ('emergency', 'initial', None)
    """
    return {
        "date_of_service": DATE,
        "setting": SETTINGS.get(setting, setting),
        "patient_status": "established",
        "stage": "initial" if setting in STAGED else None,
    }


def sent(id: str, text: str, setting: str) -> dict[str, Any]:
    """A line of a batch: the text of an annotated note of this setting, in the context that the contract gives it.

    >>> sent("a", "Gout.", "office")["context"]["setting"]
    'office'
    """
    return {"id": id, "text": text, "context": context_of(setting)}


def encounters(corpus: Path, split: str) -> Iterator[dict[str, Any]]:
    """Lines of a batch for the notes of one split; raises ``OSError`` where the corpus is missing."""
    with corpus.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                record = json.loads(line)
                if record.get("split") == split:
                    yield sent(record["id"], record["text"], record["setting"])


def write_batch(corpus: Path, split: str, target: Path) -> int:
    """Write the batch of one split; returns the number of notes."""
    count = 0
    with target.open("w", encoding="utf-8") as out:
        for encounter in encounters(corpus, split):
            out.write(json.dumps(encounter, ensure_ascii=False) + "\n")
            count += 1
    return count
