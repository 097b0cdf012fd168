"""Exports of decisions, one file for each format; only what a person has signed is exported."""

from __future__ import annotations

from types import ModuleType

from serving.exports import as_csv, as_html, as_json

FORMATS: tuple[ModuleType, ...] = (as_json, as_csv, as_html)
"""Every format: ``NAME``, ``MEDIA_TYPE``, ``ENDING`` and ``render(packet) -> bytes``."""
