"""Pflegestatistik: how many Pflegebedürftige were counted in an area, by the kind of care they have.

All together are those with Pflegegeld only, with ambulant care, in homes, and those without either (Pflegegrad 1
with offers of Entlastung only, and the like). Guests of a Tagespflege are counted in these already and are never
added to them (R13). Facilities are counted on 15 December of every odd year, Pflegegeld on the 31st (R12).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.domain.quote import Merkmal

_ROUNDING_PERSONEN = 10
"""Official tables are rounded number by number, so that parts miss their sum by a little."""
_SUM_TOLERANCE_PROZENT = 0.15
"""Four shares, each rounded to a tenth."""


class Leistung(StrEnum):
    """The kind of care; `insgesamt` is the sum of `AUFGETEILT`."""

    INSGESAMT = "insgesamt"
    PFLEGEGELD = "pflegegeld"
    AMBULANT = "ambulant"
    VOLLSTATIONAER = "vollstationaer"
    OHNE = "ohne"
    """Pflegegrad 1 with no more than Entlastungsleistungen, and without any use of a benefit."""
    TEILSTATIONAER = "teilstationaer"

    @property
    def titel(self) -> str:
        return _TITEL[self]


_TITEL = {
    Leistung.INSGESAMT: "insgesamt",
    Leistung.PFLEGEGELD: "nur Pflegegeld",
    Leistung.AMBULANT: "ambulante Pflege",
    Leistung.VOLLSTATIONAER: "vollstationär (Dauer- und Kurzzeitpflege)",
    Leistung.OHNE: "ohne diese Leistungen (etwa Pflegegrad 1)",
    Leistung.TEILSTATIONAER: "teilstationär (in den anderen enthalten)",
}
AUFGETEILT = (Leistung.PFLEGEGELD, Leistung.AMBULANT, Leistung.VOLLSTATIONAER, Leistung.OHNE)
"""The kinds that sum to all Pflegebedürftige. Teilstationär is none of them."""
LEISTUNG_OF_MERKMAL = {
    Merkmal.PFLEGEBEDUERFTIG: Leistung.INSGESAMT,
    Merkmal.STATIONAER: Leistung.VOLLSTATIONAER,
    Merkmal.TEILSTATIONAER: Leistung.TEILSTATIONAER,
}
"""Which count the rates of a Merkmal must sum to."""


class Zaehlung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """People counted in an area (Region, AGS or Sozialraum); None where the number is unknown or secret."""

    gebiet: str
    leistung: Leistung
    stichtag: date
    personen: Annotated[float, msgspec.Meta(ge=0)] | None
    quelle: str


class Leistungsanteil(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which share of the Pflegebedürftige of a larger area has a kind of care, for areas that count none."""

    gebiet: str
    leistung: Leistung
    stichtag: date
    prozent: Annotated[float, msgspec.Meta(ge=0, le=100)]
    quelle: str


class Pflegestatistik(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of counts holds: blocks `[[zaehlung]]` and `[[anteil]]`."""

    zaehlung: tuple[Zaehlung, ...] = ()
    anteil: tuple[Leistungsanteil, ...] = ()

    def find(self, gebiet: str, leistung: Leistung, tag: date) -> Zaehlung | None:
        """Find the newest count of an area up to a day; one without a number is none."""
        return self.list_newest(tag).get((gebiet, leistung))

    def list_newest(self, tag: date) -> dict[tuple[str, Leistung], Zaehlung]:
        """List the newest counts up to a day, by area and kind of care; one without a number is none."""
        newest: dict[tuple[str, Leistung], Zaehlung] = {}
        for each in self.zaehlung:
            known = newest.get((each.gebiet, each.leistung))
            if each.stichtag <= tag and each.personen is not None and (known is None or known.stichtag < each.stichtag):
                newest[each.gebiet, each.leistung] = each
        return newest

    def find_anteil(self, gebiete: Iterable[str], leistung: Leistung, tag: date) -> Leistungsanteil | None:
        """Find the share of a kind of care: counted in the nearest area that counts, else the nearest stated one."""
        for gebiet in gebiete:
            part, whole = self.find(gebiet, leistung, tag), self.find(gebiet, Leistung.INSGESAMT, tag)
            if part and whole and part.stichtag.year == whole.stichtag.year and part.personen and whole.personen:
                return Leistungsanteil(
                    gebiet=gebiet,
                    leistung=leistung,
                    stichtag=part.stichtag,
                    prozent=100 * part.personen / whole.personen,
                    quelle=f"{part.quelle}: {part.personen:g} von {whole.personen:g}",
                )
            stated = [e for e in self.anteil if (e.gebiet, e.leistung) == (gebiet, leistung) and e.stichtag <= tag]
            if stated:
                return max(stated, key=lambda each: each.stichtag)
        return None


def parse_pflegestatistik(data: Mapping[str, Any], source: str) -> Pflegestatistik:
    """Read the counts of one file.

    Raises
    ------
    SourceRefused
        Something is stated twice, the kinds of care do not sum to the total (as when teilstationär is added),
        or a field is missing, unknown or out of range.

    """
    try:
        file = msgspec.convert(data, Pflegestatistik)
    except msgspec.ValidationError as error:
        raise SourceRefused(source, f"Eine Zählung ist nicht lesbar: {error}") from error
    check_zaehlungen(file.zaehlung, source)
    _check_anteile(file.anteil, source)
    return file


def check_zaehlungen(zaehlungen: Iterable[Zaehlung], source: str) -> None:
    """Refuse counts that contradict each other, see `parse_pflegestatistik`."""
    of_area: dict[tuple[str, int], dict[Leistung, float | None]] = {}
    stated: set[tuple[str, Leistung, date]] = set()
    for each in zaehlungen:
        key = (each.gebiet, each.leistung, each.stichtag)
        if key in stated:
            raise SourceRefused(source, f"„{each.leistung}“ in {each.gebiet} zum {each.stichtag} steht zweimal da.")
        stated.add(key)
        of_area.setdefault((each.gebiet, each.stichtag.year), {})[each.leistung] = each.personen
    for (gebiet, year), counts in of_area.items():
        parts = [counts.get(leistung) for leistung in AUFGETEILT]
        whole = counts.get(Leistung.INSGESAMT)
        known = [part for part in parts if part is not None]
        if whole is not None and len(known) == len(parts) and abs(sum(known) - whole) > _ROUNDING_PERSONEN:
            raise SourceRefused(
                source,
                f"In {gebiet} {year} ergeben Pflegegeld, ambulant, vollstationär und ohne Leistung {sum(known):g} "
                f"Personen, insgesamt stehen dort {whole:g}. Teilstationär Versorgte sind darin schon enthalten und "
                "dürfen nicht dazukommen.",
            )


def _check_anteile(anteile: Iterable[Leistungsanteil], source: str) -> None:
    sums: dict[tuple[str, date], list[float]] = {}
    for each in anteile:
        if each.leistung in AUFGETEILT:
            sums.setdefault((each.gebiet, each.stichtag), []).append(each.prozent)
    for (gebiet, tag), parts in sums.items():
        if len(parts) == len(AUFGETEILT) and abs(sum(parts) - 100) > _SUM_TOLERANCE_PROZENT:
            raise SourceRefused(source, f"Die Anteile in {gebiet} zum {tag} ergeben {sum(parts):g} statt 100 %.")
