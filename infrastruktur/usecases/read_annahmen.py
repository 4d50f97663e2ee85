"""Read what figures assume: rates, counts, need rules, variants, resolutions, survival, forecast, targets and homes.

What was imported replaces what is shipped, and the installation's own files of the same names replace both, code by
code.
"""

import csv
from collections.abc import Callable, Hashable, Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from infrastruktur.domain.bedarf import Bedarfsdatei, parse_bedarf
from infrastruktur.domain.einrichtung import Annahme, find_annahme, parse_einrichtungen
from infrastruktur.domain.errors import SourceRefused
from infrastruktur.domain.pflegestatistik import (
    Leistungsanteil,
    Pflegestatistik,
    Zaehlung,
    parse_pflegestatistik,
)
from infrastruktur.domain.prognose import Prognose, parse_prognose, parse_prognosekopf
from infrastruktur.domain.quote import Aufteilung, Quotentafel, parse_quoten
from infrastruktur.domain.tafelwerk import Prognosewerk, Tafelwerk, parse_tafelwerk
from infrastruktur.domain.ueberleben import Ueberlebenstafel, parse_ueberlebenstafel
from infrastruktur.domain.zielwert import Zielwert, parse_zielwerte
from infrastruktur.resources import folder
from infrastruktur.settings import Settings
from infrastruktur.usecases.choose_quoten import Quotenwerk
from infrastruktur.usecases.context import Context, read_toml

T = TypeVar("T")


def read_tafelwerke(settings: Settings) -> tuple[Tafelwerk, ...]:
    """Read what imports laid down, in the order of their sources' names."""
    if not settings.tafeln.is_dir():
        return ()
    return tuple(_parse_tafelwerk(path.read_bytes(), path.name) for path in sorted(settings.tafeln.glob("*.json")))


@lru_cache(maxsize=32)
def _parse_tafelwerk(raw: bytes, name: str) -> Tafelwerk:
    return parse_tafelwerk(raw, name)


@lru_cache(maxsize=8)
def _read_prognosewerk(werk: Prognosewerk) -> Prognose:
    return werk.read()


def read_quoten(settings: Settings) -> tuple[tuple[Quotentafel, ...], tuple[Aufteilung, ...]]:
    """Read the tables of rates, and the assumptions that split bands of ages."""
    tafeln, aufteilungen = read_toml(folder("schemas") / settings.quoten.name, parse_quoten)
    imported = [tafel for werk in read_tafelwerke(settings) for tafel in werk.quotentafel]
    tafeln = _replace(tafeln, imported, lambda tafel: tafel.code)
    if not settings.quoten.is_file():
        return tafeln, aufteilungen
    own_tafeln, own_aufteilungen = read_toml(settings.quoten, parse_quoten)
    return (
        _replace(tafeln, own_tafeln, lambda tafel: tafel.code),
        _replace(aufteilungen, own_aufteilungen, lambda aufteilung: aufteilung.altersgruppe),
    )


def read_pflegestatistik(settings: Settings) -> Pflegestatistik:
    """Read counted Pflegebedürftige, and the shares by kind of care where a Region counts none."""
    standard = read_toml(folder("schemas") / settings.pflegestatistik.name, parse_pflegestatistik)
    imported = [each for werk in read_tafelwerke(settings) for each in werk.zaehlung]
    zaehlungen = _replace(standard.zaehlung, imported, _name_zaehlung)
    if not settings.pflegestatistik.is_file():
        return Pflegestatistik(zaehlungen, standard.anteil)
    own = read_toml(settings.pflegestatistik, parse_pflegestatistik)
    return Pflegestatistik(
        _replace(zaehlungen, own.zaehlung, _name_zaehlung), _replace(standard.anteil, own.anteil, _name_zaehlung)
    )


def _name_zaehlung(each: Zaehlung | Leistungsanteil) -> Hashable:
    return (each.gebiet, each.leistung, each.stichtag)


