"""The commands of ``chartlight``, one file each: ``NAME``, ``HELP``, ``EXAMPLES``, ``add_arguments`` and ``run``."""

from __future__ import annotations

from types import ModuleType

from serving.commands import batch, code, demo, doctor, serve

COMMANDS: tuple[ModuleType, ...] = (code, batch, serve, demo, doctor)
"""All commands, in the order of the help."""
