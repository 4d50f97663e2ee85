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

A plan states an area once for each day, variant and rule, and one of these numbers follows from another by a
published factor: an area of which one is hidden is silent in all of them.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Spalte, Tabelle, Typ, Wert
from infrastruktur.planning.suppression import Bools, Floats, Sum, hide

THRESHOLD = 10
_TENS = 10
_NOISE = 1e-6

_TOTALS = ("personen", "nenner")
_ALIAS = {"personen": "alle", "nenner": "alle", "ohne_zugang": "nicht_erreicht"}
"""Two names of one count."""
_PARTS = (("erreicht", "nicht_erreicht", "ohne_aussage"), ("erreicht", "ohne_zugang", "ohne_aussage"))
_PLAN = ("tag", "variante", "regel")
_POPULATION = (
    *("altersgruppe", "stichtag", "stichtag_nenner", "quelle_nenner", "stichtag_personen", "quelle_personen"),
    *_PLAN,
)
_DIMENSIONS = (
    *_POPULATION,
    *("ziel", "art", "indicator", "mindestens", "modus", "profil", "max_minuten", "max_meter", "metrik"),
)
_FOLLOWS = {
    "anteil_prozent": ("erreicht", "personen"),
    "anteil_beurteilt_prozent": ("erreicht", "ohne_zugang"),
    "wert": ("nenner", *_PARTS[0], "personen"),
    "wert_bis": ("nenner",),
    "plaetze": (*_PARTS[0], "personen"),
    "bis_zum_ziel": ("erreicht", "ohne_zugang"),
    "rang_personen": ("bis_zum_ziel",),
    "rang_anteil": ("anteil_beurteilt_prozent", "bis_zum_ziel"),
    "naechstes_angebot": ("ohne_zugang",),
    "naechste_minuten": ("ohne_zugang",),
    "naechste_meter": ("ohne_zugang",),
    **dict.fromkeys(("ohne_platz", "bedarf", "saldo", "versorgungsgrad_prozent"), ("personen", "pflegebeduerftige")),
}
"""Columns that are hidden with what they are computed from. In this order: later ones follow earlier ones."""

_PLANNED = ("pflegebeduerftige", "pflegebeduerftige_mindestens", "personen")
"""The people of a plan; what follows from them is hidden with them."""

_Key = tuple[Wert, ...]


@dataclass
class _Counts:
    """The table's counts as variables: the same people under several targets are one variable."""

    values: list[float] = field(default_factory=list)
    of_key: dict[_Key, int] = field(default_factory=dict)
    of_cell: dict[tuple[int, str], int] = field(default_factory=dict)
    is_total: list[bool] = field(default_factory=list)

    def add(self, cell: tuple[int, str], key: _Key, value: float, *, is_total: bool) -> None:
        if key not in self.of_key:
            self.of_key[key] = len(self.values)
            self.values.append(value)
            self.is_total.append(is_total)
        elif math.isnan(self.values[self.of_key[key]]) or math.isnan(self.values[self.of_key[key]]):
            self.values[self.of_key[key]] = value
        self.of_cell[cell] = self.of_key[key]


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
    whole = _round_additive(exact, _round_totals(exact, of_totals), sums_of_rows, sums_of_areas)
    with np.errstate(invalid="ignore"):
        small = (exact > _NOISE) & (np.fmin(exact, whole) < threshold - _NOISE)
    # A fraction of a person, which only spreading over cells can make, is published as the nought it rounds to:
    # hiding it would hide what most of the Region's people reach.
    small &= ~(_find_negligible(exact, sums_of_areas) & (whole == 0))
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
    """Read the counts in an order of their own, so that every table of the same people chooses alike."""
    cells = []
    for number, record in enumerate(tabelle.records()):
        for name in (s.name for s in tabelle.spalten if s.personen and s.name not in _FOLLOWS):
            dimensions = (record.get(d) for d in (_POPULATION if name in _TOTALS else _DIMENSIONS))
            key = (_ALIAS.get(name, name), record.get("ebene"), record.get("gebiet"), *dimensions)
            cells.append((key, (number, name), _number(record[name])))
    counts = _Counts()
    for key, cell, value in sorted(cells, key=lambda c: [str(part) for part in c[0]]):
        counts.add(cell, key, value, is_total=cell[1] in _TOTALS)
    return counts


