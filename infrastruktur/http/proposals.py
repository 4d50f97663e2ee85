"""What would close a gap, one click away: beside each gap that new sites can close, the address that proposes one."""

from datetime import date

import msgspec

from infrastruktur.domain.flaeche import EBENE
from infrastruktur.domain.tabelle import Spalte, Tabelle, Wert
from infrastruktur.http.links import href
from infrastruktur.usecases.list_gaps import ZIEL

VORSCHLAG = Spalte(name="vorschlag", titel="Wo ein neuer Standort die Lücke am meisten schließt (Adresse)")
_BESIDE = "sicherheit"


def link_proposals(gaps: Tabelle, *, base_url: str, stichtag: date | None) -> Tabelle:
    """Add the column `vorschlag` to a table of gaps: the address of siting that proposes one new site for the gap.

    Null where nobody is missing, or nobody says how many; where places are missing or a criterion is, for sites are
    searched for targets; and for a drawn area, without residents of homes, and under a scenario, for none are then.
    """
    at = gaps.spalte(_BESIDE) + 1
    searched = not {"bevoelkerung", "szenario"} & gaps.herkunft.parameter.keys()
    proposed = [_propose(row, base_url, stichtag) if searched else None for row in gaps.records()]
    return msgspec.structs.replace(
        gaps,
        spalten=(*gaps.spalten[:at], VORSCHLAG, *gaps.spalten[at:]),
        zeilen=tuple((*zeile[:at], address, *zeile[at:]) for zeile, address in zip(gaps.zeilen, proposed, strict=True)),
    )


def _propose(row: dict[str, Wert], base_url: str, stichtag: date | None) -> str | None:
    if not row["bis_zum_ziel"] or row.get("herkunft", ZIEL) != ZIEL or row["ebene"] == EBENE:
        return None
    asked = {"ziel": str(row["ziel"]), "gebiet": str(row["gebiet"]), "anzahl": "1"}
    if row["mindestens"] != 1:
        asked["traeger"] = "neu"  # whom several Träger are to serve, a new site serves only as one of them
    if stichtag is not None:
        asked["stichtag"] = stichtag.isoformat()
    return href(base_url, "/planning/siting", asked)
