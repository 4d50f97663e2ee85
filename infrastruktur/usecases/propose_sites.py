"""Propose sites for a target: those that reach most people, the fewest that meet it, or those that shorten ways.

What stands stays, and reaches whom the measured target says it reaches: a proposal and the gap it closes come from one
measurement. People without a statement are neither served nor missing, as in gaps; that a new site may reach them too
is not promised.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.geometry import COORDINATE_DECIMALS, transform_xy
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.planning.columns import SITING
from infrastruktur.planning.siting.plan import NEU_VERSORGT, OFFEN, UNERREICHBAR, VERSORGT, Status
from infrastruktur.reports.anzeige import zahl
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.find_proposal import Antwort, find_proposal, look_up_lage
from infrastruktur.usecases.measure_reach import name_people, name_ziel
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.publish_table import name_area, recall_table
from infrastruktur.usecases.search_sites import (
    GAP,
    SitingFrage,
    Suche,
    beyond_minutes,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_WORTE = {
    Status.OPTIMAL: "Kein anderer Plan mit so vielen Standorten erreicht mehr Personen.",
    Status.GENUEGT: "Kein anderer Plan mit so vielen Standorten erreicht mehr als 1 % mehr Personen.",
    Status.ZEITGRENZE: "Die Zeit für die Suche war um: Ein besserer Plan ist möglich, höchstens aber einer, der "
    "neu_hoechstens Personen erreicht.",
    Status.ZIEL_UNERREICHBAR: "Auch alle möglichen Standorte zusammen erreichen das Ziel nicht; "
    "vorgeschlagen wird keiner.",
}
_ALLE = {
    Status.OPTIMAL: "Mit weniger Standorten erreichen nicht alle das Ziel, denen ein möglicher Standort hilft.",
    Status.GENUEGT: "Kein anderer Plan, mit dem so viele das Ziel erreichen, braucht über 1 % weniger Standorte; "
    "mindestens sind es standorte_mindestens.",
    Status.ZEITGRENZE: "Die Zeit für die Suche war um: Weniger Standorte sind möglich, mindestens aber "
    "standorte_mindestens.",
}
_BESSER = {
    Status.OPTIMAL: "Kein anderer Plan in diesen Grenzen ist besser.",
    Status.GENUEGT: "Kein anderer Plan in diesen Grenzen ist um mehr als 1 % besser.",
    Status.ZEITGRENZE: "Die Zeit für die Suche war um: Ein besserer Plan ist möglich, höchstens aber um "
    "abstand_hoechstens_prozent.",
}
_ZELLEN = "Vorgeschlagen sind Mitten bewohnter Zellen: Ob dort gebaut werden kann, weiß die Rechnung nicht."
_ZEHNER = "Öffentlich sind Zahlen von Personen, die ein Vorschlag erreicht, auf volle Zehner gerundet, unter 10 geheim."
_EIN_TRAEGER = (
    "Angenommen ist, dass alle Vorschläge ein Träger betreibt, den es hier noch nicht gibt. Wem mehr als ein Träger "
    "fehlt, dem hilft er allein nicht; diese Personen zählen als unerreichbar."
)
_PLAETZE = {
    Suche.PLAETZE: "Plätze der bestehenden Angebote und der Vorschläge sind so verteilt, dass möglichst viele Personen "
    "des Gebiets einen bekommen.",
    Suche.WEGE: "Plätze der bestehenden Angebote und der Vorschläge sind so verteilt, dass alle Wege zusammen am "
    "kürzesten sind; nicht alle bekommen den nächsten. Wer keinen bekommt, zählt mit dem längsten Weg.",
}
_AUSWAERTIGE = "Menschen von außerhalb, die dieselben Plätze nutzen, sind nicht mitgerechnet."


def propose_sites(context: Context, frage: SitingFrage) -> Tabelle:
    """Propose sites, those first that serve most people; what they achieve stands in the origin's `befund`.

    Raises
    ------
    InvalidParameter
        Parts of the question that do not go together, or the public asks for everybody.
    LimitExceeded
        More candidates than a search may have.
    NotAssessable
        The target wants several Träger or a timetable, or nothing can be said about the people of the area.
    NotFound
        No such target or area.

    """
    lage = look_up_lage(context, frage)
    question = ("siting", lage.messung.stichtag, lage.messung.ziel, frage, lage.vorher["gebiet"])
    return recall_table(context, question, lambda: _write(context, find_proposal(context, frage, lage)), keep=False)


def _write(context: Context, antwort: Antwort) -> Tabelle:
    frage, messung, kandidaten = antwort.frage, antwort.messung, antwort.kandidaten
    befund = _describe_plan(antwort)
    herkunft = Herkunft(
        titel="Standortvorschläge",
        stichtag=messung.stichtag,
        parameter={
            "ziel": messung.ziel.code,
            "kriterium": frage.kriterium,
            "kriteriensatz": antwort.vorher.get("kriteriensatz"),
            "satz_variante": antwort.vorher.get("satz_variante"),
            "grundlage": messung.ziel.grundlage,
            "ziel_prozent": messung.ziel.ziel_prozent if frage.as_few_as_needed else None,
            "suche": frage.suche,
            "anzahl": frage.anzahl,
            "budget": frage.budget,
            "gebiet": antwort.vorher["gebiet"],
            "kandidaten": len(kandidaten),
            "kandidaten_raster_m": kandidaten.raster_m,
            "kandidaten_ohne_strasse": kandidaten.abseits,
            "plaetze": frage.plaetze,
            "plaetze_unbekannt": frage.plaetze_unbekannt,
            "bedarf_prozent": frage.bedarf_prozent,
            "abstand_prozent": 100 * GAP,
            "sekunden": context.settings.limits.siting_seconds,
            "befund": befund,
        },
        netz=messung.netz,
        hinweise=(*_say_result(befund), *_hinweise(context, antwort)),
    )
    return Tabelle(name="siting", spalten=SITING, zeilen=tuple(_rows(antwort)), herkunft=herkunft)


# What a plan achieves


def _describe_plan(antwort: Antwort) -> dict[str, Any]:
    """Say what a plan achieves, how good it is, and who stays without; counts of today are those of coverage."""
    verdict = antwort.plan.verdict
    said = {
        "status": verdict.status.value,
        "standorte": len(antwort.plan.chosen),
        "standorte_mindestens": verdict.sites_at_least,
        "personen": antwort.vorher["personen"],
        "ohne_aussage": antwort.vorher["ohne_aussage"],
        "abstand_hoechstens_prozent": _known(100 * verdict.gap),
    }
    if antwort.kandidaten.kosten.size and antwort.frage.kosten:
        said["kosten"] = float(antwort.kandidaten.kosten[_candidates(antwort)].sum())
    if antwort.frage.counts_places:
        ways = _describe_ways(antwort) if antwort.frage.suche == Suche.WEGE else _bound_places(antwort)
        return said | _describe_places(antwort) | ways
    if antwort.frage.suche == Suche.WEGE:
        return said | _describe_share(antwort, float(antwort.count_new().sum())) | _describe_ways(antwort)
    show, personen = antwort.show, antwort.plan.personen
    without = {"offen": show(personen[OFFEN]), "unerreichbar": show(personen[UNERREICHBAR])}
    at_best: dict[str, Any] = {"neu_hoechstens": show(verdict.bound)}
    if antwort.frage.suche == Suche.ALLE:
        at_best = {"standorte_mindestens": int(verdict.bound)}
    return said | _describe_share(antwort, float(personen[NEU_VERSORGT])) | at_best | without


def _describe_share(antwort: Antwort, new: float) -> dict[str, Any]:
    bisher, ohne = _count(antwort.vorher["erreicht"]), _count(antwort.vorher["nicht_erreicht"])
    neu = antwort.show(new)
    # In tens the new ones can seem to be more than there are.
    nachher = math.nan if neu is None else bisher + min(neu, ohne)
    return {
        "erreicht_vorher": _known(bisher),
        "erreicht_nachher": _known(nachher),
        "anteil_vorher_prozent": _known(_share(bisher, bisher + ohne)),
        "anteil_nachher_prozent": _known(_share(nachher, bisher + ohne)),
        "neu_erreicht": neu,
    }


def _describe_ways(antwort: Antwort) -> dict[str, Any]:
    """Say how long ways are on average, before and after, and how short they can be at best.

    For the public in whole minutes: with tenths and points of one's own one could sound out single cells.
    """
    everybody, verdict = float(antwort.vorschlag.personen.sum()), antwort.plan.verdict
    minutes = {
        "minuten_mittel_vorher": antwort.heute.verdict.objective,
        "minuten_mittel_nachher": verdict.objective,
        "minuten_mittel_mindestens": verdict.bound,
    }
    shown = antwort.show(everybody) is not None and everybody > 0
    decimals = 1 if antwort.show is float else 0
    return {name: round(total / everybody, decimals) if shown else None for name, total in minutes.items()}


def _describe_places(antwort: Antwort) -> dict[str, Any]:
    """Say how many people have a place, before and after."""
    show, plan = antwort.show, antwort.plan
    return {
        "bedarf": show(float(antwort.vorschlag.personen.sum())),
        "mit_platz_vorher": show(float(antwort.heute.personen[VERSORGT])),
        "mit_platz_nachher": show(float(plan.personen[VERSORGT] + plan.personen[NEU_VERSORGT])),
        "davon_an_bestehenden": show(float(plan.personen[VERSORGT])),
        "ohne_platz": show(float(plan.personen[OFFEN])),
        "unerreichbar": show(float(plan.personen[UNERREICHBAR])),
    }


def _bound_places(antwort: Antwort) -> dict[str, Any]:
    """Say how many people can have a place at best."""
    return {"mit_platz_hoechstens": antwort.show(antwort.plan.verdict.bound)}


def _say_result(befund: dict[str, Any]) -> Iterator[str]:
    """Say what a plan brings, for those who do not read `befund`; nothing of what is secret."""

    def known(*names: str) -> bool:
        return befund["standorte"] > 0 and all(befund.get(name) is not None for name in names)

    if known("mit_platz_vorher", "mit_platz_nachher", "bedarf"):
        after, before = zahl(befund["mit_platz_nachher"]), zahl(befund["mit_platz_vorher"])
        yield f"Danach haben {after} von {zahl(befund['bedarf'])} Personen einen Platz, heute {before}."
    if known("erreicht_vorher", "erreicht_nachher", "anteil_vorher_prozent", "anteil_nachher_prozent"):
        after, before = zahl(befund["erreicht_nachher"]), zahl(befund["erreicht_vorher"])
        yield (
            f"Danach erreichen {after} Personen das Ziel ({zahl(befund['anteil_nachher_prozent'], 1)} %), "
            f"heute {before} ({zahl(befund['anteil_vorher_prozent'], 1)} %)."
        )
    if known("minuten_mittel_vorher", "minuten_mittel_nachher"):
        after, before = zahl(befund["minuten_mittel_nachher"], 1), zahl(befund["minuten_mittel_vorher"], 1)
        yield f"Im Mittel ist der Weg danach {after} Minuten lang, heute {before}."


def _count(wert: Wert) -> float:
    """Read a count; NaN where it is not shown."""
    return float(wert) if isinstance(wert, int | float) else math.nan


def _share(part: float, whole: float) -> float:
    return 100 * part / whole if whole else math.nan


def _known(value: float) -> float | None:
    return round(float(value), 2) if math.isfinite(value) else None


# Rows


def _candidates(antwort: Antwort) -> NDArray[np.intp]:
    """Give the candidate each chosen site is (k,)."""
    return np.asarray(antwort.plan.chosen - antwort.vorschlag.stands, dtype=np.intp)


def _rows(antwort: Antwort) -> Iterator[tuple[Wert, ...]]:
    plan, kandidaten, show = antwort.plan, antwort.kandidaten, antwort.show
    at = _candidates(antwort)
    places = np.round(transform_xy(kandidaten.xy_25832[at], 25832, 4326), COORDINATE_DECIMALS)
    known = {**_name_ziel(antwort.messung), **name_people(antwort.messung)}
    neu = None if antwort.frage.counts_places else antwort.count_new()
    nur_hier = antwort.count_alone()
    for rang, number in enumerate(antwort.ranking.tolist(), 1):
        candidate = int(at[number])
        counts = {
            "neu_erreicht": None if neu is None else show(neu[number]),
            "nur_hier": show(nur_hier[number]),
            "zugeordnet": show(plan.zugeordnet[number]),
        }
        asked = counts.keys() - ({"neu_erreicht"} if neu is None else set())
        zeile: dict[str, Wert] = {
            **_name_place(antwort, candidate),
            "rang": rang,
            "laenge": float(places[number, 0]),
            "breite": float(places[number, 1]),
            **counts,
            "kandidat": kandidaten.name[candidate] or None,
            "kosten": float(kandidaten.kosten[candidate]) if antwort.frage.kosten else None,
            "plaetze": antwort.frage.plaetze,
            "grund": Grund.GEHEIM.value if any(counts[name] is None for name in asked) else None,
        }
        yield build_zeile(SITING, {**known, **zeile})


def _name_place(antwort: Antwort, candidate: int) -> dict[str, Wert]:
    """Name the smallest area a candidate lies in; none beyond the region."""
    leaf = int(antwort.kandidaten.leaf[candidate])
    return name_area(antwort.gebiete.leaves[leaf]) if leaf >= 0 else {}


def _name_ziel(messung: Messung) -> dict[str, Wert]:
    named = name_ziel(messung.ziel, messung.stichtag)
    del named["mindestens"]
    return {**named, "ziel_status": messung.ziel.status}


def _hinweise(context: Context, antwort: Antwort) -> Iterator[str]:
    messung, kandidaten, status = antwort.messung, antwort.kandidaten, antwort.plan.verdict.status
    yield messung.ziel.status
    covers = antwort.frage.suche == Suche.ERREICHEN and antwort.frage.budget is None
    if antwort.frage.suche == Suche.ALLE:
        yield _ALLE[status]
    else:
        yield _WORTE[status] if covers or status is Status.ZIEL_UNERREICHBAR else _BESSER[status]
    if not antwort.frage.punkte and antwort.frage.kandidaten != "standorte":
        yield _ZELLEN
    if kandidaten.raster_m is not None:
        yield (
            f"Geprüft sind {len(kandidaten)} Zellen: je Quadrat von {kandidaten.raster_m} m die mit den meisten "
            "Personen der Gruppe. Mit einem Gebiet wird das Raster feiner."
        )
    if kandidaten.abseits:
        yield f"{kandidaten.abseits} mögliche Standorte liegen an keiner Straße und sind nicht geprüft."
    if antwort.frage.suche == Suche.WEGE:
        yield f"Ein Weg von mehr als {beyond_minutes(messung.ziel):.0f} Minuten zählt als so lang."
    if antwort.frage.counts_places:
        yield f"{_PLAETZE[Suche(antwort.frage.suche)]} {_AUSWAERTIGE}"
    if messung.ziel.mindestens > 1:
        yield _EIN_TRAEGER
    if messung.ohne_ort:
        yield f"{messung.ohne_ort} Angebote ohne Punkt oder Straße; wen sie erreichen, ist unbekannt."
    if context.public:
        yield _ZEHNER