def _row_sums(tabelle: Tabelle, counts: _Counts) -> list[Sum]:
    names = {spalte.name for spalte in tabelle.spalten}
    split = [parts for parts in _PARTS if {"personen", *parts} <= names]
    links = {
        Sum(counts.of_cell[number, "personen"], tuple(counts.of_cell[number, part] for part in parts))
        for number in range(len(tabelle.zeilen))
        for parts in split
    }
    return sorted(links, key=lambda link: link.members)


def _area_sums(counts: _Counts) -> list[Sum]:
    """Link each area's count to those of its parts; Sozialräume and Bezirke are two ways to divide a Kommune."""
    children: dict[tuple[_Key, Wert], list[int]] = {}
    for key, variable in counts.of_key.items():
        name, ebene, gebiet, *rest = key
        for upper in _upper(ebene, gebiet):
            children.setdefault(((name, *upper, *rest), ebene), []).append(variable)
    return [Sum(counts.of_key[key], tuple(parts)) for (key, _), parts in children.items() if key in counts.of_key]


def _few_between(counts: _Counts, whole: Floats, threshold: int) -> tuple[list[Sum], Floats]:
    """Find the people between two nested groups of one area and source where they are few, as numbers of their own.

    Their places follow those of `whole`; they stand in no table, but whoever sees both groups has them.
    """
    groups: dict[_Key, list[tuple[str, int]]] = {}
    for key, variable in counts.of_key.items():
        if counts.is_total[variable]:
            at = 3 + _POPULATION.index("altersgruppe")
            groups.setdefault((*key[:at], *key[at + 1 :]), []).append((str(key[at]), variable))
    links: list[Sum] = []
    between: list[float] = []
    for same in groups.values():
        for (code, wide), (inner, narrow) in product(same, same):
            few = whole[wide] - whole[narrow]
            if code != inner and 0 < few < threshold and parse_gruppe(code).covers(parse_gruppe(inner)):
                links.append(Sum(wide, (narrow, len(whole) + len(between))))
                between.append(few)
    return links, np.array(between, dtype=np.float64)


def _upper(ebene: Wert, gebiet: Wert) -> Iterable[tuple[Ebene, str]]:
    """Name the area above: keys are Regionalschlüssel (5 digits), AGS (8), AGS-Label."""
    if ebene in (Ebene.SOZIALRAUM, Ebene.BEZIRK):
        yield Ebene.KOMMUNE, str(gebiet).partition("-")[0]
    if ebene == Ebene.KOMMUNE:
        yield Ebene.REGION, str(gebiet)[:5]


def _round_totals(exact: Floats, areas: Sequence[Sum]) -> Floats:
    """Round from the Region down, so that whole people of a Kommune stay whole however its parts are cut."""
    whole = np.floor(exact + 0.5)
    inner = {part for area in areas for part in area.parts}
    for area in sorted(areas, key=lambda area: area.total in inner):
        parts = list(area.parts)
        if _adds_up(exact, area):
            whole[parts] = _largest_remainder(exact[parts], whole[area.total])
    return whole


def _adds_up(exact: Floats, area: Sum) -> bool:
    difference = abs(exact[area.total] - exact[list(area.parts)].sum())
    return bool(difference <= _NOISE * max(1.0, abs(exact[area.total])))