def read_quotenwerk(settings: Settings) -> Quotenwerk:
    """Read all rates, and what they must sum to."""
    tafeln, aufteilungen = read_quoten(settings)
    return Quotenwerk(tafeln, aufteilungen, read_pflegestatistik(settings))


def read_ueberleben(settings: Settings) -> tuple[Ueberlebenstafel, ...]:
    """Read the tables of survival factors."""
    imported = tuple(tafel for werk in read_tafelwerke(settings) for tafel in werk.ueberlebenstafel)
    if not settings.ueberleben.is_file():
        return imported
    own = read_toml(settings.ueberleben, parse_ueberlebenstafel)
    return _replace(imported, (own,), lambda tafel: tafel.code)


def read_bedarf(settings: Settings) -> Bedarfsdatei:
    """Read need rules, variants and resolutions."""
    standard = read_toml(folder("schemas") / settings.bedarf.name, parse_bedarf)
    if not settings.bedarf.is_file():
        return standard
    own = read_toml(settings.bedarf, parse_bedarf)
    return Bedarfsdatei(
        regel=_replace(standard.regel, own.regel, lambda regel: regel.code),
        variante=_replace(standard.variante, own.variante, lambda variante: variante.code),
        beschluss=(*standard.beschluss, *own.beschluss),
    )


def read_zielwerte(settings: Settings) -> tuple[Zielwert, ...]:
    """Read the targets of the indicators."""
    standard = read_toml(folder("schemas") / settings.zielwerte.name, parse_zielwerte)
    own = read_toml(settings.zielwerte, parse_zielwerte) if settings.zielwerte.is_file() else ()
    return _replace(standard, own, lambda zielwert: zielwert.indikator)


def read_einrichtungen(settings: Settings) -> tuple[Annahme, ...]:
    """Read the assumptions on who lives in homes."""
    standard = read_toml(folder("schemas") / settings.einrichtungen.name, parse_einrichtungen)
    own = read_toml(settings.einrichtungen, parse_einrichtungen) if settings.einrichtungen.is_file() else ()
    return _replace(standard, own, lambda annahme: annahme.code)


def find_heimannahme(context: Context, stichtag: date) -> Annahme | None:
    """Find what is assumed of those who live in homes on a day; kept while the files stand, for all parts ask."""
    key = ("heimannahme", context.settings_revision(), stichtag)
    return context.figures.recall(key, lambda: find_annahme(read_einrichtungen(context.settings), stichtag))


def name_annahme(context: Context, stichtag: date) -> str:
    """Name all that is assumed of homes on a Stichtag: figures without their residents depend on it."""
    key = ("name der heimannahme", context.settings_revision(), stichtag)
    name: str = context.figures.recall(key, lambda: repr(find_heimannahme(context, stichtag)))
    return name


def read_prognose(settings: Settings) -> Prognose | None:
    """Read the forecast, None where the installation has none.

    One written by hand comes first, then the imported one with the newest basis.

    Raises
    ------
    SourceRefused
        Its head or table is not readable, or the table does not lie beside the head.

    """
    if not settings.prognose.is_file():
        imported = [prognose for werk in read_tafelwerke(settings) for prognose in werk.prognose]
        newest = max(imported, key=lambda prognose: prognose.kopf.basis, default=None)
        return None if newest is None else _read_prognosewerk(newest)
    kopf = read_toml(settings.prognose, parse_prognosekopf)
    path = settings.prognose.parent / kopf.datei
    if Path(kopf.datei).name != kopf.datei or not path.is_file():
        raise SourceRefused(settings.prognose.name, f"Die Tabelle „{kopf.datei}“ liegt nicht im selben Ordner.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return parse_prognose(kopf, csv.DictReader(stream))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceRefused(kopf.datei, f"Die Tabelle ist nicht lesbar: {error}") from error


def _replace(standard: Iterable[T], own: Iterable[T], name: Callable[[T], Hashable]) -> tuple[T, ...]:
    """Put an installation's own entries in the place of those of the same name."""
    replaced = {name(each) for each in own}
    return (*(each for each in standard if name(each) not in replaced), *own)
