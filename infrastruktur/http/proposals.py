"""What would close a gap, one click away: beside each gap that new sites can close, the address that proposes one."""

from datetime import date

import msgspec

from infrastruktur.domain.flaeche import EBENE
from infrastruktur.domain.tabelle import Spalte, Tabelle, Wert
from infrastruktur.http.angaben import MAX_SZENARIO, SZENARIO
from infrastruktur.http.links import href
from infrastruktur.usecases.list_gaps import ZIEL

VORSCHLAG = Spalte(name="vorschlag", titel="Wo ein neuer Standort die Lücke am meisten schließt (Adresse)")
_BESIDE = "sicherheit"


def link_proposals(gaps: Tabelle, *, base_url: str, stichtag: date | None, szenario: str | None) -> Tabelle:
    """Add the column `vorschlag` to a table of gaps: the address of siting that proposes one new site for the gap.

    Null where nobody is missing, or nobody says how many; where places are missing or a criterion is, for sites are
    searched for targets; for a drawn area, and without residents of homes, for none are then; and under a scenario
    (`szenario`, as JSON) too long for an address.
    """
    at = gaps.spalte(_BESIDE) + 1
    searched = "bevoelkerung" not in gaps.herkunft.parameter and len(szenario or "") <= MAX_SZENARIO
    also = {
        **({} if stichtag is None else {"stichtag": stichtag.isoformat()}),
        **({} if szenario is None else {SZENARIO.name: szenario}),
    }
    proposed = [_propose(row, base_url, also) if searched else None for row in gaps.records()]
    return msgspec.structs.replace(
        gaps,
        spalten=(*gaps.spalten[:at], VORSCHLAG, *gaps.spalten[at:]),
        zeilen=tuple((*zeile[:at], address, *zeile[at:]) for zeile, address in zip(gaps.zeilen, proposed, strict=True)),
    )


def _propose(row: dict[str, Wert], base_url: str, also: dict[str, str]) -> str | None:
    if not row["bis_zum_ziel"] or row.get("herkunft", ZIEL) != ZIEL or row["ebene"] == EBENE:
        return None
    asked = {"ziel": str(row["ziel"]), "gebiet": str(row["gebiet"]), "anzahl": "1"}
    if row["mindestens"] != 1:
        asked["traeger"] = "neu"  # whom several Träger are to serve, a new site serves only as one of them
    return href(base_url, "/planning/siting", asked | also)
