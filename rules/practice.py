"""What a practice says of itself: the payers that it describes and its house standards, in a TOML file of its own.

```toml
[house]
strict_billing = true      # imaging and ECG count only where nobody of the practice bills their interpretation (D-09)

[[payer]]
name     = "Acme Health"
schedule = "medicare"      # whose thresholds hold for prolonged services and critical care
takes    = ["visit_complexity", "modifier_95"]
```
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from rules.record import EditionError, Record
from rules.routes import Payer, read_payer


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """Payers by name beyond those of the editions, and the house standard on interpretations whose billing is not known."""

    payers: Mapping[str, Payer] = field(default_factory=lambda: MappingProxyType({}))
    strict_billing: bool = False


NO_PRACTICE = Practice()
"""A practice that says nothing of itself."""


def read_practice(path: Path) -> Practice:
    """Read the file of a practice; raises ``EditionError`` for what is not known, ``OSError`` when it cannot be read."""
    try:
        body = Record(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EditionError(f"{path.name}: not readable as TOML: {error}") from None
    payers = {payer.name: payer for payer in (read_payer(r) for r in body.records("payer"))}
    house = body.record_or_none("house")
    strict = house is not None and house.yes("strict_billing")
    if house is not None:
        house.close()
    body.close()
    return Practice(payers=payers, strict_billing=strict)
