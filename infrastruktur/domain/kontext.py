"""Kontext: indicators of a Sozialraummonitoring, which no catalogue of Angebote has but every gap is read beside.

What an indicator means is data (schemas/kontext.toml); a value is one of an area on a Stichtag, from a source. A
value that is missing has a reason and is never nought.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec

from infrastruktur.domain.errors import Grund, NotFound, SourceRefused
from infrastruktur.domain.raum import Ebene
from infrastruktur.resources import folder

PERSONEN = "Personen"
"""The unit of counts of people, which secrecy applies to."""
_RANK = {Ebene.SOZIALRAUM: 0, Ebene.BEZIRK: 0, Ebene.KOMMUNE: 1, Ebene.REGION: 2}


class Thema(StrEnum):
    """The five themes of a Sozialraummonitoring."""

    SOZIODEMOGRAFIE = "soziodemografie"
    SOZIOOEKONOMIE = "soziooekonomie"
    BILDUNG = "bildung"
    GESUNDHEIT = "gesundheit"
    INTEGRATION = "integration"

    @property
    def titel(self) -> str:
        return _TITEL[self]


_TITEL = {
    Thema.SOZIODEMOGRAFIE: "Soziodemografie",
    Thema.SOZIOOEKONOMIE: "Sozioökonomie",
    Thema.BILDUNG: "Bildung",
    Thema.GESUNDHEIT: "Gesundheit und Beeinträchtigung",
    Thema.INTEGRATION: "Integration",
}


class Richtung(StrEnum):
    """Which values are a burden."""

    HOCH_BELASTEND = "hoch_belastend"
    NIEDRIG_BELASTEND = "niedrig_belastend"
    KEINE = "keine"


class Kontextindikator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a value means: `bezug` names numerator and denominator, `deutung` how it is to be read."""

    code: str
    titel: str
    thema: Thema
    einheit: str
    bezug: str = ""
    deutung: str = ""
    unterste_ebene: Ebene
    richtung: Richtung

    def allows(self, ebene: Ebene) -> bool:
        """Tell whether a value may be stated at this level."""
        return _RANK[ebene] >= _RANK[self.unterste_ebene]


class Kontextwert(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A value of an area on a day: `wert`, or the reason (a `Grund`) why there is none.

    `eingeschraenkt` is a value in brackets: its source takes it for little certain.
    """

    quelle: str
    indikator: str
    stichtag: date
    raum: str
    wert: float | None
    grund: Grund | None = None
    eingeschraenkt: bool = False


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kontextindikator: tuple[Kontextindikator, ...] = ()


def parse_kontextindikatoren(data: Mapping[str, Any], source: str) -> tuple[Kontextindikator, ...]:
    """Read the indicators of one file.

    Raises
    ------
    SourceRefused
        An indicator lacks a field, has one too many, or stands there twice.

    """
    try:
        found = msgspec.convert(data, _File).kontextindikator
    except msgspec.ValidationError as error:
        raise SourceRefused(source, f"Ein Kontextindikator ist nicht lesbar: {error}") from error
    codes = [each.code for each in found]
    if repeated := next((code for code in codes if codes.count(code) > 1), None):
        raise SourceRefused(source, f"Der Kontextindikator „{repeated}“ steht zweimal da.")
    return found


@cache
def list_kontextindikatoren() -> tuple[Kontextindikator, ...]:
    """Read the indicators this software knows."""
    path = folder("schemas") / "kontext.toml"
    return parse_kontextindikatoren(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


def get_kontextindikator(code: str) -> Kontextindikator:
    """Pick an indicator by its code."""
    by_code = {each.code: each for each in list_kontextindikatoren()}
    if code not in by_code:
        raise NotFound(f"Den Kontextindikator „{code}“ gibt es nicht. Bekannt sind: {', '.join(by_code)}.")
    return by_code[code]
