"""What the public may see: whole people, no count under ten, and none that subtraction would give back.

Counts are linked by sums: the states of a person sum to all people, Sozialräume to their Kommune,
Kommunen to the Region. A small count is hidden (primary), and then as many others as it takes
until no shown number gives it away (secondary); domain 3.6 and 5.

A zero is shown: nobody registered in a group is the register's own statement (`keine_bevoelkerung`
depends on it), and nobody in a state follows from where streets and Angebote lie, not from persons.
A fraction of a person that would round to zero is no zero and is hidden.

Age groups lie in one another: 75+ less 80+ are the people of 75 to 79. Where so few lie between two
groups, the narrower one is hidden too.

Always protect a table whole, with all levels and targets, and cut it for a request afterwards:
two tables protected apart can be subtracted from each other.

A plan states an area once for each day, variant and rule, as Pflegebedürftige are stated for each kind of care, and one
of these numbers follows from another by a published factor: an area of which one is hidden is silent in all of them.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Spalte, Tabelle, Typ, Wert
from infrastruktur.planning.rounding import find_negligible, round_additive, round_totals
from infrastruktur.planning.suppression import Bools, Floats, Sum, hide

THRESHOLD = 10
_TENS = 10
_NOISE = 1e-6

_TOTALS = ("personen", "nenner")
_EVERYBODY = "alle"
_ALIAS = {"personen": _EVERYBODY, "nenner": _EVERYBODY, "ohne_zugang": "nicht_erreicht"}
"""Two names of one count."""
_PARTS = (("erreicht", "nicht_erreicht", "ohne_aussage"), ("erreicht", "ohne_zugang", "ohne_aussage"))
_PLAN = ("tag", "variante", "regel")
_POPULATION = (
    *("altersgruppe", "stichtag", "stichtag_nenner", "quelle_nenner", "stichtag_personen", "quelle_personen"),
    *_PLAN,
)
_DIMENSIONS = (
    *_POPULATION,
    *("ziel", "art", "indicator", "leistung", "mindestens", "modus", "profil", "max_minuten", "max_meter", "metrik"),
    *("kriterium", "satz_variante"),
)
_JUDGED = ("personen", "erreicht", "nicht_erreicht", "ohne_aussage")
_TAILS = ("p90_minuten", "p90_meter")
"""Quantiles that a tenth of the people lies beyond: with fewer than a hundred people it would be the way of a few."""
_OF_TEN = 10
_STAFF = ("abseits", "rand_der_daten", "traeger_unbekannt", "unerreichbar")
"""Parts of a state, which are not published: they judge the data, and the small among them would hide the state."""
_FOLLOWS = {
    "anteil_prozent": ("erreicht", "personen"),
    "anteil_beurteilt_prozent": ("erreicht", "ohne_zugang"),
    "wert": ("nenner", *_PARTS[0], "personen", "anzahl"),
    "wert_bis": ("nenner",),
    # The sentence too: it tells when homes hold more people than there are, and a scenario may place homes of any size.
    **dict.fromkeys((f"{part}_ohne_einrichtungsbevoelkerung" for part in ("nenner", "wert", "annahme")), ("nenner",)),
    "plaetze": (*_PARTS[0], "personen"),
    "bis_zum_ziel": ("erreicht", "ohne_zugang"),
    "rang_personen": ("bis_zum_ziel",),
    "rang_anteil": ("anteil_beurteilt_prozent", "bis_zum_ziel"),
    **dict.fromkeys(("median_minuten", "p90_minuten", "median_meter", "p90_meter", "traeger_mittel"), _JUDGED),
    "naechstes_angebot": ("ohne_zugang",),
    "naechste_minuten": ("ohne_zugang",),
    "naechste_meter": ("ohne_zugang",),
    "verhaeltnis": ("erwartet", "beobachtet"),
    **dict.fromkeys(("zustand", "zustand_langsamer", "zustand_schneller"), ("personen", "erreicht", "ohne_zugang")),
    **dict.fromkeys(
        ("ohne_platz", "bedarf", "saldo", "versorgungsgrad_prozent"), ("personen", "pflegebeduerftige", "nenner")
    ),
}
"""Columns that are hidden with what they are computed from. In this order: later ones follow earlier ones."""

_PLANNED = ("pflegebeduerftige", "pflegebeduerftige_mindestens", "personen", "erwartet", "beobachtet")
"""The people of a plan, or of kinds of care; what follows from them is hidden with them."""


class _Key(NamedTuple):
    """What a number counts: the same under every target, kind and figure that states it."""

    name: str
    ebene: Wert
    gebiet: Wert
    dimensions: tuple[Wert, ...]


@dataclass(frozen=True)
class _Counts:
    """The table's counts as variables: the same people under several targets are one variable."""

    values: list[float]
    of_key: dict[_Key, int]
    of_cell: dict[tuple[int, str], int]
    is_total: list[bool]


