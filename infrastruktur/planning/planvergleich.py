"""Planvergleich: what moved the figures between two Bedarfsplanungen, forecast, rates, rule or facility.

The old plan is turned into the new one in steps, each replacing one kind of input: first the forecast, then
the rates, then the rule and variant, then the places. What a step changes is its share; the steps sum to the whole
difference, exactly. Where two inputs multiply, the order decides who gets their product: it is always this one.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import product

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.bedarf import Variante
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.quote import Quotentafel
from infrastruktur.domain.tabelle import Wert
from infrastruktur.planning.bedarfsplanung import Bedarf, Bedarfsplanung, Grundlagen, compute_bedarf
from infrastruktur.planning.nachweis import Groesse

Floats = NDArray[np.float64]


class Ursache(StrEnum):
    """The kinds of input, in the order they are replaced."""

    PROGNOSE = "prognose"
    QUOTE = "quote"
    REGEL = "regel"
    ANGEBOT = "angebot"


@dataclass(frozen=True)
class Beitrag:
    """What one step moves: the state of the plan before it and after.

    Attributes
    ----------
    was
        What was replaced by what: codes, Stichtage, names.

    """

    ursache: Ursache
    was: tuple[str, ...]
    von: Bedarf
    zu: Bedarf

    def change(self, groesse: Groesse) -> Floats:
        """Give how much more (or less) a figure is, (n_kommunen + 1,) float64; NaN where a side is unknown."""
        return read_groesse(self.zu, groesse) - read_groesse(self.von, groesse)

    @property
    def bedarf(self) -> Floats:
        return self.change(Groesse.BEDARF)

    @property
    def angebot(self) -> Floats:
        return self.change(Groesse.ANGEBOT)

    @property
    def saldo(self) -> Floats:
        return self.change(Groesse.SALDO)


def read_groesse(teil: Bedarf, groesse: Groesse) -> Floats:
    """Read a figure of a plan's part, unrounded: (n_kommunen + 1,) float64, the Region last."""
    values: Floats = getattr(teil, groesse.value)
    return values


@dataclass(frozen=True)
class Hausbeitrag:
    """What one Angebot moves in the supply of its Kommune.

    `plaetze_alt` and `plaetze_neu` are 0 where it does not count on the day, None where nobody states them.
    """

    schluessel: str
    name: str
    area: int
    plaetze_alt: float | None
    plaetze_neu: float | None


@dataclass(frozen=True)
class Vergleich:
    """One day and variant of two plans."""

    tag: date
    variante: Variante
    alt: Bedarf
    neu: Bedarf
    beitraege: tuple[Beitrag, ...]
    haeuser: tuple[Hausbeitrag, ...]


@dataclass(frozen=True)
class Planvergleich:
    """Two plans beside each other, and the days and variants that only one of them has."""

    alt: Bedarfsplanung
    neu: Bedarfsplanung
    vergleiche: tuple[Vergleich, ...]
    nur_alt: tuple[tuple[date, str], ...]
    nur_neu: tuple[tuple[date, str], ...]


def compare(alt: Bedarfsplanung, neu: Bedarfsplanung, gegenueber: Mapping[str, str] | None = None) -> Planvergleich:
    """Say what moved between two plans of the same Kommunen, for the days and variants they share.

    Parameters
    ----------
    gegenueber
        Which variant of the old plan a variant of the new one is held against; default: the same.

    Raises
    ------
    InvalidParameter
        The plans are about other Kommunen, or other kinds of Angebote.

    """
    if alt.grundlagen.raum.gebiete != neu.grundlagen.raum.gebiete:
        raise InvalidParameter("vergleich", "Die beiden Planungen nennen verschiedene Kommunen.")
    if alt.grundlagen.annahmen.regel.arten != neu.grundlagen.annahmen.regel.arten:
        raise InvalidParameter("vergleich", "Die beiden Planungen gelten für verschiedene Arten von Angeboten.")
    pairs = {key: (key[0], (gegenueber or {}).get(key[1], key[1])) for key in _keys(neu)}
    before = _keys(alt)
    return Planvergleich(
        alt=alt,
        neu=neu,
        vergleiche=tuple(_compare_part(alt, neu, old, new) for new, old in pairs.items() if old in before),
        nur_alt=tuple(key for key in before if key not in pairs.values()),
        nur_neu=tuple(new for new, old in pairs.items() if old not in before),
    )


