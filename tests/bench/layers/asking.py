"""Ask a server over kept connections, and read from /proc what answering cost.

CPU seconds, of the server and of PostgreSQL together, hold where a machine is shared; requests per
second and the slowest of a hundred are measured too, with several clients at once.
"""

import http.client
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

ACCEPT = "application/geo+json, application/json;q=0.9, */*;q=0.5"
_TICKS = os.sysconf("SC_CLK_TCK")
_TIMEOUT_S = 60


class AnswerRefused(RuntimeError):
    """A server answered with something else than what it was asked for."""


class Client:
    """One connection, kept as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)

    def get(self, path: str) -> bytes:
        """Give the body of an answer.

        Raises
        ------
        AnswerRefused
            Its status is not 200.

        """
        self._connection.request("GET", path, headers={"Accept": ACCEPT})
        response = self._connection.getresponse()
        body = response.read()
        if response.status != http.HTTPStatus.OK:
            raise AnswerRefused(f"{response.status} for {path}: {body[:300]!r}")
        return body

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True)
class Cost:
    """What one server took in one round: CPU milliseconds a request, alone; requests a second and p99, among others."""

    cpu_ms: float
    rps: float
    p99_ms: float


def ask_in_turn(port: int, paths: Sequence[str], before: Callable[[], None], seconds: float) -> int:
    """Ask one question after the other for some seconds, `before` each; give how many were answered."""
    client = Client(port)
    until = time.perf_counter() + seconds
    answered = 0
    for path in _round_and_round(paths):
        before()
        client.get(path)
        answered += 1
        if time.perf_counter() > until:
            break
    client.close()
    return answered


def ask_at_once(
    port: int, paths: Sequence[str], befores: Sequence[Callable[[], None]], seconds: float
) -> tuple[float, float]:
    """Let a client for each of `befores` ask at the same time; give requests a second and the 99th percentile in ms."""
    took_s: list[float] = []
    refused: list[BaseException] = []
    begun = time.perf_counter()

    def ask(number: int, before: Callable[[], None]) -> None:
        client = Client(port)
        try:
            for path in _round_and_round(paths, number * len(paths) // len(befores)):
                before()
                asked = time.perf_counter()
                client.get(path)
                took_s.append(time.perf_counter() - asked)
                if time.perf_counter() - begun > seconds:
                    return
        except BaseException as error:  # noqa: BLE001 - handed on below
            refused.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=ask, args=pair) for pair in enumerate(befores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise refused[0]
    return len(took_s) / (time.perf_counter() - begun), 1000 * float(np.percentile(took_s, 99))


def _round_and_round(paths: Sequence[str], first: int = 0) -> Iterator[str]:
    return (paths[number % len(paths)] for number in count(first))


def cpu_s(roots: Sequence[int], without: Sequence[int] = ()) -> float:
    """CPU seconds of processes and all that descend from them, those that ended included, but `without` some."""
    spent = _read_processes()
    members = set(roots)
    while found := {pid for pid, (parent, _) in spent.items() if parent in members} - members:
        members |= found
    return sum(spent[pid][1] for pid in members - set(without) if pid in spent)


def _read_processes() -> Mapping[int, tuple[int, float]]:
    """Parent and CPU seconds of every process; those of children it has waited for are its own (proc(5), stat)."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        found[int(stat.parent.name)] = int(fields[1]), sum(map(int, fields[11:15])) / _TICKS
    return found


def peak_mb(pid: int) -> float:
    """Most memory a process has held."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
