"""How far a batch is: a bar with rate and time left on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

SECONDS_BETWEEN = 10.0


@contextmanager
def progress(total: int, done: int, out: TextIO | None = None) -> Iterator[Callable[[], None]]:
    """Gives the function to call after each line; ``done`` lines were there before this run and take no part in the rate."""
    out = sys.stderr if out is None else out
    with (_bar if out.isatty() else _plain)(total, done, out) as advance:
        yield advance


@contextmanager
def _bar(total: int, done: int, out: TextIO) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("reading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(file=out), transient=True, speed_estimate_period=60) as bar:
        task = bar.add_task("", total=total, completed=done, rate="")
        began, here = time.monotonic(), 0

        def advance() -> None:
            nonlocal here
            here += 1
            bar.update(task, advance=1, rate=f"{here / max(time.monotonic() - began, 1e-3):.1f} notes/s")

        yield advance


@contextmanager
def _plain(total: int, done: int, out: TextIO) -> Iterator[Callable[[], None]]:
    began = told = time.monotonic()
    here = 0

    def advance() -> None:
        nonlocal here, told
        here += 1
        now = time.monotonic()
        if now - told >= SECONDS_BETWEEN:
            told = now
            rate = here / (now - began)
            left = (total - done - here) / rate
            print(
                f"batch: {done + here} of {total} lines, {rate:.1f} notes/s, {duration(left)} left",
                file=out,
                flush=True,
            )

    yield advance


def duration(seconds: float) -> str:
    """Hours, minutes and seconds.

    >>> duration(3725.4)
    '1:02:05'
    """
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