def protect(tabelle: Tabelle, *, threshold: int = THRESHOLD) -> Tabelle:
    """Make a table public: people whole, counts under `threshold` null with `geheim`, figures rounded.

    Secondary suppression runs over every row (personen = its states) and over Sozialraum → Kommune →
    Region. A figure is hidden when its numerator or denominator is. `bis_zum_ziel` under the threshold
    is hidden too; being arithmetic on published shares, it names no group of people, and is not guarded
    against being computed again. Sums still add up after rounding.
    """
    counts = _read_counts(tabelle)
    exact = np.array(counts.values, dtype=np.float64)
    sums_of_rows, sums_of_areas = _row_sums(tabelle, counts), _area_sums(counts)
    totals = np.array(counts.is_total, dtype=np.bool_)
    of_totals = [s for s in sums_of_areas if totals[s.total]]
    whole = round_additive(exact, round_totals(exact, of_totals), sums_of_rows, sums_of_areas)
    with np.errstate(invalid="ignore"):
        small = (exact > _NOISE) & (np.fmin(exact, whole) < threshold - _NOISE)
    # A fraction of a person, which only spreading over cells can make, is published as the nought it rounds to:
    # hiding it would hide what most of the Region's people reach.
    small &= ~(find_negligible(exact, sums_of_areas) & (whole == 0))
    nested, between = _few_between(counts, whole, threshold)
    values = np.concatenate((whole, between))
    locked = np.concatenate((totals, np.ones(len(between), dtype=np.bool_)))
    small = np.concatenate((small, np.ones(len(between), dtype=np.bool_)))
    # Totals first and by themselves: every table then hides the same ones, whatever else it shows.
    hidden = hide(values, [*of_totals, *nested], small & locked, threshold=threshold)
    sums = [*sums_of_rows, *sums_of_areas, *nested]
    hidden = hide(values, sums, hidden | small, threshold=threshold, locked=locked)
    return _silence_areas(_write(tabelle, counts, whole, hidden, threshold))


def show_in_tens(count: float, *, threshold: int = THRESHOLD) -> float | None:
    """Publish a count of a question of one's own: in full tens, null under `threshold`, nought as nought.

    Questions that may be put in any number cannot be protected against each other as the rows of a table are. But two
    numbers in tens are each up to five away from the truth, so that their difference never tells a number under ten.
    """
    if count <= _NOISE:
        return 0.0
    return None if count < threshold - _NOISE else math.floor(count / _TENS + 0.5) * float(_TENS)


def _read_counts(tabelle: Tabelle) -> _Counts:
    """Read the counts in an order of their own, so that every table of the same people chooses alike.

    What is null in all areas is no variable: no sum with a member nobody knows anywhere tells about the others.
    """
    keys: dict[tuple[int, str], _Key] = {}
    number: dict[_Key, float] = {}
    for cell, key, value in _list_cells(tabelle):
        keys[cell] = key
        if math.isnan(number.get(key, math.nan)):
            number[key] = value
    stated = {(key.name, key.dimensions) for key, value in number.items() if not math.isnan(value)}
    written = {dimensions: [str(each) for each in dimensions] for _, dimensions in stated}
    ordered = sorted(
        (key for key in number if (key.name, key.dimensions) in stated),
        key=lambda key: (key.name, str(key.ebene), str(key.gebiet), written[key.dimensions]),
    )
    of_key = {key: variable for variable, key in enumerate(ordered)}
    return _Counts(
        values=[number[key] for key in ordered],
        of_key=of_key,
        of_cell={cell: of_key[key] for cell, key in keys.items() if key in of_key},
        is_total=[key.name == _EVERYBODY for key in ordered],
    )


