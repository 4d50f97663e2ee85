"""Judge areas as Versorgungsquartiere: which components of a criteria set each has, and what it lacks.

Every Sozialraum or Bezirk, every Kommune, or one drawn quarter, by the variant of the set that its Kommune belongs
to. All variants are measured for all areas, because secrecy has to see whole sums; shown is the one that holds.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any

import msgspec
import numpy as np

from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable
from infrastruktur.domain.flaeche import EBENE, Flaeche
from infrastruktur.domain.kriterium import (
    Abdeckung,
    Kriteriensatz,
    Kriterium,
    parse_kriterien,
    satz_of_kommune,
    select_kriteriensatz,
)
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, Werte, list_columns
from infrastruktur.domain.ziel import Bevoelkerung
from infrastruktur.planning import quarter
from infrastruktur.planning.columns import VERSORGUNGSQUARTIERE
from infrastruktur.planning.gaps import describe_sicherheit, luecken
from infrastruktur.planning.quarter import Massstab, Zustand
from infrastruktur.resources import folder
from infrastruktur.usecases.assess_coverage import count_bystanders
from infrastruktur.usecases.choose_areas import (
    Gebietsschnitt,
    Schnitte,
    Stufenschnitt,
    build_rows,
    choose_areas,
    name_flaeche,
)
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_profile import describe_profile
from infrastruktur.usecases.leave_out_homes import OLD_FROM
from infrastruktur.usecases.measure_kriterium import Befund, count_aufsuchend, measure_kriterium
from infrastruktur.usecases.measure_reach import name_ziel
from infrastruktur.usecases.publish_table import choose_stichtag, publish_table, recall_table
from infrastruktur.usecases.read_annahmen import name_annahme
from infrastruktur.usecases.spread_population import Gebiete, spread_population
from infrastruktur.usecases.state_gaps import name_gaps
from infrastruktur.usecases.state_homes import list_abzuege, name_bevoelkerung
from infrastruktur.usecases.take_out_homes import require_staff_for_homes

TITEL = "Versorgungsquartiere"
HINWEISE = (
    "Ein Profil, keine Note: Jedes Kriterium hat seinen eigenen Zustand, Fehlendes steht zuerst.",
    (
        "Nicht bewertbar ist, wofür Daten oder ein Fahrplan fehlen oder wo zu viele der Angebote, auf denen die "
        "Aussage beruht, seit mehr als 12 Monaten ungeprüft sind."
    ),
)


class Quartierfrage(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: nothing for the first set in all areas; `index` also states a weighted index per area."""

    stichtag: date | None = None
    ebene: str | None = None
    gebiet: str | None = None
    kriterium: str | None = None
    kriteriensatz: str | None = None
    variante: str | None = None
    index: bool = False
    bevoelkerung: Bevoelkerung = "alle"
    flaeche: Flaeche | None = None


def read_kriterien(context: Context) -> tuple[Kriteriensatz, ...]:
    """Read the criteria sets: those of this installation first, which replace the shipped ones by their code.

    Raises
    ------
    SourceRefused
        A file cannot be read; names the line.

    """
    standard, own = _read_standard(), context.settings.kriterien
    mine = _parse(own.read_text(encoding="utf-8"), own.name) if own.is_file() else ()
    replaced = {satz.code for satz in mine}
    return (*mine, *(satz for satz in standard if satz.code not in replaced))


@cache
def _read_standard() -> tuple[Kriteriensatz, ...]:
    """Read the sets that come with the program and change with it."""
    shipped = folder("schemas") / "kriterien.toml"
    return _parse(shipped.read_text(encoding="utf-8"), shipped.name)


@lru_cache(maxsize=8)
def _parse(text: str, name: str) -> tuple[Kriteriensatz, ...]:
    """Read a text once: it is looked at for every criterion, and takes 20 ms."""
    return parse_kriterien(text, name)


def judge_quarters(context: Context, frage: Quartierfrage) -> Tabelle:
    """State the profile of every area, or of a drawn one: a row per criterion, what is missing first.

    Raises
    ------
    InvalidParameter
        There is no such variant, or the public asks for a drawn area.
    NotFound
        There is no such criteria set on that day.

    """
    require_staff_for_homes(context, frage.bevoelkerung)
    stichtag = choose_stichtag(context, frage.stichtag)
    varianten = choose_varianten(context, frage, stichtag)
    verteilung = spread_population(context, stichtag)
    schnitte = choose_areas(context, verteilung, frage.flaeche, ebene=frage.ebene)
    named = {**name_flaeche(frage.flaeche), **name_bevoelkerung(frage.bevoelkerung)}
    question = ("versorgungsquartiere", stichtag, varianten, named, name_annahme(context, stichtag))
    usual = not any((frage.stichtag, frage.flaeche, frage.variante, frage.kriteriensatz, frage.bevoelkerung != "alle"))
    table = recall_table(context, question, lambda: _judge(context, schnitte, varianten, stichtag, named), keep=usual)
    if context.public:
        table = table.with_rows([*table.zeilen, *count_bystanders(context, stichtag, VERSORGUNGSQUARTIERE)])
    shown = publish_table(context, table, ebene=frage.ebene, gebiet=frage.gebiet)
    variant_of = assign_varianten(verteilung.gebiete, varianten, frage.flaeche)
    return describe_profile(shown, variant_of, kriterium=frage.kriterium, index=frage.index)


