"""The commands of ``chartlight``, one file each: ``NAME``, ``HELP``, ``EXAMPLES``, ``add_arguments`` and ``run``."""

from __future__ import annotations

from types import ModuleType

from serving.commands import audit, backup, batch, code, demo, doctor, restore, retention, serve, users

COMMANDS: tuple[ModuleType, ...] = (code, batch, serve, users, audit, backup, restore, retention, demo, doctor)
"""All commands, in the order of the help."""