def _list_cells(tabelle: Tabelle) -> Iterator[tuple[tuple[int, str], _Key, float]]:
    """List the counts of people that follow from no others: row and column, what is counted, and the number."""
    place = {spalte.name: at for at, spalte in enumerate(tabelle.spalten)}
    counted = [s.name for s in tabelle.spalten if s.personen and s.name not in _FOLLOWS]
    of_people = [place.get(name) for name in _POPULATION]
    of_question = [place.get(name) for name in _DIMENSIONS]
    for row, zeile in enumerate(tabelle.zeilen if counted else ()):
        ebene, gebiet = zeile[place["ebene"]], zeile[place["gebiet"]]
        people = tuple(None if at is None else zeile[at] for at in of_people)
        question = tuple(None if at is None else zeile[at] for at in of_question)
        for name in counted:
            key = _Key(_ALIAS.get(name, name), ebene, gebiet, people if name in _TOTALS else question)
            yield (row, name), key, _number(zeile[place[name]])


def _row_sums(tabelle: Tabelle, counts: _Counts) -> list[Sum]:
    """Link the people of each row to the states they are split into."""
    links = set()
    for parts, row in product(_PARTS, range(len(tabelle.zeilen))):
        members = [counts.of_cell.get((row, name)) for name in ("personen", *parts)]
        known = [member for member in members if member is not None]
        if len(known) == len(members):
            links.add(Sum(known[0], tuple(known[1:])))
    return sorted(links, key=lambda link: link.members)


def _area_sums(counts: _Counts) -> list[Sum]:
    """Link each area's count to those of its parts; Sozialräume and Bezirke are two ways to divide a Kommune."""
    children: dict[tuple[_Key, Wert], list[int]] = {}
    for key, variable in counts.of_key.items():
        upper = _upper(key)
        if upper in counts.of_key:
            children.setdefault((upper, key.ebene), []).append(variable)
    return [Sum(counts.of_key[upper], tuple(parts)) for (upper, _), parts in children.items()]


def _few_between(counts: _Counts, whole: Floats, threshold: int) -> tuple[list[Sum], Floats]:
    """Find the people between two nested groups of one area and source where they are few, as numbers of their own.

    Their places follow those of `whole`; they stand in no table, but whoever sees both groups has them.
    """
    at = _POPULATION.index("altersgruppe")
    groups: dict[tuple[Wert, ...], list[tuple[str, int]]] = {}
    for key, variable in counts.of_key.items():
        if counts.is_total[variable]:
            known = key.dimensions
            same = (key.ebene, key.gebiet, *known[:at], *known[at + 1 :])
            groups.setdefault(same, []).append((str(known[at]), variable))
    links: list[Sum] = []
    between: list[float] = []
    for nested in groups.values():
        for (code, wide), (inner, narrow) in product(nested, nested):
            few = float(whole[wide] - whole[narrow])
            if code != inner and 0 < few < threshold and parse_gruppe(code).covers(parse_gruppe(inner)):
                links.append(Sum(wide, (narrow, len(whole) + len(between))))
                between.append(few)
    return links, np.array(between, dtype=np.float64)


def _upper(key: _Key) -> _Key | None:
    """Name the same count of the area above: keys are Regionalschlüssel (5 digits), AGS (8), AGS-Label."""
    if key.ebene in (Ebene.SOZIALRAUM, Ebene.BEZIRK):
        return key._replace(ebene=Ebene.KOMMUNE.value, gebiet=str(key.gebiet).partition("-")[0])
    if key.ebene == Ebene.KOMMUNE:
        return key._replace(ebene=Ebene.REGION.value, gebiet=str(key.gebiet)[:5])
    return None


