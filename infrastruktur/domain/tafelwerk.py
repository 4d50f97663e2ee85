"""Tafelwerke: what one source states that a Bedarfsplanung assumes, as an import lays it down.

Rates, counts of the Pflegestatistik, survival factors and forecasts. The files are JSON, written whole and by
machine; what a person writes by hand stands in TOML beside them and comes first.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.domain.pflegestatistik import Zaehlung, parse_pflegestatistik
from infrastruktur.domain.prognose import SPALTEN, Prognose, Prognosekopf, parse_prognose
from infrastruktur.domain.quote import Quotentafel, parse_quoten
from infrastruktur.domain.ueberleben import Ueberlebenstafel, parse_ueberlebenstafel


class Prognosewerk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A forecast as its rows were written: the official signs are still there."""

    kopf: Prognosekopf
    zeilen: tuple[tuple[str, ...], ...]
    """Texts in the order of `prognose.SPALTEN`."""

    def read(self) -> Prognose:
        return parse_prognose(self.kopf, (dict(zip(SPALTEN, zeile, strict=True)) for zeile in self.zeilen))


class Tafelwerk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything one source states."""

    quelle: str
    titel: str
    quotentafel: tuple[Quotentafel, ...] = ()
    zaehlung: tuple[Zaehlung, ...] = ()
    ueberlebenstafel: tuple[Ueberlebenstafel, ...] = ()
    prognose: tuple[Prognosewerk, ...] = ()


def check_tafelwerk(werk: Tafelwerk) -> Tafelwerk:
    """Hold a Tafelwerk against the rules of its parts, as if each stood in a file of its own.

    Raises
    ------
    SourceRefused
        One of them is broken; see `parse_quoten`, `parse_pflegestatistik`, `parse_ueberlebenstafel`,
        `parse_prognose`.

    """
    data = msgspec.to_builtins(werk)
    parse_quoten({"quotentafel": data["quotentafel"]}, werk.quelle)
    parse_pflegestatistik({"zaehlung": data["zaehlung"]}, werk.quelle)
    for tafel in data["ueberlebenstafel"]:
        parse_ueberlebenstafel({"ueberlebenstafel": tafel}, werk.quelle)
    for prognose in werk.prognose:
        prognose.read()
    return werk


def parse_tafelwerk(raw: bytes, source: str) -> Tafelwerk:
    """Read a file an import laid down.

    Raises
    ------
    SourceRefused
        It is damaged, or no Tafelwerk.

    """
    try:
        return check_tafelwerk(msgspec.json.decode(raw, type=Tafelwerk))
    except (msgspec.DecodeError, ValueError) as error:
        raise SourceRefused(source, f"Das Tafelwerk ist nicht lesbar, bitte neu einspielen: {error}") from error


def list_angaben(werk: Tafelwerk) -> Iterator[tuple[str, str]]:
    """List every single statement as (what it speaks of, what it says), to tell what a new version changes."""
    for tafel in werk.quotentafel:
        yield tafel.code, _head(tafel, "quoten")
        for quote in tafel.quoten:
            yield f"{tafel.code}/{quote.altersgruppe}", f"{quote.w_prozent:g}/{quote.m_prozent:g}"
    for each in werk.zaehlung:
        yield f"{each.gebiet}/{each.leistung}/{each.stichtag}", f"{each.personen}/{each.quelle}"
    for leben in werk.ueberlebenstafel:
        yield leben.code, _head(leben, "faktoren")
        for faktor in leben.faktoren:
            yield f"{leben.code}/{faktor.altersgruppe}", f"{faktor.w:g}/{faktor.m:g}"
    for prognose in werk.prognose:
        yield prognose.kopf.code, _head(prognose.kopf, "datei")
        for *wer, personen in prognose.zeilen:
            yield "/".join((prognose.kopf.code, *wer)), personen


def _head(tafel: msgspec.Struct, *without: str) -> str:
    said: Mapping[str, Any] = msgspec.structs.asdict(tafel)
    return repr({name: value for name, value in said.items() if name not in without})
