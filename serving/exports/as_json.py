"""A decision as JSON, for systems that bill or archive."""

from __future__ import annotations

import json
from typing import Any

from serving.exports.packet import Packet

NAME = "json"
MEDIA_TYPE = "application/json"
ENDING = "json"


def data(packet: Packet) -> dict[str, Any]:
    """The members of the export."""
    return {
        "encounter": packet.encounter,
        "number": packet.number,
        "in_force": packet.in_force,
        "decided_at": packet.decided_at,
        "decided_by": packet.decided_by,
        "code": packet.decision["code"],
        "diagnoses": packet.diagnoses,
        "first_listed": packet.first_listed,
        "add_ons": [{k: one[k] for k in ("code", "units", "because")} for one in packet.standing("add_on")],
        "modifiers": [{k: one[k] for k in ("code", "on", "because")} for one in packet.standing("modifier")],
        "beside": packet.beside,
        "determination": packet.determination,
        "rulings": packet.decision["rulings"],
        "amendments": packet.decision["amendments"],
        "facts": packet.facts,
        "context": packet.context,
        "documents": packet.documents,
        "versions": packet.versions,
        "audit": packet.trail,
        "digest": packet.digest,
    }


def render(packet: Packet) -> bytes:
    """The export of one decision."""
    return json.dumps(data(packet), ensure_ascii=False, indent=1).encode()
