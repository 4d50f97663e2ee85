"""Keep estimates from giving back what is secret: a need is people times published rates, and so is its ratio."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.szenario import areas_above
from infrastruktur.domain.tabelle import Tabelle, Wert
from infrastruktur.planning.provision import Indikator, Nenner

_ESTIMATED = (Nenner.BEDARF, Nenner.PFLEGEBEDUERFTIGE)
_SILENT: Mapping[str, Wert] = {
    **dict.fromkeys(("wert", "wert_bis", "nenner", "bedarf")),
    "grund": Grund.GEHEIM.value,
}
_PLANNED: Mapping[str, Wert] = {
    **dict.fromkeys(("pflegebeduerftige", "pflegebeduerftige_mindestens", "personen", "ohne_platz")),
    **dict.fromkeys(("bedarf", "saldo", "versorgungsgrad_prozent")),
    "grund": Grund.GEHEIM.value,
}


_CARE: Mapping[str, Wert] = {**dict.fromkeys(("erwartet", "beobachtet", "verhaeltnis")), "grund": Grund.GEHEIM.value}


def find_silent(tabelle: Tabelle, indikatoren: Mapping[str, Indikator]) -> frozenset[str]:
    """Find the areas whose estimates tell too much: Kommunen of which a protected provision hides any number of people.

    Where that is one Kommune alone, the Region is silent too: it less the others is that one.
    """
    return _with_region(
        [row for row in tabelle.records() if indikatoren[str(row["indicator"])].nenner is not Nenner.GROESSE]
    )


def _with_region(records: list[dict[str, Any]], more: frozenset[str] = frozenset()) -> frozenset[str]:
    """Gather the areas of which a row is secret, with those known before, and the Region of one Kommune alone."""
    upper = [row for row in records if row["ebene"] in (Ebene.KOMMUNE, Ebene.REGION)]
    silent = {str(row["gebiet"]) for row in upper if row["grund"] == Grund.GEHEIM} | more
    kommunen = {str(row["gebiet"]) for row in upper if row["ebene"] == Ebene.KOMMUNE} & silent
    alone = {str(row["gebiet"]) for row in upper if row["ebene"] == Ebene.REGION and len(kommunen) == 1}
    return frozenset(silent | alone)


def silence_estimates(tabelle: Tabelle, indikatoren: Mapping[str, Indikator]) -> Tabelle:
    """Hide the need and the Pflegebedürftige of a provision where `find_silent` says so."""
    records, silent = tabelle.records(), find_silent(tabelle, indikatoren)
    for row in records:
        if row["gebiet"] in silent and indikatoren[str(row["indicator"])].nenner in _ESTIMATED:
            row.update(_SILENT)
    return tabelle.with_rows([tuple(row.values()) for row in records])


def silence_plan(plan: Tabelle, silent: frozenset[str]) -> Tabelle:
    """Hide the people of a protected plan, and what follows from them, of areas that other figures are silent of.

    A need by a rule `je_100` divided by its rate is the people of an age group, of whom another figure may hide just
    these. Places and what becomes of them are no people and stay. A plan must be whole, with all rules and levels.
    """
    records = plan.records()
    hidden = _with_region(records, silent)
    for row in records:
        if row["gebiet"] in hidden and any(row[name] is not None for name in _PLANNED if name != "grund"):
            row.update(_PLANNED)
    return plan.with_rows([tuple(row.values()) for row in records])


def find_hidden(provision: Tabelle) -> frozenset[str]:
    """Find the areas of any level of which a protected provision hides some number of people."""
    return frozenset(str(row["gebiet"]) for row in provision.records() if row["grund"] == Grund.GEHEIM)


def silence_care(tabelle: Tabelle, hidden: frozenset[str]) -> Tabelle:
    """Hide the Pflegebedürftige of a protected table in areas that other figures are silent of.

    They are a sum of age groups by published rates: who knows all groups but one, and the sum, knows that one. A table
    must be whole, with all kinds of care and levels.
    """
    records = tabelle.records()
    secret = {str(row["gebiet"]) for row in records if row["grund"] == Grund.GEHEIM} | hidden
    silent = _with_uppers([str(row["gebiet"]) for row in records], secret)
    for row in records:
        if row["gebiet"] in silent and any(row[name] is not None for name in _CARE if name != "grund"):
            row.update(_CARE)
    return tabelle.with_rows([tuple(row.values()) for row in records])


def _with_uppers(gebiete: Sequence[str], secret: Collection[str]) -> frozenset[str]:
    """Add the Kommune or Region of which one part alone is secret: it less the others is that one."""
    silent = set(secret)
    uppers = sorted({upper for each in gebiete for upper in areas_above(each)}.intersection(gebiete), key=len)
    for upper in reversed(uppers):  # Kommunen before the Region
        parts = {each for each in gebiete if _upper_of(each) == upper} & silent
        if len(parts) == 1:
            silent.add(upper)
    return frozenset(silent)


def _upper_of(gebiet: str) -> str | None:
    return next((upper for upper in areas_above(gebiet) if upper != gebiet), None)
