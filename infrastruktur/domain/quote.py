"""Quoten: which share of people of an age and sex need care, or use a kind of it, as dated, sourced tables.

A table holds for all ages, each exactly once, so that nobody is forgotten by it. Its bands are those of
its source; how they meet the bands of a population, and when they do not, says `planning/pyramide`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable, SourceRefused
from infrastruktur.domain.gruppe import Geschlecht, Gruppe, parse_gruppe

GESCHLECHTER = (Geschlecht.WEIBLICH, Geschlecht.MAENNLICH)
"""The order of the axis `sex` in every array of people and rates."""
_ALLE = Gruppe(0, 200)
_SUM_TOLERANCE_PROZENT = 1e-6

Prozent = Annotated[float, msgspec.Meta(ge=0, le=100)]


class Merkmal(StrEnum):
    """What a table tells of people. Users of a Tagespflege are Pflegebedürftige counted elsewhere already (R13)."""

    PFLEGEBEDUERFTIG = "pflegebeduerftig"
    STATIONAER = "stationaer"
    TEILSTATIONAER = "teilstationaer"


class Quote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The shares of one age band, per cent of its women and of its men."""

    altersgruppe: str
    w_prozent: Prozent
    m_prozent: Prozent

    @property
    def gruppe(self) -> Gruppe:
        return parse_gruppe(self.altersgruppe)


class Quotentafel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of rates: counted on `stichtag`, to be used from `gueltig_von` to `gueltig_bis`, both inclusive."""

    code: str
    titel: str
    merkmal: Merkmal
    gebiet: str
    """Key of the area the rates were counted in: AGS, Regionalschlüssel, `05` for the Land, `DG` for Germany."""
    stichtag: date
    quelle: str
    gueltig_von: date | None = None
    gueltig_bis: date | None = None
    hinweis: str = ""
    quoten: tuple[Quote, ...]

    @property
    def gruppen(self) -> tuple[Gruppe, ...]:
        return tuple(quote.gruppe for quote in self.quoten)

    @property
    def anteile(self) -> NDArray[np.float64]:
        """The shares as fractions: (2, n_bands) float64, sexes as in `GESCHLECHTER`."""
        return np.array([[q.w_prozent for q in self.quoten], [q.m_prozent for q in self.quoten]]) / 100


class Aufteilung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The stated assumption how the people of one coarse band are spread over narrower ones.

    The shares of `teile` are per cent of the band's women and of its men; each sex sums to 100.
    """

    altersgruppe: str
    quelle: str
    teile: tuple[Quote, ...]

    @property
    def gruppe(self) -> Gruppe:
        return parse_gruppe(self.altersgruppe)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    quotentafel: tuple[Quotentafel, ...] = ()
    aufteilung: tuple[Aufteilung, ...] = ()


def parse_quoten(data: Mapping[str, Any], source: str) -> tuple[tuple[Quotentafel, ...], tuple[Aufteilung, ...]]:
    """Read the tables of one file, and the assumptions that split coarse bands.

    Raises
    ------
    SourceRefused
        A table does not name every age exactly once, the parts of a band do not sum to 100 %, a code
        occurs twice, or a field is missing, unknown or out of range.

    """
    try:
        file = msgspec.convert(data, _File)
    except msgspec.ValidationError as error:
        raise SourceRefused(source, f"Eine Quotentafel ist nicht lesbar: {error}") from error
    codes = [tafel.code for tafel in file.quotentafel]
    if repeated := sorted({code for code in codes if codes.count(code) > 1}):
        raise SourceRefused(source, f"Die Quotentafel „{repeated[0]}“ steht zweimal da. Bitte eine umbenennen.")
    for tafel in file.quotentafel:
        require_tiling(_ALLE, _read_gruppen(tafel.quoten, source), f"Die Quotentafel „{tafel.code}“", source)
    for aufteilung in file.aufteilung:
        _check_aufteilung(aufteilung, source)
    return file.quotentafel, file.aufteilung


def require_tiling(whole: Gruppe, parts: Sequence[Gruppe], what: str, source: str) -> None:
    """Refuse bands that do not make up `whole` in order, each age once."""
    joined = all(left.unter == right.von for left, right in pairwise(parts))
    if not parts or not joined or (parts[0].von, parts[-1].unter) != (whole.von, whole.unter):
        raise SourceRefused(
            source, f"{what} muss von jung nach alt jedes Alter genau einmal nennen ({whole.titel}), ohne Lücke."
        )


def _check_aufteilung(aufteilung: Aufteilung, source: str) -> None:
    what = f"Die Aufteilung von „{aufteilung.altersgruppe}“"
    parts = _read_gruppen(aufteilung.teile, source)
    require_tiling(_read_gruppe(aufteilung.altersgruppe, source), parts, what, source)
    for sums in (sum(t.w_prozent for t in aufteilung.teile), sum(t.m_prozent for t in aufteilung.teile)):
        if abs(sums - 100) > _SUM_TOLERANCE_PROZENT:
            raise SourceRefused(source, f"{what} muss je Geschlecht 100 % ergeben, ergibt aber {sums:g} %.")


def _read_gruppen(quoten: Iterable[Quote], source: str) -> list[Gruppe]:
    return [_read_gruppe(quote.altersgruppe, source) for quote in quoten]


def _read_gruppe(code: str, source: str) -> Gruppe:
    try:
        return parse_gruppe(code)
    except InvalidParameter as error:
        raise SourceRefused(source, str(error)) from error


def select_quotentafel(
    tafeln: Iterable[Quotentafel], merkmal: Merkmal, tag: date, gebiete: Sequence[str]
) -> Quotentafel:
    """Take the table that holds on a day: the nearest area first, in it the newest count.

    Parameters
    ----------
    gebiete
        Keys of areas, the preferred first: rates of the Kreis before those of the Land, because rates
        of the Land may be far from a Kreis (Pflegestatistik is published down to Kreise).

    Raises
    ------
    NotAssessable
        No table tells this of these areas on that day.

    """
    valid = [
        tafel
        for tafel in tafeln
        if tafel.merkmal is merkmal
        and tafel.gebiet in gebiete
        and (tafel.gueltig_von is None or tafel.gueltig_von <= tag)
        and (tafel.gueltig_bis is None or tag <= tafel.gueltig_bis)
    ]
    if not valid:
        raise NotAssessable(
            Grund.KEINE_DATEN,
            f"Keine Quotentafel „{merkmal}“ gilt am {tag:%d.%m.%Y} für {', '.join(gebiete)}. "
            "Bitte eine einspielen oder die Gültigkeit einer vorhandenen verlängern.",
        )
    return min(valid, key=lambda tafel: (gebiete.index(tafel.gebiet), -tafel.stichtag.toordinal()))


def latest_pflegestatistik(tag: date) -> date:
    """Find the last count of the Pflegestatistik up to a day: 15 December of every odd year (PflegeStatV § 4).

    It is published about a year after; Pflegegeld is counted on 31 December of the same year.
    """
    year = tag.year if tag.year % 2 else tag.year - 1
    return date(year, 12, 15) if date(year, 12, 15) <= tag else date(year - 2, 12, 15)


def is_outdated(tafel: Quotentafel, tag: date) -> bool:
    """Tell whether there has been a Pflegestatistik on a later day than the rates were counted."""
    return tafel.stichtag < latest_pflegestatistik(tag)
