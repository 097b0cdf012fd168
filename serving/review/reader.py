"""The reader of this process: proposes, and lists services that are never proposed, one encounter at a time."""

from __future__ import annotations

import threading
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from chartlight import Encounter, Proposal
from models.propose import Proposer
from nlp.pipeline import warm_up
from serving.review.seen import services_seen


class LocalReader:
    """``models.propose`` behind a lock: spaCy's pipeline keeps state while it reads, so threads take turns."""

    def __init__(self, time_zone: str = "UTC") -> None:
        zone = ZoneInfo(time_zone)

        def today() -> date:
            return datetime.now(zone).date()

        self._proposer = Proposer(today=today)
        self._turn = threading.Lock()

    def warm_up(self) -> None:
        """Load tables and models, and read one sentence, so that the first visit does not wait."""
        from chartlight import EncounterContext, Note

        with self._turn:
            warm_up()
            words = Note("warm-up", "Assessment: hypertension. Plan: continue lisinopril.")  # invented
            self._proposer.propose(Encounter.of(words, EncounterContext(date_of_service=date(2026, 3, 2))))

    def propose(self, encounter: Encounter) -> Proposal:
        """The proposal; raises ``models.propose.UnreadableNote``."""
        with self._turn:
            return self._proposer.propose(encounter)

    def seen(self, encounter: Encounter) -> list[dict[str, Any]]:
        """Services that the documents tell of."""
        with self._turn:
            return services_seen(encounter)
