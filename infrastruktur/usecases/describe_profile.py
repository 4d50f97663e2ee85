"""Make profiles of judged criteria: for each area what is missing first, an index where asked for, and a sentence.

What secrecy has hidden stays hidden: its state is `nicht_bewertbar`, and place and index follow from what is shown.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.kriterium import Abdeckung
from infrastruktur.domain.raum import label_of_key
from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.planning.quarter import UNGEPRUEFT, Zustand, index_prozent, order_profile

Row = dict[str, Any]

_WORTE = {
    Zustand.NICHT_ERFUELLT: "Nicht erfüllt",
    Zustand.TEILWEISE: "Teilweise erfüllt",
    Zustand.NICHT_BEWERTBAR: "Nicht bewertbar",
    Zustand.ERFUELLT: "Erfüllt",
}
_GRUENDE: Mapping[str, str] = {
    Grund.GEHEIM: "die Zahlen sind geheim",
    Grund.KEINE_BEVOELKERUNG: "hier wohnt niemand dieser Gruppe",
    Grund.KEINE_DATEN: "es fehlen Daten",
    Grund.KEIN_FAHRPLAN: "es liegt kein Fahrplan vor",
    UNGEPRUEFT: "zu viele Angebote sind ungeprüft",
}
_WEGE = {"zu_fuss": "zu Fuß", "rad": "mit dem Rad", "pkw": "mit dem Auto", "oepnv": "mit Bus und Bahn"}


def describe_profile(
    table: Tabelle, variant_of: Mapping[tuple[str, str], str], *, kriterium: str | None = None, index: bool = False
) -> Tabelle:
    """Keep the rows of each area's own variant, order them, and say each in a sentence.

    `variant_of` gives the variant by level and key; an area without one is left out, as the Region is whose Kommunen
    have several. With `kriterium` only its rows are shown, at the places they have in the whole profile.
    """
    areas: dict[tuple[str, str], list[Row]] = {}
    for row in table.records():
        area = (str(row["ebene"]), str(row["gebiet"]))
        if row["kriterium"] is not None and variant_of.get(area) == row["satz_variante"]:
            areas.setdefault(area, []).append(_hide_state(row))
    rows = [row for profile in areas.values() for row in _order(profile, index=index)]
    return table.with_rows([tuple(row.values()) for row in rows if kriterium in (None, row["kriterium"])])


def _hide_state(row: Row) -> Row:
    return row if row["zustand"] is not None else {**row, "zustand": Zustand.NICHT_BEWERTBAR.value}


def _order(profile: list[Row], *, index: bool) -> Iterable[Row]:
    states = [Zustand(row["zustand"]) for row in profile]
    weights = [int(row["gewicht"]) for row in profile]
    lacks = [max(0.0, row["ziel_prozent"] - (row["anteil_beurteilt_prozent"] or 0.0)) for row in profile]
    score, known = index_prozent(states, weights)
    for place, at in enumerate(order_profile(states, weights, lacks), start=1):
        row = {**profile[at], "platz": place, "aussage": describe_row(profile[at])}
        if index:
            row |= {"index_prozent": score, "index_beurteilt_prozent": known}
        yield row


def describe_row(row: Row) -> str:
    """Say a criterion of an area as a planner would in the Konferenz Alter und Pflege (domain 4.3)."""
    titel = str(row["kriterium_titel"]).partition(":")[0]
    said = [f"{_name(row)} · {titel}: {_say_share(row)}", *_say_gap(row), *_say_nearest(row)]
    said.append(
        f"Stand {row['stichtag']:%d.%m.%Y}, Kriteriensatz {row['kriteriensatz']} Version {row['version']} "
        f"({row['satz_status']})"
    )
    if row["angebote"]:
        said.append(f"Daten: {row['ungeprueft']} von {row['angebote']} Angeboten seit mehr als 12 Monaten ungeprüft")
    return ". ".join(said) + "."


def _name(row: Row) -> str:
    label = label_of_key(str(row["gebiet"]))
    return str(row["gebiet_name"]) if label == row["gebiet"] else label


def _say_share(row: Row) -> str:
    zustand = Zustand(row["zustand"])
    grund = "" if row["grund"] is None else f", {_GRUENDE.get(str(row['grund']), str(row['grund']))}"
    reached, goal = row["anteil_beurteilt_prozent"], f"Ziel mindestens {_number(row['ziel_prozent'])} %"
    if reached is None or row["personen"] is None:
        return f"{_WORTE[zustand]}{grund} ({goal})"
    people = f"{_number(reached)} % der {math.floor(row['personen'] + 0.5)} Personen {_group(row)}"
    return f"{_WORTE[zustand]}{grund}; {people} {_say_demand(row)} ({goal})"


def _group(row: Row) -> str:
    return parse_gruppe(str(row["altersgruppe"])).titel


def _say_demand(row: Row) -> str:
    number = int(row["mindestens"])
    if row["abdeckung"] == Abdeckung.EINSATZGEBIET:
        return f"wohnen im Einsatzgebiet von mindestens {'einem Träger' if number == 1 else f'{number} Trägern'}"
    reached = f"erreichen mindestens {'ein Angebot' if number == 1 else f'{number} Träger'}"
    way = _WEGE[str(row["modus"])]
    if row["max_minuten"] is not None:
        return f"{reached} in höchstens {row['max_minuten']} Minuten {way}"
    straight = "Luftlinie" if row["metrik"] == "luftlinie" else f"Weg {way}"
    return f"{reached} in höchstens {row['max_meter']} m {straight}"


def _say_gap(row: Row) -> Iterable[str]:
    if row["bis_zum_ziel"]:
        yield f"Lücke: {round(row['bis_zum_ziel'])} Personen"


def _say_nearest(row: Row) -> Iterable[str]:
    if row["naechstes_angebot"] is None:
        return
    away = (
        f"{row['naechste_meter'] / 1000:.1f} km".replace(".", ",")
        if row["naechste_meter"] is not None
        else f"{math.ceil(row['naechste_minuten'] - 1e-6)} Minuten"
    )
    yield f"Nächstes Angebot für die Übrigen: {row['naechstes_angebot']}, {away}"


def _number(percent: float) -> str:
    """Write a share in whole per cent, rounded down: a target that is missed never reads as met."""
    return f"{math.floor(percent + 1e-6)}"
