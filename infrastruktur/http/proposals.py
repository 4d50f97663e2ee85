"""What would close a gap, one click away: beside each gap that new sites can close, the address that proposes one."""

from collections.abc import Mapping

import msgspec

from infrastruktur.domain.flaeche import EBENE
from infrastruktur.domain.tabelle import Spalte, Tabelle, Wert
from infrastruktur.http.angaben import MAX_SZENARIO, SZENARIO
from infrastruktur.http.links import href
from infrastruktur.usecases.list_gaps import ZIEL

VORSCHLAG = Spalte(name="vorschlag", titel="Wo ein neuer Standort die Lücke am meisten schließt (Adresse)")
_BESIDE = "sicherheit"


def link_proposals(gaps: Tabelle, *, base_url: str, asked: Mapping[str, str]) -> Tabelle:
    """Add the column `vorschlag` to gaps or profiles: the address of siting that proposes one new site for the gap.

    Null where nobody is missing, or nobody says how many; where places are missing, or a criterion asks for an
    Einsatzgebiet, to which no site adds; for a drawn area, and without residents of homes, for no sites are searched
    there; and under a scenario too long for an address. `asked` is of which day, scenario (as JSON) and knowledge.
    """
    at = gaps.spalte(_BESIDE) + 1
    searched = "bevoelkerung" not in gaps.herkunft.parameter and len(asked.get(SZENARIO.name, "")) <= MAX_SZENARIO
    proposed = [_propose(row, base_url, asked) if searched else None for row in gaps.records()]
    return msgspec.structs.replace(
        gaps,
        spalten=(*gaps.spalten[:at], VORSCHLAG, *gaps.spalten[at:]),
        zeilen=tuple((*zeile[:at], address, *zeile[at:]) for zeile, address in zip(gaps.zeilen, proposed, strict=True)),
    )


def _propose(row: dict[str, Wert], base_url: str, also: Mapping[str, str]) -> str | None:
    if not row["bis_zum_ziel"] or row["modus"] is None or row["ebene"] == EBENE:
        return None
    if row.get("herkunft", ZIEL) == ZIEL and "ziel" in row:
        sought = {"ziel": str(row["ziel"])}
    else:
        of_set = {"kriteriensatz": str(row["kriteriensatz"])} if "kriteriensatz" in row else {}
        sought = {"kriterium": str(row["kriterium"]), **of_set, "variante": str(row["satz_variante"])}
    asked = {**sought, "gebiet": str(row["gebiet"]), "anzahl": "1"}
    if row["mindestens"] != 1:
        asked["traeger"] = "neu"  # whom several Träger are to serve, a new site serves only as one of them
    return href(base_url, "/planning/siting", {**asked, **also})
