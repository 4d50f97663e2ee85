"""What layers show follows every change of the catalogue, whatever is written and in which order."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise, starmap
from typing import Any

import msgspec
import sqlalchemy as sa
from counts import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage.statements import PLACE, TODAY, angebot, state, status

from infrastruktur.domain.angebot import Kapazitaet
from infrastruktur.domain.raum import Lagezeit
from infrastruktur.storage.angebote import lay_out_all
from infrastruktur.storage.engine import Store
from infrastruktur.storage.fassungen import _FEW, is_public
from infrastruktur.storage.lage import list_standort_points, set_lage, set_lagezeiten
from infrastruktur.storage.layers import PointSelection, angebot_layer, count_features
from infrastruktur.storage.raeume import valid_on
from infrastruktur.storage.tables import angebot as angebot_table
from infrastruktur.storage.tables import angebot_status, fassung, fassungszahl, kapazitaet, lagezeit, standort


def places(wert: float, von: date | None = None, bis: date | None = None) -> Kapazitaet:
    return Kapazitaet(groesse="plaetze_zugelassen", wert=float(wert), gueltig_von=von, gueltig_bis=bis)


def _shown(store: Store, day: date) -> list[Any]:
    with store.read() as conn:
        query = sa.select(fassung).where(valid_on(fassung, day)).order_by(fassung.c.nr)
        return [tuple(row[2:]) for row in conn.execute(query)]


def _told_public(store: Store) -> tuple[set[str], set[str]]:
    """Name the Angebote and Standorte that are kept as public."""
    with store.read() as conn:
        kept = [set(conn.scalars(sa.select(each.c.id).where(each.c.oeffentlich))) for each in (angebot_table, standort)]
    return kept[0], kept[1]


def _public(store: Store) -> tuple[set[str], set[str]]:
    """Name those that are."""
    of = sa.select(angebot_table.c.id, standort.c.id).join(standort, standort.c.id == angebot_table.c.standort)
    with store.read() as conn:
        rows = conn.execute(of.where(is_public())).all()
    return {row[0] for row in rows}, {row[1] for row in rows}


def _area_on(day: date, name: str) -> sa.ColumnElement[Any]:
    then = sa.select(lagezeit.c[name]).where(lagezeit.c.standort == standort.c.id, valid_on(lagezeit, day))
    return sa.func.nullif(sa.func.coalesce(then.scalar_subquery(), standort.c[name]), "")


_ALIKE = ("oeffentlich", "art", "gueltig_von", "gueltig_bis")


def _kept_counts(store: Store) -> dict[Any, int]:
    """Give the numbers that are kept, each once and none of nothing."""
    with store.read() as conn:
        kept = conn.execute(sa.select(*(fassungszahl.c[name] for name in _ALIKE), fassungszahl.c.anzahl)).all()
    assert len({row[:-1] for row in kept}) == len(kept)
    return {tuple(row[:-1]): row[-1] for row in kept}


def _counted(store: Store) -> dict[Any, int]:
    """Count what is laid out."""
    with store.read() as conn:
        rows = conn.execute(sa.select(*(fassung.c[name] for name in _ALIKE)))
        return dict(Counter(tuple(row) for row in rows))


def _joined(store: Store, day: date) -> list[Any]:
    """Join the catalogue's own tables on a day, as what is laid out should stand."""
    own = ("art", "hauptgroesse", "name", "stand", "zuletzt_geprueft")
    of = {
        **{column.name: column for column in standort.c},
        **{name: sa.func.nullif(standort.c[name], "") for name in ("strasse", "hausnummer", "plz", "ort")},
        **{name: angebot_table.c[name] for name in own},
        **{name: _area_on(day, name) for name in ("kommune", "sozialraum")},
        "nr": angebot_table.c.fid + sa.case((standort.c.geom.is_(None), 1_000_000_000), else_=0),
        "standort": standort.c.id,
        "oeffentlich": is_public(),
        "traeger": sa.func.nullif(angebot_table.c.traeger_name, ""),
        "status": angebot_status.c.status,
        "kapazitaet": kapazitaet.c.wert,
        "oeffnungszeiten": angebot_table.c.attribute.op("->>")(sa.literal("oeffnungszeiten", sa.Text)),
    }
    size = sa.and_(
        kapazitaet.c.angebot == angebot_table.c.id,
        kapazitaet.c.groesse == angebot_table.c.hauptgroesse,
        valid_on(kapazitaet, day),
    )
    query = (
        sa.select(*(of.get(column.name, sa.null()) for column in list(fassung.c)[2:]))
        .select_from(angebot_status)
        .join(angebot_table, angebot_table.c.id == angebot_status.c.angebot)
        .join(standort, standort.c.id == angebot_table.c.standort)
        .outerjoin(kapazitaet, size)
        .where(angebot_status.c.status != "geschlossen", valid_on(angebot_status, day))
        .order_by(standort.c.geom.is_(None), angebot_table.c.fid)
    )
    with store.read() as conn:
        return [tuple(row) for row in conn.execute(query)]


DATES = [list(fassung.c).index(fassung.c[name]) - 2 for name in ("gueltig_von", "gueltig_bis")]


def _assert_current(store: Store, days: Any) -> None:
    for day in days:
        shown = [tuple(None if at in DATES else value for at, value in enumerate(row)) for row in _shown(store, day)]
        assert shown == _joined(store, day), day
    assert _told_public(store) == _public(store)
    assert _kept_counts(store) == _counted(store)


def _rows(store: Store) -> list[Any]:
    with store.read() as conn:
        columns = [fassung.c[name] for name in ("status", "kapazitaet", "gueltig_von", "gueltig_bis")]
        return [tuple(row) for row in conn.execute(sa.select(*columns).order_by(fassung.c.fid))]


