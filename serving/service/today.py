"""The present date in the practice's time zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from serving.service.settings import Settings


def today(settings: Settings) -> date:
    """Today, where the practice is."""
    return datetime.now(ZoneInfo(settings.time_zone)).date()
