"""Explain a number of the Bestand: the Angebote it counts, with their places, source and Stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.art import Art, get_art
from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable, NotFound
from infrastruktur.domain.herleitung import Eingabe, Rechnung, Schritt, build_schritt
from infrastruktur.domain.raum import Ebene
from infrastruktur.planning.bestandstafel import find_berichtstag, find_vorbericht, require_berichtstag
from infrastruktur.planning.platznachweis import explain_move
from infrastruktur.planning.supply import Bewegung
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.cite_angebote import cite_angebot
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.gather_grundlagen import join_days, load_supplies, name_planungsraum
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.report_bestand import BETRIEBEN, list_arten_des_gesetzes
from infrastruktur.usecases.spread_population import Gebiete, Stufe, spread_population
from infrastruktur.usecases.take_bestand import GEPLANT, GROESSE, load_bestand, locate_bestand

Bools = NDArray[np.bool_]

OHNE = "ohne"
"""Stands for the row of what lies in no area of a level."""
_RUNNING = (Status.IN_BETRIEB,)


@dataclass(frozen=True)
class _Zaehlung:
    """What a number counts: Angebote of some states; their places in a size; or those that do not state it."""

    status: tuple[Status, ...] = _RUNNING
    groesse: str | None = None
    silent: bool = False


class Bestandszahl(StrEnum):
    """The numbers of a row of the Bestand that can be explained."""

    ANGEBOTE = "angebote"
    PLAETZE_ZUGELASSEN = "plaetze_zugelassen"
    PLAETZE_BETRIEBEN = "plaetze_betrieben"
    GEPLANT = "geplant"
    OHNE_PLATZZAHL = "ohne_platzzahl"
    RUHEND = "ruhend"
    ANGEBOTE_DIFFERENZ = "angebote_differenz"
    PLAETZE_DIFFERENZ = "plaetze_differenz"


_OF_DIFFERENCE = {
    Bestandszahl.ANGEBOTE_DIFFERENZ: Bestandszahl.ANGEBOTE,
    Bestandszahl.PLAETZE_DIFFERENZ: Bestandszahl.PLAETZE_ZUGELASSEN,
}
_BESTAND: Mapping[Bestandszahl, _Zaehlung] = {
    Bestandszahl.ANGEBOTE: _Zaehlung(),
    Bestandszahl.PLAETZE_ZUGELASSEN: _Zaehlung(groesse=GROESSE),
    Bestandszahl.PLAETZE_BETRIEBEN: _Zaehlung(groesse=BETRIEBEN),
    Bestandszahl.GEPLANT: _Zaehlung(GEPLANT),
    Bestandszahl.OHNE_PLATZZAHL: _Zaehlung(groesse=GROESSE, silent=True),
    Bestandszahl.RUHEND: _Zaehlung((Status.RUHEND,)),
}


class Berichtszahl(StrEnum):
    """The numbers of a row of the report that can be explained: of its day, and of the report before."""

    ANGEBOTE = "angebote"
    PLAETZE = "plaetze"
    PLAETZE_BETRIEBEN = "plaetze_betrieben"
    OHNE_PLATZZAHL = "ohne_platzzahl"
    ANGEBOTE_RUHEND = "angebote_ruhend"
    PLAETZE_RUHEND = "plaetze_ruhend"
    ANGEBOTE_GEPLANT = "angebote_geplant"
    PLAETZE_GEPLANT = "plaetze_geplant"
    ANGEBOTE_GENEHMIGT = "angebote_genehmigt"
    PLAETZE_GENEHMIGT = "plaetze_genehmigt"
    ANGEBOTE_IM_BAU = "angebote_im_bau"
    PLAETZE_IM_BAU = "plaetze_im_bau"
    ANGEBOTE_VORHER = "angebote_vorher"
    PLAETZE_VORHER = "plaetze_vorher"
    ZUGANG_GEPLANT = "zugang_geplant"
    ZUGANG_GENEHMIGT = "zugang_genehmigt"
    ZUGANG_IM_BAU = "zugang_im_bau"
    ZUGANG_SONST = "zugang_sonst"
    ZUGANG_AUSBAU = "zugang_ausbau"
    WEGFALL_SCHLIESSUNG = "wegfall_schliessung"
    WEGFALL_ABBAU = "wegfall_abbau"
    UNGEWISS = "ungewiss"


_MOVES: frozenset[str] = frozenset(Bewegung)
_BEFORE: frozenset[str] = frozenset({Berichtszahl.ANGEBOTE_VORHER, Berichtszahl.PLAETZE_VORHER, *_MOVES})
"""What there is only beside a report before."""


def _of_report(zahl: Berichtszahl) -> _Zaehlung:
    """Read from the name of a number what it counts."""
    what, _, state = zahl.partition("_")
    if zahl is Berichtszahl.OHNE_PLATZZAHL:
        return _Zaehlung(groesse=GROESSE, silent=True)
    if zahl is Berichtszahl.PLAETZE_BETRIEBEN:
        return _Zaehlung(groesse=BETRIEBEN)
    status = (Status(state),) if state in set(Status) else _RUNNING
    return _Zaehlung(status, GROESSE if what == "plaetze" else None)


def explain_bestand(  # noqa: PLR0913 - the question as it is asked, part by part
    context: Context,
    art: str,
    gebiet: str,
    *,
    zahl: Bestandszahl = Bestandszahl.ANGEBOTE,
    ebene: str | None = None,
    stichtag: date | None = None,
    vergleich: date | None = None,
) -> Schritt:
    """Take a number of the Bestand back to its Angebote; `gebiet` is a key, or `ohne` for the row of a level's rest.

    Raises
    ------
    InvalidParameter
        `ohne` without a level; or a difference without a day to compare with.
    NotFound
        There is no such kind or area.
    NotAssessable
        Nobody states the places; of a difference, not of all Angebote.

    """
    day, kind = choose_stichtag(context, stichtag), get_art(art)
    if zahl not in _OF_DIFFERENCE:
        return _explain_day(context, kind, (gebiet, ebene), day, zahl)
    if vergleich is None:
        raise InvalidParameter("vergleich", "Zu einem Unterschied gehört der Tag, mit dem verglichen wird.")
    of, days = _OF_DIFFERENCE[zahl], ((context, day), (context.under(UNCHANGED), vergleich))
    now, then = (_explain_day(each, kind, (gebiet, ebene), tag, of) for each, tag in days)
    if now.hinweise or then.hinweise:
        raise NotAssessable(Grund.KEINE_PLATZZAHL, "Nicht alle Angebote nennen ihre Plätze.")
    formula = f"{day:%d.%m.%Y} − {vergleich:%d.%m.%Y}"
    return build_schritt(f"Veränderung: {kind.titel}", now.einheit, formula, Rechnung.DIFFERENZ, (now, then))


def _explain_day(context: Context, kind: Art, row: tuple[str, str | None], day: date, zahl: Bestandszahl) -> Schritt:
    gebiete = spread_population(context, day).gebiete
    stufe, at = _find_row(gebiete, *row)
    of_art, where = locate_bestand(stufe, kind, load_bestand(context, gebiete, day))
    zaehlung = _BESTAND[zahl]
    if zaehlung.silent and kind.groesse != GROESSE:
        of_art, where = of_art.take(np.arange(0)), where[:0]
    return _count(kind, of_art.take(np.flatnonzero(where == at)), zaehlung, day)


def _find_row(gebiete: Gebiete, gebiet: str, ebene: str | None) -> tuple[Stufe, int]:
    if gebiet != OHNE:
        return gebiete.find(gebiet)
    for stufe in gebiete.stufen:
        if stufe.raeume and stufe.raeume[0].ebene == ebene:
            return stufe, len(stufe.raeume)
    raise InvalidParameter("ebene", f"Zu gebiet={OHNE} gehört die Ebene der Zeile: {', '.join(Ebene)}.")


def explain_bestandsbericht(
    context: Context,
    art: str,
    gebiet: str,
    *,
    zahl: Berichtszahl = Berichtszahl.PLAETZE,
    stichtag: date | None = None,
) -> Schritt:
    """Take a number of the report of § 7 Abs. 4 APG NRW back to its Angebote.

    Raises
    ------
    InvalidParameter
        The law asks for no report of that day.
    NotFound
        The report has no such kind or area.
    NotAssessable
        No source states Angebote of the kind or their places, or there is no report before.

    """
    day = find_berichtstag(choose_stichtag(context, None)) if stichtag is None else require_berichtstag(stichtag)
    kind = get_art(art)
    if kind not in list_arten_des_gesetzes():
        raise NotFound(f"Die Art „{art}“ steht nicht im Bericht.")
    before = find_vorbericht(day)
    gebiete = spread_population(context, day).gebiete
    tage = (day,) if before is None else (before, day)
    je_tag = [each.take(np.flatnonzero(each.art == kind.code)) for each in load_supplies(context, gebiete, tage)]
    if (zahl in _BEFORE and before is None) or not any(len(each) for each in je_tag):
        raise NotAssessable(Grund.KEINE_DATEN, f"Diese Zahl gibt es am {day:%d.%m.%Y} nicht.")
    if zahl.value in _MOVES:
        return _explain_move(gebiete, gebiet, kind, tage, je_tag, Bewegung(zahl))
    supply = je_tag[0] if zahl in _BEFORE else je_tag[-1]
    zaehlung, inside = _of_report(zahl), _lies_in(gebiete, gebiet, supply)
    if zaehlung.groesse is not None:
        _require_places(kind)
    return _count(kind, supply.take(np.flatnonzero(inside)), zaehlung, tage[0] if zahl in _BEFORE else day)


def _require_places(kind: Art) -> None:
    if kind.groesse != GROESSE:
        raise NotAssessable(Grund.KEINE_DATEN, f"{kind.titel} zählt nicht in Plätzen.")


def _explain_move(
    gebiete: Gebiete, gebiet: str, kind: Art, tage: Sequence[date], je_tag: Sequence[Supply], move: Bewegung
) -> Schritt:
    _require_places(kind)
    zeiten = join_days(gebiete, tage, je_tag, GROESSE)
    raum = name_planungsraum(gebiete)
    at = raum.find(gebiet)
    areas = range(len(raum.kommunen)) if at == len(raum.kommunen) else (at,)
    return explain_move(zeiten, areas, (tage[0], tage[-1]), move)


def _lies_in(gebiete: Gebiete, gebiet: str, supply: Supply) -> Bools:
    stufe, _ = gebiete.find(gebiet)
    ebene = stufe.raeume[0].ebene
    if ebene not in (Ebene.KOMMUNE, Ebene.REGION):
        raise NotFound("Der Bericht nennt Kommunen und die Region, keine kleineren Gebiete.")
    if ebene is Ebene.REGION:
        return np.isin(supply.kommune, [kommune.schluessel for kommune in gebiete.kommunen])
    return np.asarray(supply.kommune == gebiet)


def _count(art: Art, supply: Supply, zaehlung: _Zaehlung, day: date) -> Schritt:
    """Count the Angebote of an area; where some states its places, whoever does not is named beside the sum."""
    here = supply.take(np.flatnonzero(np.isin(supply.status, zaehlung.status)))
    states = ", ".join(zaehlung.status)
    if zaehlung.groesse is None:
        formula = f"Jedes Angebot zählt 1, das am {day:%d.%m.%Y} „{states}“ ist"
        return _sum(art.titel, "Angebote", formula, [_name(here, at, 1.0, "Angebot") for at in range(len(here))])
    sizes = here.sizes.get(zaehlung.groesse, np.full(len(here), np.nan))
    silent, known = np.flatnonzero(np.isnan(sizes)).tolist(), np.flatnonzero(~np.isnan(sizes)).tolist()
    if zaehlung.silent:
        formula = f"Jedes Angebot zählt 1, das am {day:%d.%m.%Y} „{states}“ ist und keine Plätze nennt"
        return _sum(art.titel, "Angebote", formula, [_name(here, at, 1.0, "Angebot") for at in silent])
    if silent and not known and zaehlung.status == _RUNNING:
        raise NotAssessable(Grund.KEINE_PLATZZAHL, "Keines der Angebote nennt seine Plätze.")
    parts = [_name(here, at, float(sizes[at]), "Plätze") for at in known]
    hints = (f"mindestens; ohne Angabe: {', '.join(here.name[silent].tolist())}",) if silent else ()
    formula = f"{zaehlung.groesse} der Angebote, die am {day:%d.%m.%Y} „{states}“ sind"
    return _sum(art.titel, "Plätze", formula, parts, hints)


def _sum(name: str, einheit: str, formel: str, parts: list[Eingabe], hinweise: tuple[str, ...] = ()) -> Schritt:
    return build_schritt(name, einheit, formel, Rechnung.SUMME, tuple(parts), hinweise=hinweise)


def _name(supply: Supply, at: int, wert: float, einheit: str) -> Eingabe:
    return Eingabe(name=str(supply.name[at]), wert=wert, einheit=einheit, quelle=cite_angebot(supply, at))
