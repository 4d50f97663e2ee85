"""Choose the rates of a plan: the nearest area's, the newest, calibrated to what was counted in the Region."""

from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np

from infrastruktur.domain.errors import NotAssessable
from infrastruktur.domain.pflegestatistik import LEISTUNG_OF_MERKMAL, Pflegestatistik, Zaehlung
from infrastruktur.domain.quote import Aufteilung, Merkmal, Quotentafel, select_quotentafel
from infrastruktur.planning.demand import calibrate
from infrastruktur.planning.pyramide import Alterspyramide, sum_areas
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.read_register import count_register
from infrastruktur.usecases.spread_population import Gebiete


@dataclass(frozen=True)
class Quotenwerk:
    """What rates there are, and the counts they must sum to."""

    tafeln: tuple[Quotentafel, ...]
    aufteilungen: tuple[Aufteilung, ...]
    statistik: Pflegestatistik


def choose_quoten(
    context: Context, werk: Quotenwerk, gebiete: Gebiete, merkmal: Merkmal, stichtag: date
) -> Quotentafel:
    """Choose rates of the Region before those of the Land (first two digits) and of Germany.

    Where the Region was counted, all rates are scaled to its total: rates of the Land miss a Kreis, and those of
    one year the next. Where the total and the population do not go together the rates stay, and say so. A scenario
    changes people and not what was counted: its rates are those of the catalogue.

    Raises
    ------
    NotAssessable
        Nobody states rates for any of these areas on that day.

    """
    region = gebiete.region.schluessel
    tafel = select_quotentafel(werk.tafeln, merkmal, stichtag, (region, region[:2], "DG"))
    counted = werk.statistik.find(region, LEISTUNG_OF_MERKMAL[merkmal], stichtag)
    if counted is None or counted.stichtag < tafel.stichtag:
        return tafel

    def scale() -> Quotentafel:
        try:
            people = _count_region(context.under(UNCHANGED), gebiete, (counted.stichtag, stichtag), werk)
            return _calibrate(tafel, counted, people)
        except NotAssessable as error:
            return msgspec.structs.replace(tafel, quelle=f"{tafel.quelle}; nicht kalibriert: {error}")

    key = ("kalibriert", context.catalogue_revision(), stichtag, tafel, counted, werk.aufteilungen)
    return context.figures.recall(key, scale)


def _calibrate(tafel: Quotentafel, counted: Zaehlung, people: Alterspyramide) -> Quotentafel:
    quelle = f"{counted.quelle}, Stichtag {counted.stichtag:%d.%m.%Y}; Bevölkerung vom {people.stichtag:%d.%m.%Y}"
    return calibrate(tafel, people, counted.personen or 0.0, quelle=quelle, stichtag=counted.stichtag)


def _count_region(context: Context, gebiete: Gebiete, tage: tuple[date, date], werk: Quotenwerk) -> Alterspyramide:
    """Count the people of the Region at the end of the year of a count, the first of `tage`, else on the second."""
    counted, stichtag = tage
    try:
        people = count_register(context, gebiete, date(counted.year, 12, 31), werk.aufteilungen)
    except NotAssessable:
        people = count_register(context, gebiete, stichtag, werk.aufteilungen)
    return sum_areas(people, np.zeros(len(people.personen), np.int32), 1)
