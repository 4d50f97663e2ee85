"""An editor's list of Angebote as a table: which state a row was taken from, and what was changed in it since.

Three states meet in a row: what the list said (the base), what it says now, and what stands in the catalogue by now.
Only what differs from the base is a change; what others changed meanwhile stays, and what both changed is a conflict.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.eingabe import GEOMETRIE, Ort, Punkt, show_angebot, tidy
from infrastruktur.domain.errors import Refused
from infrastruktur.domain.felder import ADRESSE
from infrastruktur.domain.zelltext import defuse, restore

FASSUNG, OST, NORD = "fassung", "x_25832", "y_25832"
"""The columns a list has beside those of its layer: what a row was taken from, and its point in EPSG:25832."""
DECIMALS = 2
"""Of a coordinate, metres: a centimetre."""

_FASSUNG = re.compile(r"(\d{1,9}\.\d{1,9}) vom (\d{4}-\d{2}-\d{2})", re.ASCII)
_TOGETHER = ((*ADRESSE, GEOMETRIE), ("art", "kapazitaet"))
"""Fields that mean something only together: a street of one and a house number of another are no address."""


class Zeilenstand(msgspec.Struct, frozen=True, kw_only=True):
    """The state a row was taken from: the version of the Angebot, and the day it was shown on."""

    version: str
    tag: date

    def text(self) -> str:
        """Write it as its cell has it."""
        return f"{self.version} vom {self.tag.isoformat()}"


def read_zeilenstand(text: str) -> Zeilenstand:
    """Read the cell of the column `fassung`.

    Raises
    ------
    Refused
        It is empty, or nothing a list ever said.

    """
    match = _FASSUNG.fullmatch(text)
    try:
        if match is not None:
            return Zeilenstand(version=match[1], tag=date.fromisoformat(match[2]))
    except ValueError:
        pass
    raise Refused(
        "„Fassung“ fehlt oder wurde geändert. Bitte die Liste neu herunterladen und die Änderung dort machen."
    )


class Listenzeile(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it was sent: the properties of the layer, the point under `geometry`; nothing of columns left out.

    `falsch` names cells that could not be read, each with its sentence.
    """

    zeile: int
    felder: Mapping[str, Any]
    falsch: Mapping[str, str] = {}


def show_row(angebot: Angebot, ort: Ort, tag: date) -> dict[str, Any]:
    """Give the properties of a row as a list shows them on a day, the point under `geometry`.

    Texts are as they come back from a cell, so that a row nobody touched is equal to what it was taken from.
    """
    shown = tidy({name: _as_written(value) for name, value in show_angebot(angebot, ort, tag).items()})
    return {**shown, GEOMETRIE: round_point(angebot.standort.punkt_25832)}


def _as_written(value: Any) -> Any:
    return restore(defuse(value)) if isinstance(value, str) else value


def round_point(punkt_25832: Punkt | None) -> Punkt | None:
    """Give a point as a list writes it."""
    return None if punkt_25832 is None else (round(punkt_25832[0], DECIMALS), round(punkt_25832[1], DECIMALS))


class Abgleich(msgspec.Struct, frozen=True, kw_only=True):
    """What a row states against what stands there now, and the fields in which it contradicts somebody else."""

    stated: Mapping[str, Any]
    konflikte: tuple[str, ...] = ()


def merge_row(base: Mapping[str, Any], meine: Mapping[str, Any], jetzt: Mapping[str, Any]) -> Abgleich:
    """Merge three states of a row, each a mapping of fields to values; `meine` may lack fields, which then stay."""
    changed = {name: value for name, value in meine.items() if value != base.get(name)}
    stated = {name: value for name, value in changed.items() if value != jetzt.get(name)}
    konflikte = [name for name in stated if any(_moved(base, jetzt, each) for each in _find_group(name))]
    return Abgleich(stated=stated, konflikte=tuple(konflikte))


def _moved(base: Mapping[str, Any], jetzt: Mapping[str, Any], name: str) -> bool:
    return bool(base.get(name) != jetzt.get(name))


def _find_group(name: str) -> Iterator[str]:
    yield from next((group for group in _TOGETHER if name in group), (name,))