def _keys(planung: Bedarfsplanung) -> list[tuple[date, str]]:
    return [(teil.tag, teil.variante.code) for teil in planung.teile]


def _compare_part(
    alt: Bedarfsplanung, neu: Bedarfsplanung, old_key: tuple[date, str], new_key: tuple[date, str]
) -> Vergleich:
    tag = new_key[0]
    old, new = alt.find(*old_key), neu.find(*new_key)
    beitraege: list[Beitrag] = []
    state = old
    for ursache, grundlagen, variante, was in _steps(alt.grundlagen, neu.grundlagen, old, new):
        following = compute_bedarf(grundlagen, tag, variante)
        # Every number of a step is a difference of two states, so that the steps telescope to the whole.
        beitraege.append(Beitrag(ursache, was, state, following))
        state = following
    return Vergleich(tag, new.variante, old, new, tuple(beitraege), _compare_houses(alt, neu, old, new))


def _steps(
    alt: Grundlagen, neu: Grundlagen, old: Bedarf, new: Bedarf
) -> Iterator[tuple[Ursache, Grundlagen, Variante, tuple[str, ...]]]:
    """Replace one kind of input after the other; the last step is the new plan."""
    before, after = alt.annahmen, neu.annahmen
    # Rates by kind belong to the rule that asks for them: a rule that asks for others brings its own.
    same_way = before.regel.quote is after.regel.quote
    quoten = after.quoten if same_way else before.quoten
    state = replace(alt, bevoelkerung=neu.bevoelkerung, kohorte=neu.kohorte)
    variante = msgspec.structs.replace(old.variante, bevoelkerung=new.variante.bevoelkerung)
    yield Ursache.PROGNOSE, state, variante, _changed_people(alt, neu, old, new)
    state = replace(state, annahmen=replace(before, pflegequoten=after.pflegequoten, quoten=quoten))
    rates = (*_changed_rates(before.pflegequoten, after.pflegequoten), *_changed_rates(before.quoten, quoten))
    # A trend carries rates on: it belongs to them, while a limit by places belongs to the rule.
    variante = msgspec.structs.replace(variante, trend=new.variante.trend)
    yield Ursache.QUOTE, state, variante, (*rates, *_changed_trend(old.variante, new.variante))
    state = replace(state, annahmen=replace(after, gerechnet=before.gerechnet))
    yield Ursache.REGEL, state, new.variante, _changed_rules(alt, neu, old, new)
    yield Ursache.ANGEBOT, neu, new.variante, _changed_supply(alt, neu)


def _changed_people(alt: Grundlagen, neu: Grundlagen, before: Bedarf, after: Bedarf) -> tuple[str, ...]:
    old, new = alt.people(before.variante, before.tag), neu.people(after.variante, after.tag)
    same = old.gruppen == new.gruppen and np.array_equal(old.personen, new.personen, equal_nan=True)
    return () if same and old.quelle == new.quelle else (f"Bevölkerung {old.quelle} → {new.quelle}",)


def _changed_trend(alt: Variante, neu: Variante) -> tuple[str, ...]:
    return () if alt.trend == neu.trend else (f"Trend {_name_trend(alt)} → {_name_trend(neu)}",)


def _name_trend(variante: Variante) -> str:
    trend = variante.trend
    return "keiner" if trend is None else f"{trend.richtung}, {trend.faktor_je_jahr:g} je Jahr".replace(".", ",", 1)


def _changed_rates(alt: Quotentafel | None, neu: Quotentafel | None) -> tuple[str, ...]:
    if alt is None or neu is None or alt == neu:
        return ()
    whole = f"{alt.titel} ({alt.code}, {alt.stichtag:%d.%m.%Y}) → {neu.titel} ({neu.code}, {neu.stichtag:%d.%m.%Y})"
    old = {quote.gruppe: quote for quote in alt.quoten}
    single = [
        f"{quote.gruppe.titel}: Frauen {was.w_prozent:g} → {quote.w_prozent:g} %, "
        f"Männer {was.m_prozent:g} → {quote.m_prozent:g} %".replace(".", ",")
        for quote in neu.quoten
        if (was := old.get(quote.gruppe)) is not None and was != quote
    ]
    return (whole, *single)


