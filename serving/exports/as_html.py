"""The defence packet: one decision as a page for paper, with every step, its words and its authority. Print it, or save it as PDF."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from serving.exports.packet import Packet

NAME = "html"
MEDIA_TYPE = "text/html; charset=utf-8"
ENDING = "html"


@cache
def style() -> str:
    """The style sheet of the page."""
    return (files("serving.exports") / "packet.css").read_text(encoding="utf-8")


def policy() -> str:
    """The content security policy of the page: its own style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


def steps(trace: list[dict[str, Any]], depth: int = 0) -> list[tuple[int, dict[str, Any]]]:
    """The steps of an argument with their depth, from top to bottom."""
    out = []
    for step in trace:
        out.append((depth, step))
        out += steps(step["steps"], depth + 1)
    return out


def render(packet: Packet) -> bytes:
    """The page of one decision; every text in it is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((files("serving.exports") / "packet.html.j2").read_text(encoding="utf-8"))
    return template.render(
        p=packet, style=style(), steps=steps(packet.determination["trace"]), facts={f["id"]: f for f in packet.facts}
    ).encode()
