"""The log: JSON lines of a closed list of fields. Nothing that a sender wrote can get in: no text, no names, no addresses with queries."""

from __future__ import annotations

import json
import logging
import re
import sys
from logging.handlers import RotatingFileHandler
from typing import Any

import structlog
from structlog.typing import EventDict

from serving.failure import where_it_broke
from serving.service.settings import Settings

FIELDS = (
    "at", "level", "event", "request", "method", "route", "status", "ms", "tenant", "actor", "role", "encounter", "problem",
    "fault", "logger", "count", "version",
)  # fmt: skip
"""All that a line may hold."""
_SAFE = re.compile(r"[A-Za-z0-9_.:/{}<>+, ()\-]{0,300}")


def only_known_fields(_: Any, __: str, event: EventDict) -> EventDict:
    """Drop every field that is not in the list, and every value that is not plain.

    >>> only_known_fields(None, "", {"event": "request", "status": 200, "note": "chest pain", "route": "x\\ny"})
    {'event': 'request', 'status': 200}
    """
    kept: EventDict = {}
    for name in FIELDS:
        value = event.get(name)
        if isinstance(value, int | float) or (isinstance(value, str) and _SAFE.fullmatch(value)):
            kept[name] = value
    return kept


class Plain(logging.Formatter):
    """Lines of other libraries: their logger and level, and for an exception its kind and place; never their words."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON line."""
        told: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "event": "library",
            "logger": record.name,
        }
        if record.name == "chartlight":
            return record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            told["fault"] = where_it_broke(record.exc_info[1]).partition(";")[0]
        return json.dumps(only_known_fields(None, "", told))


def set_up(settings: Settings) -> None:
    """Send all lines to one place: standard error, or a file that is rotated by size."""
    handler: logging.Handler
    if settings.log_file is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        settings.log_file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            settings.log_file,
            maxBytes=settings.log_megabytes * 1_000_000,
            backupCount=settings.log_files,
            encoding="utf-8",
        )
    handler.setFormatter(Plain())
    handler.addFilter(lambda record: record.name == "chartlight" or record.levelno >= logging.WARNING)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("chartlight").setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = name != "uvicorn.access"


def journal() -> Any:
    """The logger of the service."""
    return structlog.wrap_logger(
        logging.getLogger("chartlight"),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            only_known_fields,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