def _changed_rules(alt: Grundlagen, neu: Grundlagen, old: Bedarf, new: Bedarf) -> tuple[str, ...]:
    rule, variant = (alt.annahmen.regel, neu.annahmen.regel), (old.variante, new.variante)
    return (
        *([] if rule[0] == rule[1] else [f"Regel {rule[0].titel} → {rule[1].titel}"]),
        *([] if variant[0] == variant[1] else [f"Variante {variant[0].titel} → {variant[1].titel}"]),
    )


def _changed_supply(alt: Grundlagen, neu: Grundlagen) -> tuple[str, ...]:
    before, after = alt.annahmen.gerechnet, neu.annahmen.gerechnet
    return (
        *([] if alt.stichtag == neu.stichtag else [f"Stichtag {alt.stichtag:%d.%m.%Y} → {neu.stichtag:%d.%m.%Y}"]),
        *([] if before == after else [f"gerechnet: {', '.join(before)} → {', '.join(after)}"]),
    )


def _compare_houses(alt: Bedarfsplanung, neu: Bedarfsplanung, old: Bedarf, new: Bedarf) -> tuple[Hausbeitrag, ...]:
    """Name every Angebot that adds another number of places than before, or lies in another Kommune."""
    before, after = _houses(alt, old), _houses(neu, new)
    found: list[Hausbeitrag] = []
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        for area in sorted({each[0] for each in (was, now) if each is not None}):
            places_before = was[2] if was is not None and was[0] == area else 0.0
            places_after = now[2] if now is not None and now[0] == area else 0.0
            if places_before != places_after:
                name = (now or was or ("", "", 0.0))[1]
                found.append(Hausbeitrag(key, name, area, places_before, places_after))
    return tuple(found)


def _houses(planung: Bedarfsplanung, teil: Bedarf) -> dict[str, tuple[int, str, float | None]]:
    zeiten, je_angebot = planung.grundlagen.plaetze, teil.vorausschau.je_angebot.tolist()
    return {
        key: (int(area), name, None if math.isnan(places) else places)
        for key, name, area, places in zip(zeiten.schluessel, zeiten.name, zeiten.area, je_angebot, strict=True)
        if area >= 0
    }


def list_werte(vergleich: Planvergleich) -> Iterator[dict[str, Wert]]:
    """List the figures of each area, day and variant for `PLANVERGLEICH`, unrounded: shares must add up."""
    raum = vergleich.neu.grundlagen.raum
    for each in vergleich.vergleiche:
        for at, groesse in product(range(len(raum.gebiete)), Groesse):
            before, after = (float(read_groesse(teil, groesse)[at]) for teil in (each.alt, each.neu))
            yield {
                **raum.name(at),
                "regel": vergleich.neu.grundlagen.annahmen.regel.code,
                "tag": each.tag,
                "variante": each.variante.code,
                "groesse": groesse.value,
                "vorher": before,
                "nachher": after,
                "differenz": after - before,
                **{f"durch_{part.ursache}": float(part.change(groesse)[at]) for part in each.beitraege},
                "was": "; ".join(_name_causes(each, groesse, at, len(raum.kommunen))),
                "variante_vorher": each.alt.variante.code,
                "regel_vorher": vergleich.alt.grundlagen.annahmen.regel.code,
                "stichtag": vergleich.neu.grundlagen.stichtag,
                "stichtag_vorher": vergleich.alt.grundlagen.stichtag,
            }


def _name_causes(vergleich: Vergleich, groesse: Groesse, at: int, region: int) -> Iterator[str]:
    """Name what was replaced in the steps that move a figure of an area, and the Angebote among it."""
    for beitrag in vergleich.beitraege:
        if beitrag.change(groesse)[at] == 0:
            continue
        yield from beitrag.was
        if beitrag.ursache is Ursache.ANGEBOT:
            yield from _name_houses(vergleich, at, region)


def _name_houses(vergleich: Vergleich, at: int, region: int) -> Iterator[str]:
    for haus in vergleich.haeuser:
        if at in (haus.area, region):
            yield f"{haus.name}: {_write(haus.plaetze_alt)} → {_write(haus.plaetze_neu)} Plätze"


def _write(plaetze: float | None) -> str:
    return "unbekannt" if plaetze is None else f"{plaetze:g}".replace(".", ",")