def _round_additive(exact: Floats, whole: Floats, rows: Sequence[Sum], areas: Sequence[Sum]) -> Floats:
    """Round people so that rows and areas still add up: states by largest remainder, areas from their parts.

    What an area's parts were rounded by is carried on to the next of them (error diffusion): else half a
    person in each of a hundred Sozialräume would make fifty people of the Region.
    """
    upper = {part: area.total for area in areas for part in area.parts}
    negligible, carried = _find_negligible(exact, areas), np.zeros(len(exact))
    for row in rows:
        parts = list(row.parts)
        if np.isfinite(exact[[row.total, *parts]]).all():
            above = [upper.get(part, part) for part in parts]
            whole[parts] = _largest_remainder(
                exact[parts], whole[row.total], lean=carried[above], last=negligible[parts]
            )
            carried[above] += exact[parts] - whole[parts]
    inner = {part for area in areas for part in area.parts}
    bottom_up = sorted(areas, key=lambda area: area.total in inner, reverse=True)
    for area in bottom_up:
        parts = list(area.parts)
        if _adds_up(exact, area):
            whole[area.total] = whole[parts].sum()
    return whole


def _find_negligible(exact: Floats, areas: Sequence[Sum]) -> Bools:
    """Find the counts (n,) that are less than half a person, in their own area and in every area above it."""
    with np.errstate(invalid="ignore"):
        negligible: Bools = exact < 0.5  # noqa: PLR2004 - half a person
    inner = {part for area in areas for part in area.parts}
    for area in sorted(areas, key=lambda area: area.total in inner):
        negligible[list(area.parts)] &= negligible[area.total]
    return negligible


def _largest_remainder(exact: Floats, total: float, *, lean: Floats | None = None, last: Bools | None = None) -> Floats:
    """Round to whole numbers that sum to `total` (Hamilton's method); exact zeros stay zero.

    `lean` is added to the remainders when it is chosen who is lifted; those `last` and the zeros come at the end.
    """
    down = np.floor(exact + _NOISE)
    seats = round(total - down.sum())
    remainder = exact - down
    at_end = remainder <= _NOISE if last is None else last | (remainder <= _NOISE)
    lifted_first = np.lexsort((-(remainder if lean is None else remainder + lean), at_end))
    order = lifted_first if seats >= 0 else np.argsort(-down, kind="stable")  # nobody is taken from a nought
    for place in range(abs(seats)):
        down[order[place % len(order)]] += math.copysign(1, seats)
    return down


def _write(tabelle: Tabelle, counts: _Counts, whole: Floats, hidden: Bools, threshold: int) -> Tabelle:
    names = [spalte.name for spalte in tabelle.spalten]
    rows: list[tuple[Wert, ...]] = []
    for number, record in enumerate(tabelle.records()):
        shown = {s.name: _round(record[s.name], s) for s in tabelle.spalten}
        # What is null for a reason of its own stays null, even where another row knows the same people.
        known = {n: v for n in names if (v := counts.of_cell.get((number, n))) is not None and shown[n] is not None}
        shown.update({name: int(whole[variable]) for name, variable in known.items()})
        secret = {name for name, variable in known.items() if hidden[variable]}
        missing = record.get("bis_zum_ziel")
        if isinstance(missing, int | float) and 0 < missing < threshold:
            secret.add("bis_zum_ziel")
        for name, sources in _FOLLOWS.items():
            if name in shown and shown[name] is not None and secret.intersection(sources):
                secret.add(name)
        shown.update(dict.fromkeys(secret))
        if secret and "grund" in shown:
            shown["grund"] = Grund.GEHEIM.value
        rows.append(tuple(shown[name] for name in names))
    return _rank_again(tabelle.with_rows(rows))


def _silence_areas(tabelle: Tabelle) -> Tabelle:
    """Hide all people of a plan's area, and what follows from them, where one of its rows hides any."""
    names = {spalte.name for spalte in tabelle.spalten}
    if not names.issuperset(_PLAN):
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
    records = tabelle.records()
    for name in ("rang_personen", "rang_anteil"):
        ranked: dict[_Key, list[int]] = {}
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
