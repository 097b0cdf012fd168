"""Lines to answers, in their order: in this process, or in several; a line at fault becomes an error record and the work goes on."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Protocol

from chartlight import Encounter, Proposal, Versions, decode_encounter
from chartlight.codec import CodecError, encode
from serving.failure import Exit, Failure, is_refusal, where_it_broke

WAITING_PER_WORKER = 4
"""Lines handed out ahead of the one that is written next: enough to keep every process busy, few enough to stay small."""

Line = tuple[int, bytes]


class ProposerLike(Protocol):
    """What ``models.propose.load`` gives."""

    @property
    def versions(self) -> Versions:
        """What makes the proposals."""

    def propose(self, encounter: Encounter) -> Proposal:
        """The proposal for one encounter; raises a subclass of ``ValueError`` for what cannot be processed."""


Load = Callable[[], ProposerLike]


def answer(proposer: ProposerLike, number: int, line: bytes) -> bytes:
    """The output line for one input line; never raises for bad input, and never repeats words of the note in an error."""
    id = None
    try:
        data = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"), parse_constant=_no_constant)
        if isinstance(data, dict) and isinstance(data.get("id"), str | int) and not isinstance(data.get("id"), bool):
            id = str(data["id"])
        record = encode(proposer.propose(decode_encounter(data)))
    except CodecError as error:
        record = _error(id, "CodecError", f"line {number}: {error}")
    except json.JSONDecodeError as error:
        record = _error(
            id, "JSONDecodeError", f"line {number}: {error.msg} at character {error.pos}; one JSON object per line"
        )
    except UnicodeDecodeError as error:
        record = _error(
            id, "UnicodeDecodeError", f"line {number}: byte {error.start} is not UTF-8; write the file in UTF-8"
        )
    except Exception as error:
        record = _error(id, type(error).__name__, f"line {number}: {_detail(error)}")
    try:
        return json.dumps(record, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair in the note: JSON can carry it escaped
        return json.dumps(record).encode("ascii")


def _detail(error: Exception) -> str:
    """The message of the reader's own refusals; of a fault only its place, since its message may hold words of the note."""
    return str(error) if is_refusal(error) else where_it_broke(error)


def _no_constant(name: str) -> Any:
    raise CodecError("", f"{name} is not JSON")


def _error(id: str | None, kind: str, detail: str) -> dict[str, Any]:
    return {"id": id, "error": {"type": kind, "detail": detail}}


class Crew(Protocol):
    """Who does the work."""

    def versions(self) -> Versions:
        """What makes the proposals."""

    def answers(self, lines: Iterable[Line]) -> Iterator[bytes]:
        """The answers in the order of the lines."""


class Alone:
    """This process does all."""

    def __init__(self, load: Load) -> None:
        self._proposer = load()

    def versions(self) -> Versions:
        """What makes the proposals."""
        return self._proposer.versions

    def answers(self, lines: Iterable[Line]) -> Iterator[bytes]:
        """The answers in the order of the lines."""
        for number, line in lines:
            yield answer(self._proposer, number, line)


class Several:
    """Processes of their own, each with its own proposer; a lost process ends the run with a message."""

    def __init__(self, pool: ProcessPoolExecutor, workers: int) -> None:
        self._pool = pool
        self._ahead = workers * WAITING_PER_WORKER

    def versions(self) -> Versions:
        """What makes the proposals, as the first process that is ready tells it."""
        versions: Versions = _kept(self._submit(_versions))
        return versions

    def answers(self, lines: Iterable[Line]) -> Iterator[bytes]:
        """The answers in the order of the lines."""
        waiting: deque[Future[bytes]] = deque()
        for number, line in lines:
            waiting.append(self._submit(_answer, number, line))
            if len(waiting) >= self._ahead:
                yield _kept(waiting.popleft())
        while waiting:
            yield _kept(waiting.popleft())

    def _submit(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        try:
            with _quiet_start():
                return self._pool.submit(work, *given)
        except BrokenProcessPool:
            raise _lost() from None


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Processes that begin inside have the interrupt key blocked: the parent alone is asked to stop, and stops them."""
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def crew(load: Load, workers: int) -> Iterator[Crew]:
    """One process, or ``workers`` of them; they end with the context, and also when this process is killed."""
    if workers == 1:
        yield Alone(load)
        return
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # the processes share the cores; threads within each would only get in the way
    # spawn: a fork would copy threads and locks of the parent
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start, initargs=(load,)
    )
    try:
        yield Several(pool, workers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _kept(future: Future[Any]) -> Any:
    try:
        return future.result()
    except BrokenProcessPool:
        raise _lost() from None


def _lost() -> Failure:
    return Failure(
        Exit.BUG,
        "a worker process ended before its work was done (memory?)",
        "run the same command again, with fewer --workers: it goes on where this one stopped",
    )


_mine: list[ProposerLike] = []
"""The proposer of a worker process; filled by ``_start`` there, empty in every other process."""


def _start(load: Load) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where _quiet_start could not see to it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _mine.append(load())


def _end_with_parent() -> None:
    """A parent that is killed cannot stop its workers, and they would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _versions() -> Versions:
    return _mine[0].versions


def _answer(number: int, line: bytes) -> bytes:
    return answer(_mine[0], number, line)