def list_kriterien(context: Context, stichtag: date) -> dict[str, list[Kriterium]]:
    """List the criteria of the first set by their code, each as its variants ask it."""
    found: dict[str, list[Kriterium]] = {}
    for satz in choose_varianten(context, Quartierfrage(), stichtag):
        for kriterium in satz.kriterium:
            found.setdefault(kriterium.code, []).append(kriterium)
    return found


def state_kriterium(context: Context, schnitte: Sequence[Stufenschnitt], kriterium: str, stichtag: date) -> Tabelle:
    """State one criterion of the first set, unpublished, in each area by the variant that holds there."""

    def choose() -> tuple[tuple[Kriteriensatz, ...], dict[tuple[str, str], str]]:
        chosen = choose_varianten(context, Quartierfrage(), stichtag)
        return chosen, assign_varianten(spread_population(context, stichtag).gebiete, chosen)

    key = ("varianten", context.catalogue_revision(), context.settings_revision(), stichtag)
    varianten, variant_of = context.figures.recall(key, choose)
    rows = [
        row
        for satz in varianten
        for each in satz.kriterium
        if each.code == kriterium
        for row in _rows_of_kriterium(
            context, satz, each, stichtag, [_of_variant(one, variant_of, satz.variante) for one in schnitte]
        )
    ]
    herkunft = Herkunft(titel=TITEL, stichtag=stichtag, netz=context.network_generation())
    return Tabelle(name="versorgungsquartiere", spalten=VERSORGUNGSQUARTIERE, zeilen=tuple(rows), herkunft=herkunft)


def _of_variant(schnitt: Stufenschnitt, variant_of: Mapping[tuple[str, str], str], variante: str) -> Stufenschnitt:
    areas = [(str(raum.ebene), raum.schluessel) for raum in schnitt.stufe.raeume]
    chosen = [at for at, area in enumerate(areas) if variant_of.get(area) == variante]
    return schnitt if len(chosen) == len(areas) else schnitt.narrow(np.array(chosen, dtype=np.int32))


def choose_varianten(context: Context, frage: Quartierfrage, stichtag: date) -> tuple[Kriteriensatz, ...]:
    """Choose the set's variants of the day; one that is asked for holds everywhere."""
    stored = select_kriteriensatz(read_kriterien(context), stichtag, frage.kriteriensatz)
    varianten = tuple(_leave_out_homes(satz, frage.bevoelkerung) for satz in stored)
    if frage.variante is None:
        return varianten
    chosen = tuple(msgspec.structs.replace(satz, kommunen=()) for satz in varianten if satz.variante == frage.variante)
    if not chosen:
        known = ", ".join(satz.variante for satz in varianten)
        raise InvalidParameter("variante", f"„{frage.variante}“ gibt es nicht. Möglich sind: {known}.")
    return chosen


def _leave_out_homes(satz: Kriteriensatz, bevoelkerung: Bevoelkerung) -> Kriteriensatz:
    """Ask the criteria of groups of 75 and over for those who do not live in homes, where that is asked."""
    if bevoelkerung == "alle":
        return satz
    kriterien = (
        msgspec.structs.replace(each, bevoelkerung=bevoelkerung) if each.as_ziel().gruppe.von >= OLD_FROM else each
        for each in satz.kriterium
    )
    return msgspec.structs.replace(satz, kriterium=tuple(kriterien))


def assign_varianten(
    gebiete: Gebiete, varianten: Sequence[Kriteriensatz], flaeche: Flaeche | None = None
) -> dict[tuple[str, str], str]:
    """Give each area, by level and key, the variant of its Kommune.

    A drawn area has that of the Kommune it mostly lies in; the Region has one only where all its Kommunen agree.
    """
    of = {each.schluessel: satz_of_kommune(varianten, each.schluessel).variante for each in gebiete.kommunen}
    small, kommunen, region = gebiete.stufen
    found = {(str(raum.ebene), raum.schluessel): of[raum.oberraum] for raum in small.raeume}
    found |= {(str(raum.ebene), raum.schluessel): of[raum.schluessel] for raum in kommunen.raeume}
    if len(set(of.values())) == 1:
        found |= {(str(raum.ebene), raum.schluessel): next(iter(of.values())) for raum in region.raeume}
    if flaeche is not None:
        ground = [flaeche.geom_25832.intersection(each.geom_25832).area for each in gebiete.kommunen]
        found[EBENE, flaeche.schluessel] = of[gebiete.kommunen[int(np.argmax(ground))].schluessel]
    return found


