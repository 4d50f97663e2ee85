"""Standorte and Angebote: what a source states goes in, the supply of a day comes out as columns.

Statements go in by the ten thousand in a few executemany calls. They are stored as given: what a
source no longer says about the past must have been taken over before (`Angebot.with_history`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Self

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from infrastruktur.domain.angebot import (
    SELBSTVERANTWORTET,
    Angebot,
    Barrierefrei,
    Kapazitaet,
    Standort,
    Status,
    Statuszeit,
    find_valid,
    is_hidden,
    merge_dated,
    traeger_id,
)
from infrastruktur.domain.art import get_art
from infrastruktur.domain.errors import NotFound
from infrastruktur.storage.columns import bbox_hits, point_wkb, points_xy
from infrastruktur.storage.fassungen import count_fassungen, is_public, put_fassungen
from infrastruktur.storage.history import ANGEBOTE, Aenderung, Change, append, bump
from infrastruktur.storage.raeume import valid_on
from infrastruktur.storage.tables import angebot, angebot_status, kapazitaet, standort, traeger
from infrastruktur.storage.zeilenrechte import following

FEW = 500
"""Up to so many rows are asked for by key; an edit then costs milliseconds, whatever the catalogue's size."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Supply:
    """What there is on one day, as columns of equal length n, ordered by `fid`.

    Attributes
    ----------
    id, art, name, traeger_id, kommune, sozialraum, lage, status
        (n,) text, "" where unknown.
    quelle
        (n,) text, the key of the source that states it.
    xy_25832
        (n, 2) float64, NaN without a point.
    vertraulich
        (n,) bool, of the Angebot or its Standort.
    zuletzt_geprueft, stand
        (n,) datetime64[D], NaT where unknown.
    sizes
        groesse → (n,) float64, NaN where unknown; only sizes that somebody states on the day.

    """

    id: NDArray[np.str_]
    art: NDArray[np.str_]
    name: NDArray[np.str_]
    traeger_id: NDArray[np.str_]
    xy_25832: NDArray[np.float64]
    kommune: NDArray[np.str_]
    sozialraum: NDArray[np.str_]
    lage: NDArray[np.str_]
    status: NDArray[np.str_]
    quelle: NDArray[np.str_]
    vertraulich: NDArray[np.bool_]
    zuletzt_geprueft: NDArray[np.datetime64]
    stand: NDArray[np.datetime64]
    sizes: dict[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Give some rows (k,) in their order."""
        columns = {field.name: getattr(self, field.name)[rows] for field in fields(self) if field.name != "sizes"}
        return replace(self, **columns, sizes={groesse: values[rows] for groesse, values in self.sizes.items()})


def load_supply(conn: Connection, stichtag: date, *, public: bool) -> Supply:
    """Load every Angebot whose status is known on a day and not geschlossen.

    `public` leaves out confidential Angebote and Standorte, and flats people share on their own responsibility.
    """
    query = _supply_query(stichtag)
    rows = conn.execute(query.where(is_public()) if public else query).all()
    columns = dict(zip(query.selected_columns.keys(), zip(*rows, strict=True), strict=True)) if rows else {}
    text = ("id", "art", "name", "traeger_id", "kommune", "sozialraum", "lage", "status", "quelle")
    ids = columns.get("id", ())
    return Supply(
        **{name: np.array([value or "" for value in columns.get(name, ())], dtype=np.str_) for name in text},
        xy_25832=points_xy(columns.get("geom", ())),
        vertraulich=np.array(columns.get("vertraulich", ()), dtype=np.bool_),
        zuletzt_geprueft=np.array(columns.get("zuletzt_geprueft", ()), dtype="datetime64[D]"),
        stand=np.array(columns.get("stand", ()), dtype="datetime64[D]"),
        sizes=_load_sizes(conn, stichtag, ids),
    )


def _supply_query(stichtag: date) -> sa.Select[Any]:
    named = [angebot.c[name] for name in ("id", "art", "name", "quelle")]
    placed = [standort.c[name] for name in ("kommune", "sozialraum", "lage", "geom")]
    confidential = sa.or_(angebot.c.vertraulich, standort.c.vertraulich).label("vertraulich")
    checked = [angebot.c.zuletzt_geprueft, angebot.c.stand]
    return (
        sa.select(
            *named, angebot.c.traeger.label("traeger_id"), *placed, angebot_status.c.status, confidential, *checked
        )
        .join(standort, standort.c.id == angebot.c.standort)
        .join(angebot_status, sa.and_(angebot_status.c.angebot == angebot.c.id, valid_on(angebot_status, stichtag)))
        .where(angebot_status.c.status != Status.GESCHLOSSEN.value)
        .order_by(angebot.c.fid)
    )


def _load_sizes(conn: Connection, stichtag: date, ids: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    position = {id_: row for row, id_ in enumerate(ids)}
    sizes: dict[str, NDArray[np.float64]] = {}
    stated = sa.select(kapazitaet.c.angebot, kapazitaet.c.groesse, kapazitaet.c.wert)
    for id_, groesse, wert in conn.execute(stated.where(valid_on(kapazitaet, stichtag))).all():
        if id_ in position:
            sizes.setdefault(groesse, np.full(len(ids), np.nan))[position[id_]] = wert
    return sizes


def list_attribute(conn: Connection, arten: Collection[str]) -> dict[str, dict[str, Any]]:
    """Give what Angebote of some kinds state beyond status and sizes, by id."""
    query = sa.select(angebot.c.id, angebot.c.attribute).where(angebot.c.art.in_(arten))
    return {row.id: dict(row.attribute) for row in conn.execute(query)}


def list_counted(conn: Connection, stichtag: date, *, public: bool) -> set[tuple[str, str]]:
    """List (art, groesse) stated by a day and, to the `public`, not hidden: of others nought is not known."""
    begun = sa.func.coalesce(kapazitaet.c.gueltig_von, stichtag) <= stichtag
    sizes = sa.select(angebot.c.art, kapazitaet.c.groesse).join(kapazitaet, kapazitaet.c.angebot == angebot.c.id)
    shown = sizes.join(standort).where(begun, is_public() if public else sa.true())
    return {(row.art, row.groesse) for row in conn.execute(shown.distinct())}


def list_ever_there(conn: Connection, ids: Collection[str]) -> set[str]:
    """List those of some Angebote that have a status on any day: they are not void."""
    column = angebot_status.c.angebot
    return set(conn.scalars(sa.select(column).where(among(column, ids)).distinct()))


def list_nachbarn(conn: Connection, standort_id: str) -> list[tuple[str, int]]:
    """List the Angebote at a Standort that by themselves are public, with their versions, oldest first."""
    shown = (
        angebot.c.standort == standort_id,
        angebot.c.vertraulich.is_(sa.false()),
        angebot.c.art != SELBSTVERANTWORTET,
    )
    rows = conn.execute(sa.select(angebot.c.id, angebot.c.version).where(*shown).order_by(angebot.c.fid))
    return [(row.id, row.version) for row in rows]


def list_angebote_of_quelle(conn: Connection, quelle: str, keys: Collection[str] | None = None) -> dict[str, Angebot]:
    """Give what a source states now, by row key, with all its dated facts in the order they were given.

    `keys` narrows to some rows.
    """
    asked = sa.and_(angebot.c.quelle == quelle, among(angebot.c.schluessel, keys))
    return {each.schluessel: each for each in _list_angebote(conn, asked)}


def list_angebote_at(conn: Connection, standorte: Collection[str]) -> list[Angebot]:
    """List what all sources state at some Standorte."""
    return list(_list_angebote(conn, among(angebot.c.standort, standorte)))


def list_angebote_around(conn: Connection, one: Angebot, distance_m: float, *, public: bool) -> list[Angebot]:
    """List what all sources state of the same kind in a box around an Angebot, with its postcode, or without a point.

    Where it has no point itself, all of its kind. `public` leaves out what `load_supply` does.
    """
    asked = [angebot.c.art == one.art, is_public() if public else sa.true()]
    if one.standort.punkt_25832 is not None:
        x, y = one.standort.punkt_25832
        box = bbox_hits(standort.c.geom, x - distance_m, y - distance_m, x + distance_m, y + distance_m)
        housed = standort.c.plz == one.standort.plz if one.standort.plz else sa.false()
        asked.append(sa.or_(standort.c.geom.is_(None), housed, box))
    # Few ids first: a kind of 5,000 is then gone through once, and not again for each table of dated facts.
    ids = conn.scalars(sa.select(angebot.c.id).join(standort, standort.c.id == angebot.c.standort).where(*asked)).all()
    few = angebot.c.id.in_(ids) if len(ids) <= FEW else sa.and_(*asked)
    return list(_list_angebote(conn, few))


def _list_angebote(conn: Connection, asked: sa.ColumnElement[bool]) -> Iterator[Angebot]:
    statuses, sizes = _list_dated(conn, angebot_status, asked), _list_dated(conn, kapazitaet, asked)
    place = [column.label(f"standort_{column.name}") for column in standort.c]
    query = sa.select(angebot, *place).join(standort, standort.c.id == angebot.c.standort)
    for row in conn.execute(query.where(asked).order_by(angebot.c.fid)).mappings():
        yield Angebot(
            **{name: row[name] for name in _STATED},
            standort=_build_standort(row),
            traeger=row["traeger_name"],
            status=tuple(Statuszeit(**{**piece, "status": Status(piece["status"])}) for piece in statuses[row["id"]]),
            kapazitaeten=tuple(Kapazitaet(**piece) for piece in sizes[row["id"]]),
        )


_STATED = (
    *("quelle", "schluessel", "art", "name", "traeger_art", "stand", "zuletzt_geprueft", "vertraulich", "attribute"),
    "ersetzt_durch",
)
_ADDRESS = ("schluessel", "strasse", "hausnummer", "plz", "ort", "vertraulich")


def _build_standort(row: sa.RowMapping) -> Standort:
    geom = row["standort_geom"]
    punkt = None if geom is None else tuple(points_xy([geom])[0].tolist())
    return Standort(
        **{name: row[f"standort_{name}"] for name in _ADDRESS},
        punkt_25832=punkt,
        barrierefrei=Barrierefrei(row["standort_barrierefrei"]),
    )


def among(column: sa.Column[Any], values: Collection[str] | None) -> sa.ColumnElement[bool]:
    """Narrow to a few values; for many, reading everything is faster than naming them."""
    return sa.true() if values is None or len(values) > FEW else column.in_(values)


def _list_dated(conn: Connection, table: sa.Table, asked: sa.ColumnElement[bool]) -> defaultdict[str, Rows]:
    pieces: defaultdict[str, Rows] = defaultdict(list)
    query = sa.select(table).join(angebot, angebot.c.id == table.c.angebot).join(standort).where(asked)
    for row in conn.execute(query.order_by(table.c.fid)):
        piece = row._asdict()
        del piece["fid"]
        pieces[piece.pop("angebot")].append(piece)
    return pieces


Lage = tuple[str | None, str | None, str]
"""Kommune, Sozialraum, and whether a point lies within one."""


def apply_angebote(
    conn: Connection,
    change: Change[Angebot],
    *,
    akteur: str,
    grund: str,
    lagen: Mapping[str, Lage] = MappingProxyType({}),
) -> None:
    """Store new and changed Angebote of one source as they are stated, and close others.

    `lagen` says of Standorte where they lie, where that is known; who writes only in a Kommune of their own has to
    say it. A closed one keeps its status up to the last valid day and is geschlossen from the day after,
    unless it was closed before. What does not differ is not written: no version, no history.

    Raises
    ------
    NotFound
        An Angebot that shall end is not known of this source, or an art does not exist.
    ConstraintViolated
        A fact the store must never hold; raised when the transaction is asked to store it.

    """
    stated = {each.schluessel: each for each in (*change.neu, *change.geaendert)}
    known = list_angebote_of_quelle(conn, change.quelle, {*stated, *(key for key, _ in change.beendet)})
    for key, last in change.beendet:
        if key not in known:
            raise NotFound(f"Das Angebot „{key}“ der Quelle „{change.quelle}“ gibt es nicht.")
        stated[key] = _close(stated.get(key, known[key]), last)
    differing = [each for key, each in stated.items() if known.get(key) != each]
    if not differing:
        return
    _put_traeger(conn, differing)
    _put_standorte(conn, differing, lagen)
    _upsert(conn, angebot, [_angebot_row(each) for each in differing])
    _replace_dated(conn, differing)
    put_fassungen(
        conn, differing, [known[each.schluessel].standort_id for each in differing if each.schluessel in known]
    )
    versions = _list_versions(conn, differing)
    pairs = [(known.get(each.schluessel), each) for each in differing]
    append(conn, [_entry(before, after, akteur, grund, versions[after.id]) for before, after in pairs])
    hidden = (after.id for before, after in pairs if is_hidden(after) or (before is not None and is_hidden(before)))
    _hide_history(conn, [(id_, versions[id_]) for id_ in hidden])
    bump(conn, ANGEBOTE)


def restore_angebote(conn: Connection, stated: Sequence[Angebot], numbers: Mapping[str, int]) -> None:
    """Store Angebote in a catalogue that has none, as a history tells them, under the numbers (`fid`) they have.

    Layers and pages are in the order of those numbers, so they come as they came.
    """
    if not stated:
        return
    places = {each.standort_id: _standort_row(each.standort_id, each.quelle, each.standort) for each in stated}
    _put_traeger(conn, stated)
    for table, rows in ((standort, [*places.values()]), (angebot, [_angebot_row(each) for each in stated])):
        conn.execute(table.insert(), [{**row, "fid": numbers[row["id"]]} for row in rows])
    _replace_dated(conn, stated)
    put_fassungen(conn, stated)


def list_numbers(conn: Connection) -> dict[str, int]:
    """Give the number (`fid`) of each Angebot and Standort by id."""
    return {
        row.id: row.fid for table in (standort, angebot) for row in conn.execute(sa.select(table.c.id, table.c.fid))
    }


def _list_versions(conn: Connection, stated: Sequence[Angebot]) -> dict[str, int]:
    few = among(angebot.c.id, [each.id for each in stated])
    return {row.id: row.version for row in conn.execute(sa.select(angebot.c.id, angebot.c.version).where(few))}


def _hide_history(conn: Connection, versions: Sequence[tuple[str, int]]) -> None:
    """Keep up to which version an Angebot was not public: what it said until then stays so."""
    hidden = [{"of_id": id_, "bis": version} for id_, version in versions]
    if hidden:
        told = angebot.update().where(angebot.c.id == sa.bindparam("of_id")).values(verborgen_bis=sa.bindparam("bis"))
        with following(conn):
            conn.execute(told, hidden)


def lay_out_all(conn: Connection) -> None:
    """Lay out for the layers what the catalogue holds already."""
    for quelle in conn.scalars(sa.select(angebot.c.quelle).distinct()).all():
        put_fassungen(conn, list(list_angebote_of_quelle(conn, quelle).values()))
    count_fassungen(conn)


def _close(current: Angebot, last: date) -> Angebot:
    day_after = last + timedelta(days=1)
    then = find_valid(current.status, "status", day_after)
    if then is not None and then.status is Status.GESCHLOSSEN:
        return current
    closed = Statuszeit(status=Status.GESCHLOSSEN, gueltig_von=day_after)
    return msgspec.structs.replace(current, status=merge_dated(current.status, (closed,)))


def _entry(before: Angebot | None, after: Angebot, akteur: str, grund: str, version: int) -> Aenderung:
    was = None if before is None else msgspec.to_builtins(before)
    now = msgspec.to_builtins(after)
    return Aenderung(
        tabelle=angebot.name, id=after.id, akteur=akteur, grund=grund, version=version, vorher=was, nachher=now
    )


def _put_traeger(conn: Connection, stated: Iterable[Angebot]) -> None:
    """Store Träger not met before; the first spelling stays, each Angebot keeps its source's own."""
    known = set(conn.scalars(sa.select(traeger.c.id)))
    rows = {
        id_: {"id": id_, "name": each.traeger, "art": each.traeger_art}
        for each in reversed(list(stated))
        if each.traeger and (id_ := traeger_id(each.traeger)) not in known
    }
    if rows:
        conn.execute(traeger.insert(), list(rows.values()))


def _put_standorte(conn: Connection, stated: Sequence[Angebot], lagen: Mapping[str, Lage]) -> None:
    """Store Standorte; one that moved has no place among the areas until `set_lage`, unless `lagen` says it."""
    current = _list_standorte(conn, {each.standort_id for each in stated})
    differing = {e.standort_id: (e.quelle, e.standort) for e in stated if current.get(e.standort_id) != e.standort}
    moved: Rows = []
    edited: Rows = []
    for id_, (quelle, place) in differing.items():
        row = _standort_row(id_, quelle, place)
        if id_ in current and current[id_].punkt_25832 == place.punkt_25832:
            edited.append(row)
        else:
            unplaced = (None, None, "ohne_punkt" if place.punkt_25832 is None else None)
            moved.append({**row, **dict(zip(("kommune", "sozialraum", "lage"), lagen.get(id_, unplaced), strict=True))})
    _upsert(conn, standort, moved)
    _upsert(conn, standort, edited)


def _list_standorte(conn: Connection, ids: Collection[str]) -> dict[str, Standort]:
    columns = [column.label(f"standort_{column.name}") for column in standort.c]
    rows = conn.execute(sa.select(*columns).where(among(standort.c.id, ids))).mappings()
    return {row["standort_id"]: _build_standort(row) for row in rows}


def _standort_row(id_: str, quelle: str, place: Standort) -> dict[str, Any]:
    return {
        "id": id_,
        "quelle": quelle,
        **{name: getattr(place, name) for name in _ADDRESS},
        "barrierefrei": place.barrierefrei.value,
        "oeffentlich": not place.vertraulich,
        "geom": None if place.punkt_25832 is None else point_wkb(*place.punkt_25832),
    }


def _angebot_row(stated: Angebot) -> dict[str, Any]:
    art = get_art(stated.art)
    return {
        "id": stated.id,
        **{name: getattr(stated, name) for name in _STATED},
        "kategorie": art.kategorie,
        "hauptgroesse": art.groesse,
        "standort": stated.standort_id,
        "traeger": traeger_id(stated.traeger) if stated.traeger else None,
        "traeger_name": stated.traeger,
        "oeffentlich": not is_hidden(stated),
    }


def _upsert(conn: Connection, table: sa.Table, rows: Rows) -> None:
    """Insert rows whose id is new; update the others and count their version on."""
    known = set(conn.scalars(sa.select(table.c.id).where(among(table.c.id, [row["id"] for row in rows]))))
    new = [row for row in rows if row["id"] not in known]
    changed = [{**row, "of_id": row["id"]} for row in rows if row["id"] in known]
    if new:
        conn.execute(table.insert(), new)
    if changed:
        update = table.update().where(table.c.id == sa.bindparam("of_id")).values(version=table.c.version + 1)
        conn.execute(update, changed)


def _replace_dated(conn: Connection, stated: Sequence[Angebot]) -> None:
    ids = [{"of_id": each.id} for each in stated]
    pieces: dict[sa.Table, list[tuple[str, msgspec.Struct]]] = {
        angebot_status: [(each.id, piece) for each in stated for piece in each.status],
        kapazitaet: [(each.id, piece) for each in stated for piece in each.kapazitaeten],
    }
    for table, dated in pieces.items():
        conn.execute(table.delete().where(table.c.angebot == sa.bindparam("of_id")), ids)
        if dated:
            conn.execute(table.insert(), [{"angebot": id_, **msgspec.structs.asdict(piece)} for id_, piece in dated])
