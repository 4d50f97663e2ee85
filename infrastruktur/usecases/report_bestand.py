"""Report the Bestand of § 7 Abs. 4 APG NRW, and the changes that led to it and are announced after it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.art import Art, get_art, list_arten
from infrastruktur.domain.bedarfsbestaetigung import read_tag
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.planning.bedarfsplanung import Planungsraum
from infrastruktur.planning.bestandstafel import (
    Artbestand,
    find_berichtstag,
    find_vorbericht,
    list_bestand,
    require_berichtstag,
)
from infrastruktur.planning.plan_columns import BESTANDSTAFEL, VERAENDERUNGEN
from infrastruktur.planning.veraenderung import Veraenderung, list_veraenderungen
from infrastruktur.storage.angebote import Supply, list_attribute
from infrastruktur.storage.fassungen import Angebotszeit, list_angebotszeiten
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.gather_grundlagen import GROESSE, join_days, load_supplies, name_planungsraum
from infrastruktur.usecases.publish_table import choose_stichtag, publish_table, recall_table
from infrastruktur.usecases.spread_population import Gebiete, spread_population

BETRIEBEN = "plaetze_betrieben"
_KOMPLEMENTAER = (
    *("beratung.pflege", "beratung.pflegestuetzpunkt", "beratung.wohnberatung", "beratung.senioren"),
    *("beratung.demenz", "beratung.selbsthilfe"),
)
"""Komplementäre Hilfen beside care (§ 7 Abs. 1 APG NRW)."""
_ANNOUNCED = 3650
"""So many days ahead announced changes are listed: what lies further is no plan of anybody."""


def list_arten_des_gesetzes() -> tuple[Art, ...]:
    """List the kinds § 7 Abs. 1 APG NRW names, whether there are any or not.

    Wohn- und Pflegeformen, komplementäre Hilfen, and what altengerechte Quartiere live on.
    """
    return tuple(art for art in list_arten() if art.kategorie in ("pflege", "quartier") or art.code in _KOMPLEMENTAER)


def report_bestand(
    context: Context, *, stichtag: date | None = None, ebene: str | None = None, art: str | None = None
) -> Tabelle:
    """State the Bestand of 31 December of an odd year beside that of the report before; no forecast is in it.

    Raises
    ------
    InvalidParameter
        The law asks for no report of that day.
    NotFound
        There is no such art.

    """
    day = find_berichtstag(choose_stichtag(context, None)) if stichtag is None else require_berichtstag(stichtag)
    only = None if art is None else get_art(art).code
    table = recall_table(context, ("bestandsbericht", day), lambda: _report(context, day), keep=stichtag is None)
    return publish_table(context, table, ebene=ebene, art=only)


def _report(context: Context, day: date) -> Tabelle:
    gebiete = spread_population(context, day).gebiete
    raum, vorher = name_planungsraum(gebiete), find_vorbericht(day)
    tage = (day,) if vorher is None else (vorher, day)
    je_tag = load_supplies(context, gebiete, tage)
    bestaetigt = _find_bestaetigt(context, day)
    je_art = {art.code: _of_art(gebiete, tage, je_tag, art, bestaetigt) for art in list_arten_des_gesetzes()}
    stand = _find_stand(raum, je_tag[-1])
    titel = {art.code: art.titel for art in list_arten()}
    rows = (
        {**row, "art_titel": titel[str(row["art"])], **stand.get((str(row["gebiet"]), str(row["art"])), {})}
        for row in list_bestand(raum, je_art, day)
    )
    herkunft = Herkunft(
        titel="Bestand nach § 7 Abs. 4 APG NRW",
        stichtag=day,
        parameter={"vergleich": None if vorher is None else vorher.isoformat()},
        hinweise=_list_hinweise(je_tag[-1], raum, day),
    )
    return Tabelle(
        name="bestandsbericht",
        spalten=BESTANDSTAFEL,
        zeilen=tuple(build_zeile(BESTANDSTAFEL, row) for row in rows),
        herkunft=herkunft,
    )


def _find_bestaetigt(context: Context, day: date) -> Collection[str]:
    """Find the Angebote whose need was confirmed by a day."""
    arten = [art.code for art in list_arten_des_gesetzes()]
    with context.store.read() as connection:
        stated = list_attribute(connection, arten)
    return {id_ for id_, attribute in stated.items() if (read_tag(attribute) or date.max) <= day}


def _of_art(
    gebiete: Gebiete, tage: Sequence[date], je_tag: Sequence[Supply], art: Art, bestaetigt: Collection[str]
) -> Artbestand:
    taken = [supply.take(np.flatnonzero(supply.art == art.code)) for supply in je_tag]
    confirmed = [supply.take(np.flatnonzero(np.isin(supply.id, sorted(bestaetigt)))) for supply in taken]
    return Artbestand(
        zugelassen=join_days(gebiete, tage, taken, GROESSE),
        betrieben=join_days(gebiete, tage, taken, BETRIEBEN),
        bestaetigt=join_days(gebiete, tage, confirmed, GROESSE),
        bekannt=any(len(supply) for supply in taken),
        plaetze=art.groesse == GROESSE,
    )


def _find_stand(raum: Planungsraum, supply: Supply) -> Mapping[tuple[str, str], dict[str, Wert]]:
    """Find the oldest and the newest day the statements of each area and art speak of (R12)."""
    running = supply.take(np.flatnonzero((supply.status == Status.IN_BETRIEB) & ~np.isnat(supply.stand)))
    found: dict[tuple[str, str], dict[str, Wert]] = {}
    for art in np.unique(running.art).tolist():
        of_art = running.take(np.flatnonzero(running.art == art))
        for at, gebiet in enumerate(raum.gebiete):
            here = of_art.kommune == gebiet if at < len(raum.kommunen) else of_art.kommune != ""
            if here.any():
                days = of_art.stand[here]
                found[gebiet, art] = {"stand_von": days.min().item(), "stand_bis": days.max().item()}
    return found


def _list_hinweise(supply: Supply, raum: Planungsraum, day: date) -> tuple[str, ...]:
    running = supply.take(np.flatnonzero(supply.status == Status.IN_BETRIEB))
    placeless = int((~np.isin(running.kommune, raum.kommunen)).sum())
    later = int((running.stand > np.datetime64(day)).sum())
    unknown = int(np.isnat(running.stand).sum())
    return (
        "Nur der Bestand des Stichtags, keine Vorausschau. Erwartetes und Ruhendes steht daneben und zählt nicht mit.",
        "Die Maßnahmen desselben Tages sind eine eigene Tabelle (/planning/massnahmen, in Excel das zweite Blatt).",
        "Eine Bedarfsbestätigung zählt, wenn sie am Stichtag vorlag; sie gehört zu Geplantem, Genehmigtem oder im Bau.",
        "Eingestreute Kurzzeitpflege ist in den Dauerpflegeplätzen enthalten und wird nicht addiert.",
        "Arten, die keine Quelle nennt, sind ohne Zahl: Ob es sie nicht gibt, ist nicht bekannt.",
        *((f"{later} Angaben haben einen Stand nach dem Stichtag.",) if later else ()),
        *((f"{unknown} Angaben nennen keinen Stand.",) if unknown else ()),
        *((f"{placeless} Angebote ohne bekannte Kommune sind nicht enthalten.",) if placeless else ()),
        "Die amtliche Pflegestatistik zählt Einrichtungen am 15.12.; sie ist hier nicht eingerechnet.",
    )


def list_platzveraenderungen(
    context: Context, *, stichtag: date | None = None, von: date | None = None, art: str | None = None
) -> Tabelle:
    """List what opened, closed, grew or shrank after `von` up to the Stichtag, and what is announced after it.

    Without `von` the list begins after the last report of § 7 Abs. 4 APG NRW that lies before the Stichtag.

    Raises
    ------
    InvalidParameter
        `von` does not lie before the Stichtag.

    """
    day = choose_stichtag(context, stichtag)
    nach = find_berichtstag(day - timedelta(days=1)) if von is None else von
    if nach >= day:
        raise InvalidParameter("von", f"Der {nach:%d.%m.%Y} liegt nicht vor dem Stichtag {day:%d.%m.%Y}.")
    only = None if art is None else get_art(art).code
    question = ("platzveraenderungen", day, nach)
    table = recall_table(context, question, lambda: _list_changes(context, nach, day), keep=False)
    return publish_table(context, table, art=only)


def _list_changes(context: Context, nach: date, day: date) -> Tabelle:
    gebiete = spread_population(context, day).gebiete
    arten = {art.code: art for art in list_arten_des_gesetzes() if art.groesse == GROESSE}
    with context.store.read() as connection:
        zeiten = list_angebotszeiten(connection, tuple(arten), public=context.public)
    namen = {kommune.schluessel: kommune.titel for kommune in gebiete.kommunen}
    inside = [zeit for zeit in zeiten if zeit.kommune is None or zeit.kommune in namen]
    changes = list_veraenderungen(inside, nach, day + timedelta(days=_ANNOUNCED))
    rows = sorted(
        _write_changes(changes, namen, arten, day), key=lambda row: (row["tag"], row["gebiet"] or "", row["angebot"])
    )
    herkunft = Herkunft(
        titel="Platzveränderungen",
        stichtag=day,
        parameter={"von": nach.isoformat()},
        hinweise=(
            "Was nach dem Stichtag liegt, ist angekündigt und in keinem Bestand enthalten.",
            "Ein Vorhaben ist geplant, genehmigt oder im Bau; seine Plätze zählen erst, wenn es in Betrieb geht.",
            "Der Anlass steht bei der letzten Veränderung der Plätze eines Angebots.",
        ),
    )
    return Tabelle(
        name="platzveraenderungen",
        spalten=VERAENDERUNGEN,
        zeilen=tuple(build_zeile(VERAENDERUNGEN, row) for row in rows),
        herkunft=herkunft,
    )


def _write_changes(
    changes: Iterator[Veraenderung[Angebotszeit]], namen: Mapping[str, str], arten: Mapping[str, Art], day: date
) -> Iterator[dict[str, Wert]]:
    for change in changes:
        zeit = change.zeit
        yield {
            "ebene": Ebene.KOMMUNE.value,
            "gebiet": zeit.kommune,
            "gebiet_name": namen.get(zeit.kommune or "", "ohne Zuordnung"),
            "tag": change.tag,
            "angebot": zeit.name,
            "art": zeit.art,
            "bewegung": str(change.bewegung),
            "status_vorher": change.vorher[0],
            "status_nachher": change.nachher[0] or Status.GESCHLOSSEN.value,
            "plaetze_vorher": change.vorher[1],
            "plaetze_nachher": change.nachher[1],
            "differenz": change.differenz,
            "anlass": change.anlass,
            "angekuendigt": change.tag > day,
            "quelle": zeit.quelle,
            "stichtag": day,
            "art_titel": arten[zeit.art].titel,
            "id": zeit.id,
        }
