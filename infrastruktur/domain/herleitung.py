"""Herleitung: how a figure came about, so that a reader can recompute it with pen and paper.

A figure is a tree: leaves are inputs with their source and Stichtag, each step above is one kind of
arithmetic over its parts. The value of a step is computed from its parts and nothing else, so a tree
that states a figure proves it.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Union

import msgspec

NOISE_PLAETZE = 1e-6
"""Floating-point noise that must not add a place when a need is rounded up."""
_NOISE_QUANTIL = 2e-9
"""And what of a threshold may be short for the last bit, as in `planning.ways.find_quantiles`."""


class Rechnung(StrEnum):
    """The arithmetic of a step; the sign between its parts.

    `QUANTIL` is of four: a threshold of people, those with less than a value, those with just that, and the value,
    which is the quantil where the threshold falls among the latter.
    """

    SUMME = "+"
    DIFFERENZ = "−"
    PRODUKT = "×"
    QUOTIENT = "÷"
    MINIMUM = "min"
    MAXIMUM = "max"
    POTENZ = "hoch"
    AUFGERUNDET = "aufgerundet"
    QUANTIL = "quantil"


class Eingabe(msgspec.Struct, frozen=True, kw_only=True, tag="eingabe"):
    """A number that somebody states. None where it is unknown or withheld."""

    name: str
    wert: float | None
    einheit: str
    quelle: str
    stichtag: date | None = None


class Schritt(msgspec.Struct, frozen=True, kw_only=True, tag="schritt"):
    """A number that follows from its parts; None where one of them is."""

    name: str
    wert: float | None
    einheit: str
    formel: str
    """The formula in words, with its norm or source."""
    rechnung: Rechnung
    teile: tuple["Herleitung", ...]
    hinweise: tuple[str, ...] = ()


Herleitung = Union[Eingabe, Schritt]  # noqa: UP007 - msgspec resolves the recursive name only from a plain union


def build_schritt(
    name: str,
    einheit: str,
    formel: str,
    rechnung: Rechnung,
    teile: tuple[Herleitung, ...],
    *,
    hinweise: tuple[str, ...] = (),
) -> Schritt:
    """Compute a step from its parts."""
    return Schritt(
        name=name,
        wert=compute(rechnung, [teil.wert for teil in teile]),
        einheit=einheit,
        formel=formel,
        rechnung=rechnung,
        teile=teile,
        hinweise=hinweise,
    )


def compute(rechnung: Rechnung, werte: list[float | None]) -> float | None:
    """Do the arithmetic of one step; what is unknown makes the result unknown."""
    known = [wert for wert in werte if wert is not None]
    return None if len(known) < len(werte) else float(_ARITHMETIC[rechnung](known))


def _take_quantile(threshold: float, less: float, just: float, value: float) -> float:
    enough = threshold * (1 - _NOISE_QUANTIL)
    return value if less < enough <= less + just else math.nan


_ARITHMETIC: Mapping[Rechnung, Callable[[list[float]], float]] = {
    Rechnung.SUMME: math.fsum,
    Rechnung.DIFFERENZ: lambda werte: werte[0] - werte[1],
    Rechnung.PRODUKT: math.prod,
    Rechnung.QUOTIENT: lambda werte: werte[0] / werte[1],
    Rechnung.MINIMUM: min,
    Rechnung.MAXIMUM: max,
    Rechnung.POTENZ: lambda werte: werte[0] ** werte[1],
    Rechnung.AUFGERUNDET: lambda werte: math.ceil(werte[0] - NOISE_PLAETZE),
    Rechnung.QUANTIL: lambda werte: _take_quantile(*werte),
}


def list_eingaben(herleitung: Herleitung) -> Iterator[Eingabe]:
    """List the inputs a figure rests on, in the order of the calculation."""
    if isinstance(herleitung, Eingabe):
        yield herleitung
        return
    for teil in herleitung.teile:
        yield from list_eingaben(teil)


def write_rechenweg(herleitung: Herleitung, depth: int = 0) -> Iterator[str]:
    """Write a derivation as indented German lines, the result first, its parts below."""
    indent = "  " * depth
    result = f"{indent}{herleitung.name} = {_write(herleitung.wert)} {herleitung.einheit}".rstrip()
    if isinstance(herleitung, Eingabe):
        day = "" if herleitung.stichtag is None else f", Stichtag {herleitung.stichtag:%d.%m.%Y}"
        yield f"{result} [{herleitung.quelle}{day}]"
        return
    numbers = [_write(teil.wert) for teil in herleitung.teile]
    yield f"{result} = {_join(herleitung.rechnung, numbers)} ({herleitung.formel})"
    yield from (f"{indent}  ! {hinweis}" for hinweis in herleitung.hinweise)
    for teil in herleitung.teile:
        yield from write_rechenweg(teil, depth + 1)


def _join(rechnung: Rechnung, numbers: list[str]) -> str:
    if rechnung in (Rechnung.MINIMUM, Rechnung.MAXIMUM, Rechnung.AUFGERUNDET, Rechnung.QUANTIL):
        return f"{rechnung}({'; '.join(numbers)})"
    return f" {rechnung} ".join(numbers) or "0"


def _write(wert: float | None) -> str:
    """Write all the digits that count, with a decimal comma: a reader is to get the same result."""
    return "unbekannt" if wert is None else f"{wert:.10g}".replace(".", ",")
