"""Projection: people and rates of later years.

People come from a forecast; between its years they lie on a straight line. Below the level of a forecast
there is only the cohort shift, which is labelled `experimentell` and raked to the totals of the level above.
"""

from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.bedarf import Trend
from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.quote import Quote, Quotentafel
from infrastruktur.domain.ueberleben import SCHRITT_JAHRE, Juengste, Ueberlebenstafel
from infrastruktur.planning.pyramide import Alterspyramide, Fortschreibung, Zwischenstand, regroup
from infrastruktur.planning.raking import rake

_CARRIED = "Die Prognose ist um dieselben Anteile geändert wie die gezählten Personen im Szenario"
EXPERIMENTELL = "experimentell: Kohorten fortgeschrieben, keine amtliche Prognose"

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


def extrapolate(tafel: Quotentafel, trend: Trend | None, jahr: int) -> Quotentafel:
    """Carry rates on to a year: min(1, rate · factor ^ (year - year of the table)); without a trend they stay.

    The factor is per year and its direction is named in the variant: official models had rates fall with
    health (IT.NRW, Trendvariante), while they rose after the reform of 2017.
    """
    if trend is None:
        return tafel
    factor = trend.faktor_je_jahr ** (jahr - tafel.stichtag.year)
    scaled = np.minimum(1.0, tafel.anteile * factor) * 100
    quoten = tuple(
        Quote(altersgruppe=quote.altersgruppe, w_prozent=float(w), m_prozent=float(m))
        for quote, w, m in zip(tafel.quoten, *scaled, strict=True)
    )
    return msgspec.structs.replace(tafel, quoten=quoten)


def carry_change(pyramide: Alterspyramide, before: Alterspyramide, after: Alterspyramide) -> Alterspyramide:
    """Change a state of another day by the share in which people of the same areas differ, by sex and band.

    A band nobody is in, or in which nothing differs, stays as it is.

    Raises
    ------
    NotAssessable
        People differ in a band that theirs do not make up.

    """
    same = np.isclose(before.personen, after.personen, equal_nan=True)
    changed = [gruppe for at, gruppe in enumerate(before.gruppen) if not same[:, :, at].all()]
    bands = [
        at
        for at, gruppe in enumerate(pyramide.gruppen)
        if any(gruppe.von < each.unter and each.von < gruppe.unter for each in changed)
    ]
    wanted = tuple(pyramide.gruppen[at] for at in bands)
    was, now = regroup(before, wanted).personen, regroup(after, wanted).personen
    personen = pyramide.personen.copy()
    personen[:, :, bands] *= np.divide(now, was, out=np.ones_like(was), where=was > 0)
    return replace(pyramide, personen=personen, quelle=after.quelle, hinweise=(*pyramide.hinweise, _CARRIED), aus=None)


def shift_cohorts(pyramide: Alterspyramide, tafel: Ueberlebenstafel, schritte: int = 1) -> Alterspyramide:
    """Let people grow older by steps of five years: P(g + 1, s, t + 5) = P(g, s, t) · factor(g, s).

    The open group keeps its own survivors and takes in those of the group below. The youngest is as
    the table says, because births are not in it: as many as before, or unknown.

    Raises
    ------
    NotAssessable
        The population cannot be summed up to the table's five-year groups.

    """
    people = regroup(pyramide, tafel.gruppen)
    hinweise = (*pyramide.hinweise, EXPERIMENTELL, _describe(tafel))
    for _ in range(schritte):
        people = _shift_once(people, tafel, hinweise)
    return people


def _shift_once(people: Alterspyramide, tafel: Ueberlebenstafel, hinweise: tuple[str, ...]) -> Alterspyramide:
    survivors = people.personen * tafel.werte
    older = np.empty_like(survivors)
    older[:, :, 0] = people.personen[:, :, 0] if tafel.juengste is Juengste.KONSTANT else np.nan
    older[:, :, 1:] = survivors[:, :, :-1]
    older[:, :, -1] += survivors[:, :, -1]
    geheim = np.empty_like(people.geheim)
    geheim[:, :, 0] = people.geheim[:, :, 0] & (tafel.juengste is Juengste.KONSTANT)
    geheim[:, :, 1:] = people.geheim[:, :, :-1]
    unknown = np.isnan(people.personen) & ~people.geheim
    geheim[:, :, -1] = people.geheim[:, :, -2:].any(axis=2) & ~unknown[:, :, -2:].any(axis=2)
    return replace(
        people,
        personen=older,
        geheim=geheim,
        stichtag=_add_years(people.stichtag, SCHRITT_JAHRE),
        quelle=people.quelle if isinstance(people.aus, Fortschreibung) else f"{people.quelle}, fortgeschrieben",
        hinweise=hinweise,
        aus=Fortschreibung(people, tafel),
    )


def _describe(tafel: Ueberlebenstafel) -> str:
    moves = "mit Wanderung" if tafel.mit_wanderung else "ohne Wanderung"
    births = "jüngste Gruppe konstant" if tafel.juengste is Juengste.KONSTANT else "jüngste Gruppe unbekannt"
    return f"{tafel.titel} ({tafel.quelle}, {tafel.stichtag:%d.%m.%Y}), {moves}, {births}"


def _add_years(tag: date, years: int) -> date:
    leap_day = (tag.month, tag.day) == (2, 29)
    return tag.replace(year=tag.year + years, day=28 if leap_day else tag.day)