def _judge(
    context: Context,
    schnitte: Schnitte,
    varianten: Sequence[Kriteriensatz],
    stichtag: date,
    named: dict[str, str],
) -> Tabelle:
    rows = [
        row
        for satz in varianten
        for kriterium in satz.kriterium
        for row in _rows_of_kriterium(context, satz, kriterium, stichtag, schnitte)
    ]
    herkunft = Herkunft(
        titel=TITEL,
        stichtag=stichtag,
        parameter={
            "kriteriensatz": varianten[0].code,
            "varianten": {satz.variante: _describe_satz(satz) for satz in varianten},
            **named,
        },
        netz=context.network_generation(),
        hinweise=(
            *sorted({satz.status for satz in varianten}),
            *HINWEISE,
            *_list_abzuege(context, varianten, stichtag),
        ),
    )
    return Tabelle(name="versorgungsquartiere", spalten=VERSORGUNGSQUARTIERE, zeilen=tuple(rows), herkunft=herkunft)


def _list_abzuege(context: Context, varianten: Sequence[Kriteriensatz], stichtag: date) -> tuple[str, ...]:
    ziele = {
        each.code: msgspec.structs.replace(each.as_ziel(), titel=each.titel)
        for satz in varianten
        for each in satz.kriterium
        if each.abdeckung is Abdeckung.WEG
    }
    return tuple(list_abzuege(context, tuple(ziele.values()), stichtag))


def _describe_satz(satz: Kriteriensatz) -> dict[str, Any]:
    return {
        "version": satz.version,
        "titel": satz.titel,
        "status": satz.status,
        "quelle": satz.quelle,
        "autor": satz.autor,
        "stand": satz.stand.isoformat(),
        "teilweise_ab_prozent": satz.teilweise_ab_prozent,
        "unsicher_ab_prozent": satz.unsicher_ab_prozent,
        "kommunen": list(satz.kommunen),
        "gewichte": {each.code: each.gewicht for each in satz.kriterium},
        "grundlagen": {each.code: each.grundlage for each in satz.kriterium},
    }


def _rows_of_kriterium(
    context: Context, satz: Kriteriensatz, kriterium: Kriterium, stichtag: date, schnitte: Schnitte
) -> list[tuple[Wert, ...]]:
    known = _name_kriterium(satz, kriterium, stichtag)

    def state(schnitt: Gebietsschnitt) -> dict[str, Werte]:
        try:
            befund = measure_kriterium(context, kriterium, stichtag, schnitt)
        except NotAssessable as error:
            return {**known, "zustand": Zustand.NICHT_BEWERTBAR.value, "grund": error.grund.value}
        visits = count_aufsuchend(context, kriterium, stichtag, schnitt)
        beside = {**befund.profil, **befund.nearest, **list_columns(befund.heime), "aufsuchend": visits}
        return {**known, **beside, **_judge_areas(satz, kriterium, befund)}

    return build_rows(VERSORGUNGSQUARTIERE, schnitte, state)


def _judge_areas(satz: Kriteriensatz, kriterium: Kriterium, befund: Befund) -> dict[str, Werte]:
    """State each area of a finding; of an area nobody can judge, how it would stand otherwise is not said either."""
    massstab = Massstab(kriterium.anteil_prozent, satz.teilweise_ab_prozent)
    gaps = luecken(befund.counts, kriterium.anteil_prozent)
    unsure = quarter.is_unsure(befund.ungeprueft, befund.angebote, satz.unsicher_ab_prozent)
    states = quarter.judge(befund.counts, massstab, softer=befund.softer, inside=befund.inside)
    states = np.where(unsure, Zustand.NICHT_BEWERTBAR, states)
    beside = {
        name: None if counts is None else quarter.judge(counts, massstab, inside=befund.inside)
        for name, counts in (("zustand_langsamer", befund.slower), ("zustand_schneller", befund.faster))
    }
    judged = (states != Zustand.NICHT_BEWERTBAR).tolist()
    angebote, ungeprueft = befund.angebote.tolist(), befund.ungeprueft.tolist()
    grund = [each or (None if known else quarter.UNGEPRUEFT) for each, known in zip(gaps.grund, judged, strict=True)]
    return {
        **name_gaps(gaps, np.arange(len(states), dtype=np.int32)),
        "zustand": states,
        "angebote": angebote,
        "ungeprueft": ungeprueft,
        "sicherheit": list(map(describe_sicherheit, ungeprueft, angebote)),
        **{
            name: [state if known else None for state, known in zip(each.tolist(), judged, strict=True)]
            for name, each in beside.items()
            if each is not None
        },
        "grund": [each.value if isinstance(each, Grund) else each for each in grund],
    }


def _name_kriterium(satz: Kriteriensatz, kriterium: Kriterium, stichtag: date) -> dict[str, Werte]:
    asked = name_ziel(kriterium.as_ziel(), stichtag)
    del asked["ziel"]
    return {
        **asked,
        "modus": asked["modus"] or None,
        "kriterium": kriterium.code,
        "kriterium_titel": kriterium.titel,
        "ziel_prozent": float(kriterium.anteil_prozent),
        "gewicht": kriterium.gewicht,
        "abdeckung": kriterium.abdeckung.value,
        "kriteriensatz": satz.code,
        "version": satz.version,
        "satz_variante": satz.variante,
        "satz_status": satz.status,
    }
