"""Read what a Bedarfsplanung assumes: rates, need rules, variants, resolutions and the forecast.

The installation's own `quoten.toml` and `bedarf.toml` replace what is shipped, code by code.
"""

import csv
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import TypeVar

from infrastruktur.domain.bedarf import Bedarfsdatei, parse_bedarf
from infrastruktur.domain.errors import SourceRefused
from infrastruktur.domain.prognose import Prognose, parse_prognose, parse_prognosekopf
from infrastruktur.domain.quote import Aufteilung, Quotentafel, parse_quoten
from infrastruktur.resources import folder
from infrastruktur.settings import Settings
from infrastruktur.usecases.context import read_toml

T = TypeVar("T")


def read_quoten(settings: Settings) -> tuple[tuple[Quotentafel, ...], tuple[Aufteilung, ...]]:
    """Read the tables of rates, and the assumptions that split bands of ages."""
    tafeln, aufteilungen = read_toml(folder("schemas") / settings.quoten.name, parse_quoten)
    if not settings.quoten.is_file():
        return tafeln, aufteilungen
    own_tafeln, own_aufteilungen = read_toml(settings.quoten, parse_quoten)
    return (
        _replace(tafeln, own_tafeln, lambda tafel: tafel.code),
        _replace(aufteilungen, own_aufteilungen, lambda aufteilung: aufteilung.altersgruppe),
    )


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


def read_prognose(settings: Settings) -> Prognose | None:
    """Read the forecast, None where the installation has none.

    Raises
    ------
    SourceRefused
        Its head or table is not readable, or the table does not lie beside the head.

    """
    if not settings.prognose.is_file():
        return None
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