def test_a_row_for_each_time_nothing_changes(store: Store) -> None:
    """Planned until March, open from April; 14 places, 20 from June, none stated in July, 21 from August."""
    times = (status("geplant", None, date(2026, 3, 31)), status("in_betrieb", date(2026, 4, 1)))
    sizes = (
        places(14, None, date(2026, 5, 31)),
        places(20, date(2026, 6, 1), date(2026, 6, 30)),
        places(21, date(2026, 8, 1)),
        Kapazitaet(groesse="betten", wert=99.0, gueltig_von=date(2026, 7, 7)),
    )
    state(store, angebot("A", status=times, kapazitaeten=sizes))
    assert _rows(store) == [
        ("geplant", 14, None, date(2026, 3, 31)),
        ("in_betrieb", 14, date(2026, 4, 1), date(2026, 5, 31)),
        ("in_betrieb", 20, date(2026, 6, 1), date(2026, 6, 30)),
        ("in_betrieb", None, date(2026, 7, 1), date(2026, 7, 31)),
        ("in_betrieb", 21, date(2026, 8, 1), None),
    ]


def test_what_is_closed_is_not_laid_out_and_what_was_before_is(store: Store) -> None:
    state(store, angebot("A"))
    state(store, beendet=(("A", date(2026, 6, 30)),))
    assert _rows(store) == [("in_betrieb", 14, None, date(2026, 6, 30))]


def test_a_standort_that_moves_or_hides_takes_its_angebote_along(store: Store) -> None:
    home = angebot("A").standort
    state(store, angebot("A"), angebot("B", standort=home))
    hidden = msgspec.structs.replace(home, punkt_25832=(PLACE[0] + 100, PLACE[1]), vertraulich=True, ort="Neu")
    state(store, geaendert=(angebot("A", standort=hidden),))
    _assert_current(store, [TODAY])
    with store.write() as conn:
        ids, _ = list_standort_points(conn)
        set_lage(conn, [(id_, "05334002", "05334002-AC01", "innerhalb") for id_ in ids])
    _assert_current(store, [TODAY])
    assert {row[-2] for row in _joined(store, TODAY)} == {"05334002-AC01"}


def _from_till_before(number: int, days: tuple[date, date]) -> Kapazitaet:
    """Let every other size end a day early, so that none is stated for that day."""
    return places(number, days[0], days[1] - timedelta(days=1 + number % 2))


STEPS = st.integers(0, 40).map(lambda step: date(2026, 1, 1) + timedelta(days=step))
CHANGES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Eins", "Zwei", ""]),
        "art": st.sampled_from(["pflege.tagespflege", "pflege.wg_selbst", "beratung.pflege"]),
        "vertraulich": st.booleans(),
        "ort_vertraulich": st.booleans(),
        "punkt_25832": st.none() | st.tuples(st.floats(280_000, 340_000), st.floats(5_590_000, 5_640_000)),
        "status": st.tuples(STEPS, st.sampled_from(["in_betrieb", "ruhend", "geschlossen"])).map(
            lambda opens: (status("geplant", None, opens[0] - timedelta(days=1)), status(opens[1], opens[0]))
        ),
        "kapazitaeten": st.lists(STEPS, max_size=4, unique=True)
        .map(sorted)
        .map(lambda days: tuple(starmap(_from_till_before, enumerate(pairwise(days))))),
    }
)


MOVES = st.lists(STEPS, max_size=3, unique=True).map(
    lambda days: tuple(
        Lagezeit(kommune="05334002", sozialraum=f"05334002-S0{at}" if at else None, gueltig_von=begin, gueltig_bis=end)
        for at, (begin, end) in enumerate(
            zip([None, *sorted(days)], [*(day - timedelta(days=1) for day in sorted(days)), None], strict=True)
        )
    )
)
"""In which areas a Standort lies when: in none at first, then in one after the other."""


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.sampled_from("ABCD"), CHANGES), min_size=1, max_size=6), ended=STEPS, split=MOVES)
def test_it_is_the_join_of_every_day_after_any_changes(
    store: Store, changes: list[Any], ended: date, split: tuple[Lagezeit, ...]
) -> None:
    days = [date(2025, 12, 31) + timedelta(days=step) for step in range(43)]
    for key, change in changes:
        sizes = tuple(size for size in change["kapazitaeten"] if size.gueltig_von <= size.gueltig_bis)
        state(store, angebot(key, **{**change, "kapazitaeten": sizes}))
    _assert_current(store, days)
    with store.write() as conn:
        set_lagezeiten(conn, {angebot(key).standort_id: split for key in {key for key, _ in changes}})
    _assert_current(store, days[::5])
    state(store, beendet=((changes[0][0], ended),))
    _assert_current(store, days)
    with store.write() as conn:
        set_lagezeiten(conn, {angebot(changes[-1][0]).standort_id: ()})
    _assert_current(store, days[::5])


def test_a_catalogue_of_before_is_laid_out(store: Store) -> None:
    state(store, *(angebot(key) for key in "ABC"))
    before = _shown(store, TODAY)
    with store.write() as conn:
        conn.execute(fassung.delete())
        conn.execute(fassungszahl.delete())
        lay_out_all(conn)
    _assert_current(store, [TODAY])
    assert _shown(store, TODAY) == before


def test_many_at_once_are_counted_as_few_are(store: Store) -> None:
    many = [angebot(f"M-{number}", vertraulich=not number % 3) for number in range(_FEW + 1)]
    state(store, *many)
    assert _kept_counts(store) == _counted(store)
    with store.read() as conn:
        shown = angebot_layer(PointSelection(stichtag=TODAY, public=True))
        assert count_features(conn, shown) == len(many) - len(many[::3])
