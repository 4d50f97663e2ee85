"""Read what there is on a day: the catalogue's Angebote, and the changes of a scenario on top of them.

The catalogue itself is never changed: a scenario changes the columns that every figure is computed from.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.angebot import Status, traeger_id
from infrastruktur.domain.art import get_art
from infrastruktur.domain.errors import InvalidSzenario, NotFound
from infrastruktur.domain.geometry import transform_xy
from infrastruktur.domain.raum import locate
from infrastruktur.domain.szenario import (
    ANGENOMMEN,
    Angebotsaenderung,
    Bemessen,
    Hinzufuegen,
    Punkt,
    Schliessen,
    Verlegen,
)
from infrastruktur.routing.doors import to_doors
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.snap import snap
from infrastruktur.storage.angebote import Supply, list_counted, load_supply
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.spread_population import spread_population

_INSIDE, _OUTSIDE = "innerhalb", "ausserhalb"
_WORDS = {Modus.ZU_FUSS: "zu Fuß", Modus.RAD: "mit dem Rad", Modus.PKW: "mit dem Auto"}


def read_supply(context: Context, stichtag: date) -> Supply:
    """Read every Angebot of a day that this audience may count, as the scenario has it; kept until something changes.

    A new Angebot is in operation and comes last, in the scenario's order; the others keep theirs.

    Raises
    ------
    NotFound
        The scenario changes an Angebot that there is not on this day, or not for this reader.
    InvalidSzenario
        It gives a capacity to what has none.

    """
    state = (context.catalogue_revision(), context.public, stichtag)
    supply = context.figures.recall(("supply", *state), lambda: _load(context, stichtag))
    changes = context.szenario.angebote
    if not changes:
        return supply
    kommunen = [kommune.geom_25832 for kommune in spread_population(context, stichtag).gebiete.kommunen]
    return context.figures.recall(("supply", *state, changes), lambda: _change(supply, changes, kommunen))


def list_known_arten(context: Context, stichtag: date) -> frozenset[str]:
    """List the kinds of which there is something on a day; kept as `read_supply` is."""
    state = (context.catalogue_revision(), context.public, stichtag, context.szenario.angebote)
    return context.figures.recall(("arten", *state), lambda: frozenset(read_supply(context, stichtag).art.tolist()))


def read_supply_of_day(
    context: Context, tag: date, kommunen: list[shapely.MultiPolygon], arten: Sequence[str] | None = None
) -> Supply:
    """Read the supply of a day as a scenario of a Stichtag leaves it: what it changes stays changed while it is there.

    Of all kinds or of some. Whether it names only what there is on its own Stichtag is told by `read_supply`, not here.
    """
    stated = read_supply(context.under(UNCHANGED), tag)
    if arten is not None:
        stated = stated.take(np.flatnonzero(np.isin(stated.art, list(arten))))
    there = set(stated.id.tolist())
    changes = tuple(
        each
        for each in context.szenario.angebote
        if (arten is None or each.art in arten if isinstance(each, Hinzufuegen) else each.angebot in there)
    )
    return _change(stated, changes, kommunen) if changes else stated


def name_supply(supply: Supply) -> bytes:
    """Name all that is in a supply: what is computed of one carries it, and is never given for another."""
    days = [column.astype(np.int64).tolist() for column in (supply.zuletzt_geprueft, supply.stand)]
    texts = ("id", "art", "name", "traeger_id", "kommune", "sozialraum", "lage", "status", "quelle")
    columns = [getattr(supply, name).tolist() for name in (*texts, "xy_25832", "vertraulich")]
    return msgspec.json.encode([columns, days, {name: sizes.tolist() for name, sizes in supply.sizes.items()}])


def read_counted(context: Context, stichtag: date) -> set[tuple[str, str]]:
    """Read which sizes of which kinds a source states by a day, as `list_counted`; a scenario is none."""

    def read() -> set[tuple[str, str]]:
        with context.store.read() as connection:
            return list_counted(connection, stichtag, public=context.public)

    return context.figures.recall(("counted", context.catalogue_revision(), context.public, stichtag), read)


def _load(context: Context, stichtag: date) -> Supply:
    with context.store.read() as connection:
        return load_supply(connection, stichtag, public=context.public)


def _change(supply: Supply, changes: tuple[Angebotsaenderung, ...], kommunen: list[shapely.MultiPolygon]) -> Supply:
    """Change, then add, then close, so that rows keep their numbers as long as somebody names them."""
    closed = np.zeros(len(supply), dtype=np.bool_)
    for change in changes:
        match change:
            case Verlegen():
                supply = _move(supply, _find(supply, change.angebot), change.punkt, kommunen)
            case Bemessen():
                supply = _resize(supply, _find(supply, change.angebot), change)
            case Schliessen():
                closed[_find(supply, change.angebot)] = True
    kept = supply.take(np.flatnonzero(~closed)) if closed.any() else supply
    for change in changes:
        if isinstance(change, Hinzufuegen):
            kept = _add(kept, change, kommunen)
    return kept


def _find(supply: Supply, angebot: str) -> int:
    found = np.flatnonzero(supply.id == angebot)
    if not len(found):
        raise NotFound(f"Das Angebot „{angebot}“ gibt es am Stichtag nicht.")
    return int(found[0])


def _move(supply: Supply, row: int, punkt: Punkt, kommunen: list[shapely.MultiPolygon]) -> Supply:
    xy = supply.xy_25832.copy()
    xy[row] = to_25832(punkt)
    lage = _lage(xy[row : row + 1], kommunen)
    return replace(
        supply, xy_25832=xy, lage=_put(supply.lage, row, lage), kommune=_put(supply.kommune, row, ""),
        sozialraum=_put(supply.sozialraum, row, ""), quelle=_put(supply.quelle, row, ANGENOMMEN),
    )  # fmt: skip


def _resize(supply: Supply, row: int, change: Bemessen) -> Supply:
    art = get_art(str(supply.art[row]))
    groesse = change.groesse or art.groesse
    if groesse is None:
        raise InvalidSzenario(f"„{supply.name[row]}“ ({art.titel}) wird nur gezählt und hat keine Kapazität.")
    sizes = supply.sizes.get(groesse, np.full(len(supply), np.nan)).copy()
    sizes[row] = np.nan if change.kapazitaet is None else change.kapazitaet
    return replace(supply, sizes={**supply.sizes, groesse: sizes}, quelle=_put(supply.quelle, row, ANGENOMMEN))


def _add(supply: Supply, change: Hinzufuegen, kommunen: list[shapely.MultiPolygon]) -> Supply:
    xy, groesse = to_25832(change.punkt)[None, :], get_art(change.art).groesse
    stated = {} if groesse is None or change.kapazitaet is None else {groesse: change.kapazitaet}
    texts = {
        "id": change.id,
        "art": change.art,
        "name": change.titel,
        "traeger_id": traeger_id(change.traeger) if change.traeger else "",
        "kommune": "",
        "sozialraum": "",
        "lage": _lage(xy, kommunen),
        "status": Status.IN_BETRIEB.value,
        "quelle": ANGENOMMEN,
    }
    unknown = np.full(len(supply), np.nan)
    return Supply(
        **{name: np.append(getattr(supply, name), text) for name, text in texts.items()},
        xy_25832=np.concatenate([supply.xy_25832, xy]),
        vertraulich=np.append(supply.vertraulich, values=False),
        # Nobody has to check what is only assumed.
        zuletzt_geprueft=np.append(supply.zuletzt_geprueft, np.datetime64("9999-12-31", "D")),
        stand=np.append(supply.stand, np.datetime64("NaT", "D")),
        sizes={
            name: np.append(supply.sizes.get(name, unknown), stated.get(name, np.nan))
            for name in (*supply.sizes, *(name for name in stated if name not in supply.sizes))
        },
    )


def _put(texts: NDArray[np.str_], row: int, text: str) -> NDArray[np.str_]:
    """Put a text into a column (n,), which grows as wide as the text is."""
    return np.where(np.arange(len(texts)) == row, np.str_(text), texts)


def _lage(xy_25832: NDArray[np.float64], kommunen: list[shapely.MultiPolygon]) -> str:
    return _INSIDE if locate(xy_25832, kommunen)[0] >= 0 else _OUTSIDE


def to_25832(punkt: Punkt) -> NDArray[np.float64]:
    """Give a point (2,) in metres."""
    xy: NDArray[np.float64] = transform_xy(np.array([punkt], dtype=np.float64), 4326, 25832)[0]
    return xy


def describe_szenario(context: Context, stichtag: date) -> tuple[str, ...]:
    """Say that there is a scenario, and which of its places no way leads to or which lie beyond the region."""
    supply, changes = read_supply(context, stichtag), context.szenario.aenderungen
    said = [f"Szenario mit {len(changes)} Änderungen gegenüber dem Katalog; nichts davon steht im Katalog."]
    ids = [
        change.id if isinstance(change, Hinzufuegen) else change.angebot
        for change in changes
        if isinstance(change, Hinzufuegen | Verlegen)
    ]
    for row in (_find(supply, angebot) for angebot in ids):
        name = f"„{supply.name[row]}“"
        if supply.lage[row] == _OUTSIDE:
            said.append(f"{name} liegt außerhalb der Region und zählt nicht zu ihrem Bestand.")
        said += [
            f"{name} liegt {_WORDS[modus]} an keiner Straße; wem es dient, ist unbekannt."
            for modus in _modes_without_street(context, stichtag, supply, row)
        ]
    return tuple(said)


def _modes_without_street(context: Context, stichtag: date, supply: Supply, row: int) -> list[Modus]:
    """List the modes, of those its targets are measured by, in which an Angebot lies at no street."""
    if context.find_network_generation() is None:
        return []
    kind = supply.art[row]
    modes = {Modus(ziel.modus) for ziel in context.ziele(stichtag) if kind in ziel.arten and not ziel.braucht_fahrplan}
    networks = {modus: context.network(modus) for modus in sorted(modes)}
    place = supply.xy_25832[row : row + 1]
    return [
        modus
        for modus, network in networks.items()
        if snap(network, to_doors(network.doors, place).xy_25832).edge[0] < 0
    ]
