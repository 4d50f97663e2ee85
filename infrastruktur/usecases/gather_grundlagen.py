"""Gather what a Bedarfsplanung is computed from: the people and the places of the Kommunen, on their days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from infrastruktur.domain.prognose import Prognose
from infrastruktur.domain.ueberleben import Ueberlebenstafel
from infrastruktur.planning.bedarfsplanung import Planungsraum
from infrastruktur.planning.projection import carry_change, shift_cohorts
from infrastruktur.planning.pyramide import Alterspyramide, build_pyramide
from infrastruktur.planning.supply import Platzzeiten
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.cite_angebote import cite_angebot
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.place_supply import areas_of, place_supply
from infrastruktur.usecases.read_supply import read_supply_of_day
from infrastruktur.usecases.spread_population import Gebiete

GROESSE = "plaetze_zugelassen"
OHNE_PROGNOSE = "Es liegt keine Prognose vor: Die Bevölkerung bleibt, wie sie zuletzt gezählt wurde"


def name_planungsraum(gebiete: Gebiete) -> Planungsraum:
    """Name the Kommunen and the Region a plan speaks of."""
    return Planungsraum(
        kommunen=tuple(kommune.schluessel for kommune in gebiete.kommunen),
        namen=tuple(kommune.titel for kommune in gebiete.kommunen),
        region=gebiete.region.schluessel,
        region_name=gebiete.stufen[-1].raeume[0].titel,
    )


def look_ahead(
    register: Alterspyramide,
    forecast: Sequence[Alterspyramide] | None,
    tage: Sequence[date],
    stated: Alterspyramide | None = None,
) -> tuple[Alterspyramide, ...]:
    """Set the states of the people in the order of their days: counted, then forecast.

    Without a forecast the counted people are stated for each day to come, and say that they are. Where `stated` says
    how many were counted without a scenario, the forecast, which knows nothing of one, is changed by the same shares.
    """
    if forecast is None:
        hint = f"{OHNE_PROGNOSE} ({register.stichtag:%d.%m.%Y})"
        return tuple(replace(register, stichtag=tag, hinweise=(*register.hinweise, hint)) for tag in tage)
    return (register, *(each if stated is None else carry_change(each, stated, register) for each in forecast))


def lay_out_prognose(prognose: Prognose, raum: Planungsraum, after: date) -> tuple[Alterspyramide, ...]:
    """Set the forecast states of the people after a day, in the order of their days."""
    kopf = prognose.kopf
    said = tuple(part for part in (f"{kopf.titel}, Variante {kopf.variante}", kopf.quelle, kopf.hinweis) if part)
    return tuple(
        replace(
            build_pyramide(prognose.zeilen, raum.kommunen, tag, geheim=prognose.geheim, quelle=kopf.code), hinweise=said
        )
        for tag in prognose.stichtage
        if tag > after
    )


def grow_older(register: Alterspyramide, tafel: Ueberlebenstafel, until: date) -> tuple[Alterspyramide, ...]:
    """Set the counted people and what they become, five years at a time, as far as a plan looks ahead."""
    staende = [register]
    while staende[-1].stichtag < until:
        staende.append(shift_cohorts(staende[-1], tafel))
    return tuple(staende)


def load_platzzeiten(
    context: Context, gebiete: Gebiete, arten: Sequence[str], tage: Sequence[date]
) -> tuple[Platzzeiten, int]:
    """Load how the Angebote of some kinds stand on each of the days, a plan asks for no other.

    Areas are the Kommunen. The number beside them is that of the Angebote which may lie in the Region,
    but whose Kommune nobody knows: they are in no area.
    """

    def load() -> Platzzeiten:
        return join_days(gebiete, tage, load_supplies(context, gebiete, tage, arten), GROESSE)

    state = (context.catalogue_revision(), context.public, context.szenario.angebote)
    key = ("platzzeiten", *state, tuple(arten), tuple(tage), tuple(each.schluessel for each in gebiete.kommunen))
    zeiten = context.figures.recall(key, load)
    return zeiten, int((zeiten.area < 0).sum())


def join_days(gebiete: Gebiete, tage: Sequence[date], je_tag: Sequence[Supply], groesse: str) -> Platzzeiten:
    """Join what there is on each of some days to one account of each Angebot; areas are the Kommunen, -1 none."""
    first: dict[str, tuple[str, int, str]] = {}
    for supply in je_tag:
        areas = areas_of(supply, gebiete.stufen[1]).tolist()
        for row, (id_, name) in enumerate(zip(supply.id.tolist(), supply.name.tolist(), strict=True)):
            if id_ not in first:
                first[id_] = (name, areas[row], cite_angebot(supply, row))
    position = {id_: at for at, id_ in enumerate(first)}
    days = np.repeat(np.array(tage, dtype="datetime64[D]"), [len(supply) for supply in je_tag])
    return Platzzeiten(
        schluessel=tuple(first),
        name=tuple(name for name, *_ in first.values()),
        quelle=tuple(quelle for _, _, quelle in first.values()),
        area=np.array([area for _, area, _ in first.values()], dtype=np.int32),
        angebot=np.array([position[id_] for supply in je_tag for id_ in supply.id.tolist()], dtype=np.int32),
        status=np.concatenate([supply.status for supply in je_tag]),
        plaetze=np.concatenate([supply.sizes.get(groesse, np.full(len(supply), np.nan)) for supply in je_tag]),
        von=days,
        bis=days,
    )


def load_supplies(
    context: Context, gebiete: Gebiete, tage: Sequence[date], arten: Sequence[str] | None = None
) -> list[Supply]:
    """Load what there is of some kinds, or of all, on each day.

    With a Kommune of the Region, or without a point and so perhaps in it.
    """
    kommunen = [kommune.geom_25832 for kommune in gebiete.kommunen]
    loaded = (read_supply_of_day(context, tag, kommunen, arten) for tag in tage)
    return [place_supply(each.take(np.flatnonzero(each.lage != "ausserhalb")), gebiete) for each in loaded]