def _write(tabelle: Tabelle, counts: _Counts, whole: Floats, hidden: Bools, threshold: int) -> Tabelle:
    people, secrets = whole.tolist(), hidden.tolist()
    names = [spalte.name for spalte in tabelle.spalten]
    counted = [(at, spalte.name) for at, spalte in enumerate(tabelle.spalten) if spalte.personen]
    rows: list[tuple[Wert, ...]] = []
    for number, zeile in enumerate(tabelle.zeilen):
        shown = [
            _round(value, spalte) if isinstance(value, float) else value
            for value, spalte in zip(zeile, tabelle.spalten, strict=True)
        ]
        secret = set()
        for at, name in counted:
            # What is null for a reason of its own stays null, even where another row knows the same people.
            if shown[at] is None:
                continue
            variable = counts.of_cell.get((number, name))
            if variable is not None:
                shown[at] = int(people[variable])
                if secrets[variable]:
                    secret.add(name)
            elif name == "bis_zum_ziel" and 0 < _number(zeile[at]) < threshold:
                secret.add(name)
        rows.append(_hide_with_followers(names, shown, secret) if secret else tuple(shown))
    return _rank_again(_withhold(tabelle.with_rows(rows), threshold))


def _withhold(tabelle: Tabelle, threshold: int) -> Tabelle:
    """Leave out what is not published though no count is secret: reasons, and quantiles with too few people beyond."""
    at = {spalte.name: place for place, spalte in enumerate(tabelle.spalten)}
    staff, tails = ([at[name] for name in names if name in at] for names in (_STAFF, _TAILS))
    if not staff and not tails:
        return tabelle
    rows: list[tuple[Wert, ...]] = []
    for zeile in tabelle.zeilen:
        judged = sum(_number(zeile[at[name]]) for name in ("erreicht", "nicht_erreicht") if name in at)
        left_out = staff if judged >= _OF_TEN * threshold else staff + tails
        rows.append(tuple(None if place in left_out else value for place, value in enumerate(zeile)))
    return tabelle.with_rows(rows)


def _hide_with_followers(names: list[str], shown: list[Wert], secret: set[str]) -> tuple[Wert, ...]:
    """Make null what is secret and all that is computed from it, with the reason."""
    row = dict(zip(names, shown, strict=True))
    for name, sources in _FOLLOWS.items():
        if row.get(name) is not None and secret.intersection(sources):
            secret.add(name)
    reason = {"grund": Grund.GEHEIM.value} if "grund" in row else {}
    return tuple({**row, **dict.fromkeys(secret), **reason}.values())


def _silence_areas(tabelle: Tabelle) -> Tabelle:
    """Hide all people of a plan's area, and what follows from them, where one of its rows hides any."""
    names = {spalte.name for spalte in tabelle.spalten}
    if not (names.issuperset(_PLAN) or "leistung" in names):
        return tabelle
    follow = (name for name, sources in _FOLLOWS.items() if names.intersection(_PLANNED).intersection(sources))
    silent = dict.fromkeys(name for name in (*_PLANNED, *follow) if name in names)
    records = tabelle.records()
    areas = {(each["ebene"], each["gebiet"]) for each in records if each["grund"] == Grund.GEHEIM}
    for record in records:
        stated = any(record[name] is not None for name in silent)
        if stated and (record["ebene"], record["gebiet"]) in areas:
            record.update({**silent, "grund": Grund.GEHEIM.value})
    return tabelle.with_rows([tuple(record.values()) for record in records])


def _rank_again(tabelle: Tabelle) -> Tabelle:
    """Rank anew among what is shown: a rank left out would tell between which numbers the hidden one lies."""
    ranks = [name for name in ("rang_personen", "rang_anteil") if name in {spalte.name for spalte in tabelle.spalten}]
    if not ranks:
        return tabelle
    records = tabelle.records()
    for name in ranks:
        ranked: dict[tuple[Wert, ...], list[int]] = {}
        for record in records:
            if isinstance(rank := record.get(name), int):
                ranked.setdefault((record.get("ebene"), record.get("ziel")), []).append(rank)
        for record in records:
            if isinstance(rank := record.get(name), int):
                others = ranked[record.get("ebene"), record.get("ziel")]
                record[name] = 1 + sum(other < rank for other in others)
    return tabelle.with_rows([tuple(record.values()) for record in records])


def _number(value: Wert) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _round(value: Wert, spalte: Spalte) -> Wert:
    """Round a figure to its column's decimals; what is no finite number is null."""
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    if spalte.typ is Typ.GANZZAHL or spalte.personen:
        return math.floor(value + 0.5)
    return value if spalte.nachkommastellen is None else round(value, spalte.nachkommastellen)
