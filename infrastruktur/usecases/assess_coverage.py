"""Answer who reaches what: people of a group, by area, for the default targets or a question of one's own."""

import math
from collections.abc import Iterator
from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.art import get_art
from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable
from infrastruktur.domain.flaeche import Flaeche
from infrastruktur.domain.gruppe import Gruppe
from infrastruktur.domain.progress import tell
from infrastruktur.domain.tabelle import Herkunft, Spalte, Tabelle, Wert, Werte, build_zeile, list_columns
from infrastruktur.domain.ziel import Bevoelkerung, Ziel, get_ziel
from infrastruktur.planning.columns import COVERAGE
from infrastruktur.planning.coverage import (
    ABSEITS,
    ERREICHT,
    NICHT_ERREICHT,
    OHNE_AUSSAGE,
    RAND_DER_DATEN,
    TRAEGER_UNBEKANNT,
    UNERREICHBAR,
    anteil_erreicht,
)
from infrastruktur.routing.profiles import Modus, get_profil
from infrastruktur.usecases.assess_provision import list_indikatoren
from infrastruktur.usecases.choose_areas import Gebietsschnitt, Schnitte, build_rows, choose_areas, name_flaeche
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.measure_reach import measure_reach, name_people, name_ziel
from infrastruktur.usecases.publish_table import choose_stichtag, name_area, publish_table, recall_table
from infrastruktur.usecases.read_annahmen import name_annahme
from infrastruktur.usecases.spread_population import spread_population
from infrastruktur.usecases.state_homes import list_abzuege, name_bevoelkerung, state_homes
from infrastruktur.usecases.take_out_homes import leave_out_of, require_staff_for_homes

Floats = NDArray[np.float64]

MAX_MINUTEN = 60
_OHNE_AUSSAGE = (
    "Ohne Aussage sind Personen, deren Wohnzelle an keiner Straße liegt oder bei denen die Suche ohne Treffer "
    "an den Rand der Daten kam."
)
MAX_MINDESTENS = 10


