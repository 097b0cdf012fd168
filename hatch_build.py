"""Part of the build: puts the knowledge tables in compact form into the wheel (``nlp/compiled.py``), made from the TSV files of this tree."""

from __future__ import annotations

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface[Any]):
    """Makes ``nlp/knowledge/compiled.gz`` anew; needs nothing but Python."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the file and have it taken along, though git ignores it."""
        sys.path.insert(0, self.root)
        from nlp import compiled

        if compiled.saved() is None:
            compiled.save(compiled.build())
        build_data["artifacts"].append(f"/{compiled.FILE.relative_to(self.root).as_posix()}")