@lru_cache(maxsize=256)  # every rule and variant of a plan asks for the same few days: 0.7 ms each
def interpolate(frueher: Alterspyramide, spaeter: Alterspyramide, tag: date) -> Alterspyramide:
    """State the people of a day between two, on a straight line for each area, sex and band.

    Between equal days of the year the line goes by whole years: from 31.12.2025 to 31.12.2030, two of
    five years are 0.4 of the way, whatever leap days lie between.

    Raises
    ------
    NotAssessable
        The day lies outside, or one of the two cannot be summed up to the other's bands.

    """
    if tag == frueher.stichtag:
        return frueher
    if tag == spaeter.stichtag:
        return spaeter
    begin, end, asked = (_years(day) for day in (frueher.stichtag, spaeter.stichtag, tag))
    if not begin < asked < end:
        raise NotAssessable(
            Grund.KEINE_DATEN,
            f"Der {tag:%d.%m.%Y} liegt nicht zwischen {frueher.stichtag:%d.%m.%Y} und {spaeter.stichtag:%d.%m.%Y}.",
        )
    frueher, spaeter = _same_bands(frueher, spaeter)
    anteil = (asked - begin) / (end - begin)
    personen = (1 - anteil) * frueher.personen + anteil * spaeter.personen
    unknown = [np.isnan(each.personen) & ~each.geheim for each in (frueher, spaeter)]
    line = f"zwischen {frueher.stichtag:%d.%m.%Y} und {spaeter.stichtag:%d.%m.%Y} geradlinig"
    return Alterspyramide(
        gruppen=frueher.gruppen,
        personen=personen,
        geheim=(frueher.geheim | spaeter.geheim) & ~(unknown[0] | unknown[1]),
        stichtag=tag,
        quelle=frueher.quelle if frueher.quelle == spaeter.quelle else f"{frueher.quelle}; {spaeter.quelle}",
        hinweise=(*dict.fromkeys((*frueher.hinweise, *spaeter.hinweise)), line),
        aus=Zwischenstand(frueher, spaeter, anteil),
    )


def _years(tag: date) -> float:
    """Count years so that equal days of the year are whole years apart."""
    return tag.year + (tag.month - 1) / 12 + (tag.day - 1) / (12 * 31)


def _same_bands(left: Alterspyramide, right: Alterspyramide) -> tuple[Alterspyramide, Alterspyramide]:
    """Sum the finer one up to the coarser."""
    if len(left.gruppen) < len(right.gruppen):
        return left, regroup(right, left.gruppen)
    return regroup(left, right.gruppen), right


def people_on(staende: tuple[Alterspyramide, ...], tag: date) -> Alterspyramide:
    """Take the people of a day from a forecast's states, in the order of their days.

    Raises
    ------
    NotAssessable
        The day lies before the first or after the last: a forecast is not carried on by guess.

    """
    for stand in staende:
        if stand.stichtag == tag:
            return stand
    for frueher, spaeter in pairwise(staende):
        if frueher.stichtag < tag < spaeter.stichtag:
            return interpolate(frueher, spaeter, tag)
    days = ", ".join(f"{stand.stichtag:%d.%m.%Y}" for stand in staende) or "keinen Tag"
    raise NotAssessable(
        Grund.KEINE_DATEN, f"Für den {tag:%d.%m.%Y} gibt es keine Bevölkerung; die Quelle nennt {days}."
    )


def rake_to_upper(pyramide: Alterspyramide, upper: Alterspyramide, upper_of_area: Ints) -> Alterspyramide:
    """Scale areas so that they sum to the level above in every sex and band: Kreis totals, or those of Kommunen.

    Where an upper total is unknown, or one of its areas is, the band is unknown in all its areas: spread
    over the rest, the people of the unknown one would be given to its neighbours. A band that nobody of
    an area's kin is in, but the upper total says so, is spread by all known people.

    Parameters
    ----------
    upper_of_area
        (n_areas,) int32 index into `upper` of the area each lies in.

    Raises
    ------
    NotAssessable
        The bands of the areas cannot be summed up to those of the totals, or the days differ.

    """
    if upper.stichtag != pyramide.stichtag:
        raise NotAssessable(
            Grund.KEINE_DATEN,
            f"Die Summen gelten für den {upper.stichtag:%d.%m.%Y}, die Gebiete für den {pyramide.stichtag:%d.%m.%Y}.",
        )
    people = regroup(pyramide, upper.gruppen)
    n_areas, n_upper, n_cells = len(people.personen), len(upper.personen), 2 * len(upper.gruppen)
    proxy = people.personen.reshape(n_areas, n_cells)
    blind = np.zeros((n_upper, n_cells), dtype=np.bool_)
    np.logical_or.at(blind, upper_of_area, np.isnan(proxy))
    totals = np.where(blind, np.nan, upper.personen.reshape(n_upper, n_cells))
    everybody = np.nansum(proxy, axis=1)
    raked = rake(totals, upper_of_area, proxy, fallback=everybody)
    personen = raked.personen.reshape(people.personen.shape)
    hidden = (_any_of_kin(people.geheim, upper_of_area, n_upper) | upper.geheim)[upper_of_area] & np.isnan(personen)
    return replace(
        people,
        personen=personen,
        geheim=hidden & ~_any_unknown(people, upper, upper_of_area),
        hinweise=(*people.hinweise, f"auf Summen gebracht: {upper.quelle}, {upper.stichtag:%d.%m.%Y}"),
        aus=None,
    )


def _any_of_kin(flags: NDArray[np.bool_], upper_of_area: Ints, n_upper: int) -> NDArray[np.bool_]:
    found = np.zeros((n_upper, *flags.shape[1:]), dtype=np.bool_)
    np.logical_or.at(found, upper_of_area, flags)
    return found


def _any_unknown(people: Alterspyramide, upper: Alterspyramide, upper_of_area: Ints) -> NDArray[np.bool_]:
    below = _any_of_kin(np.isnan(people.personen) & ~people.geheim, upper_of_area, len(upper.personen))
    return np.asarray((below | (np.isnan(upper.personen) & ~upper.geheim))[upper_of_area])