class CoverageFrage(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: nothing for all default targets, `ziel` for one, or `art` with a limit of one's own."""

    stichtag: date | None = None
    ebene: str | None = None
    ziel: str | None = None
    art: str | None = None
    mindestens: int = 1
    modus: str | None = None
    max_minuten: int | None = None
    altersgruppe: str | None = None
    profil: str | None = None
    bevoelkerung: Bevoelkerung = "alle"
    flaeche: Flaeche | None = None


def assess_coverage(context: Context, frage: CoverageFrage) -> Tabelle:
    """State coverage per Sozialraum or Bezirk, Kommune and Region.

    Raises
    ------
    InvalidParameter
        A question of one's own lacks a part, or asks for something unknown; or the public asks for an age
        group that no figure uses.

    """
    require_staff_for_homes(context, frage.bevoelkerung)
    stichtag = choose_stichtag(context, frage.stichtag)
    ziele = choose_ziele(context, frage, stichtag)
    only = None if frage.ziel is None else get_ziel(ziele, frage.ziel).code
    if frage.art is not None and context.public:
        require_usual_group(context.ziele(stichtag), ziele[0])
    schnitte = choose_areas(context, spread_population(context, stichtag), frage.flaeche, ebene=frage.ebene)
    usual = frage == CoverageFrage(ziel=frage.ziel, ebene=frage.ebene)
    named = {**name_flaeche(frage.flaeche), **name_bevoelkerung(frage.bevoelkerung)}
    question = ("coverage", stichtag, ziele, named, name_annahme(context, stichtag))
    table = recall_table(
        context, question, lambda: state_coverage(context, schnitte, ziele, stichtag, named), keep=usual
    )
    if (frage.art is not None or frage.profil is not None) and context.public:
        only = only if frage.art is None else ziele[0].code
        table = table.with_rows([*table.zeilen, *count_bystanders(context, stichtag, COVERAGE)])
    return publish_table(context, table, ebene=frage.ebene, ziel=only)


def choose_ziele(context: Context, frage: CoverageFrage, stichtag: date) -> tuple[Ziel, ...]:
    """Take the targets a question is about: all of the day, as the profile and the people want them, or its own one."""
    asked = _with_profil(context.ziele(stichtag), frage) if frage.art is None else (own_ziel(frage),)
    return leave_out_of(asked, frage.bevoelkerung)


def require_usual_group(ziele: tuple[Ziel, ...], ziel: Ziel) -> None:
    """Refuse the public an age group of its own: from 85+ less 85 to 89 follows a number that is hidden as 90+."""
    usual = {each.altersgruppe for each in ziele} | {
        each.altersgruppe for each in list_indikatoren() if each.altersgruppe
    }
    if ziel.altersgruppe not in usual:
        raise InvalidParameter("altersgruppe", f"Öffentlich möglich sind {', '.join(sorted(usual))}.")


def count_bystanders(context: Context, stichtag: date, spalten: tuple[Spalte, ...]) -> tuple[tuple[Wert, ...], ...]:
    """Count the groups of all targets, so that secrecy hides in an answer what it hides in the tables beside it.

    The rows are of the columns of the answer; kept until the catalogue changes.
    """
    gruppen = tuple(sorted({ziel.gruppe for ziel in context.ziele(stichtag)}))
    key = ("umstehende", context.revision(), stichtag, gruppen, spalten)
    return context.figures.recall(key, lambda: tuple(_count_groups(context, stichtag, gruppen, spalten)))


def _count_groups(
    context: Context, stichtag: date, gruppen: tuple[Gruppe, ...], spalten: tuple[Spalte, ...]
) -> Iterator[tuple[Wert, ...]]:
    verteilung = spread_population(context, stichtag)
    for gruppe in gruppen:
        try:
            wohnorte = verteilung.locate(gruppe)
        except NotAssessable:
            continue
        known: dict[str, Wert] = {"altersgruppe": gruppe.code, "stichtag": stichtag}
        known |= {"stichtag_personen": wohnorte.stichtag, "quelle_personen": wohnorte.quelle}
        per_leaf = wohnorte.ohne_zelle + np.bincount(
            wohnorte.gitter.pieces.area, weights=wohnorte.personen, minlength=len(wohnorte.ohne_zelle)
        )
        for stufe in verteilung.gebiete.stufen:
            for raum, personen in zip(stufe.raeume, stufe.sum_up(per_leaf).tolist(), strict=True):
                yield build_zeile(spalten, {**name_area(raum), **known, "personen": personen})


def own_ziel(frage: CoverageFrage) -> Ziel:
    """Make a target of a question of one's own."""
    modus, minuten, gruppe = frage.modus, frage.max_minuten, frage.altersgruppe
    if modus is None or minuten is None or gruppe is None:
        raise InvalidParameter("art", "Zu einer Art gehören modus, max_minuten und altersgruppe.")
    if modus not in set(Modus):
        raise InvalidParameter("modus", f"Möglich sind {', '.join(Modus)}; für oepnv liegt kein Fahrplan vor.")
    if not 1 <= minuten <= MAX_MINUTEN:
        raise InvalidParameter("max_minuten", f"Möglich sind 1 bis {MAX_MINUTEN} Minuten.")
    if not 1 <= frage.mindestens <= MAX_MINDESTENS:
        raise InvalidParameter("mindestens", f"Möglich sind 1 bis {MAX_MINDESTENS} Träger.")
    arten = tuple(get_art(code).code for code in (frage.art or "").split("|"))
    if frage.profil is not None:
        _require_walker(frage.profil)
    eigenes = Ziel(
        code="",
        titel="Eigene Frage",
        arten=arten,
        modus=modus,
        max_minuten=minuten,
        mindestens=frage.mindestens,
        profil=frage.profil,
        altersgruppe=gruppe,
        ziel_prozent=100,
        status="eigene Frage, kein Ziel",
        grundlage="eigene Frage",
    )
    return msgspec.structs.replace(eigenes, altersgruppe=eigenes.gruppe.code)


def _with_profil(ziele: tuple[Ziel, ...], frage: CoverageFrage) -> tuple[Ziel, ...]:
    """Take the targets that somebody of a profile walks for, with the profile; without one all as they are."""
    if frage.profil is None:
        return ziele
    _require_walker(frage.profil)
    walked = (ziel for ziel in ziele if ziel.modus == Modus.ZU_FUSS and ziel.max_minuten is not None)
    return tuple(msgspec.structs.replace(ziel, profil=frage.profil) for ziel in walked)


def _require_walker(code: str) -> None:
    if get_profil(code).modus is not Modus.ZU_FUSS:
        raise InvalidParameter("profil", "Hier sind nur Profile möglich, die zu Fuß unterwegs sind, etwa rollator.")


def state_coverage(
    context: Context,
    schnitte: Schnitte,
    ziele: tuple[Ziel, ...],
    stichtag: date,
    named: dict[str, str] | None = None,
) -> Tabelle:
    """State the coverage of some targets in some areas, unpublished."""
    zeilen: list[tuple[Wert, ...]] = []
    for number, ziel in enumerate(ziele):
        tell(ziel.titel, number / len(ziele))
        zeilen += _rows_of_ziel(context, schnitte, ziel, stichtag)
    herkunft = Herkunft(
        titel="Erreichbarkeit",
        stichtag=stichtag,
        parameter={
            "ziele": [ziel.code or "|".join(ziel.arten) for ziel in ziele],
            **(named or {}),
        },
        netz=context.network_generation(),
        hinweise=(_OHNE_AUSSAGE, *list_abzuege(context, ziele, stichtag)),
    )
    return Tabelle(name="coverage", spalten=COVERAGE, zeilen=tuple(zeilen), herkunft=herkunft)


def _rows_of_ziel(context: Context, schnitte: Schnitte, ziel: Ziel, stichtag: date) -> list[tuple[Wert, ...]]:
    try:
        messung = measure_reach(context, ziel, stichtag)
    except NotAssessable as error:
        silent: dict[str, Werte] = {**name_ziel(ziel, stichtag), "grund": error.grund.value}
        return build_rows(COVERAGE, schnitte, lambda _: silent)
    known = {**name_ziel(ziel, stichtag), **name_people(messung)}

    def state(schnitt: Gebietsschnitt) -> dict[str, Werte]:
        homes = list_columns(state_homes(context, messung, schnitt))
        counted = _count(schnitt.tally(messung)) | _name_reasons(schnitt.tally_reasons(messung))
        return {**known, **counted, **schnitt.sum_ways(messung), **homes}

    return build_rows(COVERAGE, schnitte, state)


def _name_reasons(counts: Floats) -> dict[str, Werte]:
    names = {"abseits": ABSEITS, "rand_der_daten": RAND_DER_DATEN, "traeger_unbekannt": TRAEGER_UNBEKANNT}
    return {name: counts[:, column] for name, column in {**names, "unerreichbar": UNERREICHBAR}.items()}


def _count(counts: Floats) -> dict[str, Werte]:
    """Write a tally (n, 3); people always are the sum of the three states.

    Where nothing can be said of anybody the share is null, not nought.
    """
    personen, ohne_aussage = counts.sum(axis=1), counts[:, OHNE_AUSSAGE]
    return {
        "personen": personen,
        "erreicht": counts[:, ERREICHT],
        "nicht_erreicht": counts[:, NICHT_ERREICHT],
        "ohne_aussage": ohne_aussage,
        "anteil_prozent": anteil_erreicht(counts),
        "grund": list(map(_grund, personen.tolist(), ohne_aussage.tolist())),
    }


def _grund(personen: float, ohne_aussage: float) -> str | None:
    if personen == 0:
        return Grund.KEINE_BEVOELKERUNG.value
    return Grund.KEINE_DATEN.value if math.isnan(personen) or ohne_aussage >= personen else None
