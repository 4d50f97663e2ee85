"""Keep estimates from giving back what is secret: a need is people times published rates, and so is its ratio."""

from collections.abc import Mapping

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Tabelle, Wert
from infrastruktur.planning.provision import Indikator, Nenner

_ESTIMATED = (Nenner.BEDARF, Nenner.PFLEGEBEDUERFTIGE)
_SILENT: Mapping[str, Wert] = {
    **dict.fromkeys(("wert", "wert_bis", "nenner", "bedarf")),
    "grund": Grund.GEHEIM.value,
}


def silence_estimates(tabelle: Tabelle, indikatoren: Mapping[str, Indikator]) -> Tabelle:
    """Hide the need and the Pflegebedürftige of every Kommune of which any number of people is hidden.

    Where that is one Kommune alone, the Region is silent too: it less the others is that one.
    """
    records = tabelle.records()
    silent = {
        str(row["gebiet"])
        for row in records
        if row["ebene"] != Ebene.SOZIALRAUM
        and row["grund"] == Grund.GEHEIM
        and indikatoren[str(row["indicator"])].nenner is not Nenner.GROESSE
    }
    kommunen = {str(row["gebiet"]) for row in records if row["ebene"] == Ebene.KOMMUNE} & silent
    alone = len(kommunen) == 1
    for row in records:
        hidden = row["gebiet"] in silent or (alone and row["ebene"] == Ebene.REGION)
        if hidden and indikatoren[str(row["indicator"])].nenner in _ESTIMATED:
            row.update(_SILENT)
    return tabelle.with_rows([tuple(row.values()) for row in records])
