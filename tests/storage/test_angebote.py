"""What a source states comes back as it was given, and a day's supply is what holds on that day."""

from datetime import date

import msgspec
import numpy as np
import pytest
import sqlalchemy as sa
from counts import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage.statements import ANGEBOT, PLACE, QUELLE, TODAY, WHO, angebot, count, scattered, state, status

from infrastruktur.domain.angebot import Angebot, Barrierefrei, Kapazitaet, Standort, traeger_id
from infrastruktur.domain.errors import NotFound
from infrastruktur.storage.angebote import Supply, apply_angebote, list_angebote_of_quelle, load_supply
from infrastruktur.storage.engine import Store
from infrastruktur.storage.history import Change, list_changes
from infrastruktur.storage.lage import list_standort_orte, list_standort_points, set_lage

PLACES = "plaetze_zugelassen"


def _stated(store: Store, quelle: str = QUELLE) -> dict[str, Angebot]:
    with store.read() as conn:
        return list_angebote_of_quelle(conn, quelle)


def _supply(store: Store, day: date = TODAY, *, public: bool = True) -> Supply:
    with store.read() as conn:
        return load_supply(conn, day, public=public)


def _versions(store: Store, table: str) -> list[int]:
    with store.read() as conn:
        return list(conn.scalars(sa.text(f"SELECT version FROM {table} ORDER BY fid")))  # noqa: S608


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
days = st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1))
angebote = st.builds(
    Angebot,
    quelle=st.just(QUELLE),
    schluessel=texts,
    art=st.sampled_from(["pflege.tagespflege", "alltag.haltestelle", "schule.grundschule"]),
    name=texts,
    standort=st.builds(
        Standort,
        schluessel=texts,
        strasse=texts,
        punkt_25832=st.none() | st.tuples(st.floats(200_000, 1_000_000), st.floats(5_000_000, 6_200_000)),
        barrierefrei=st.sampled_from(Barrierefrei),
        vertraulich=st.booleans(),
    ),
    traeger=texts,
    traeger_art=texts,
    stand=days,
    zuletzt_geprueft=days,
    vertraulich=st.booleans(),
    kapazitaeten=st.lists(st.floats(0, 1e9), max_size=3).map(
        lambda numbers: tuple(Kapazitaet(groesse=f"g{9 - row}", wert=wert) for row, wert in enumerate(numbers))
    ),
    attribute=st.dictionaries(texts, texts | st.booleans() | st.floats(-1e9, 1e9), max_size=3),
)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stated=angebote)
def test_statement_comes_back_as_it_was_given(store: Store, stated: Angebot) -> None:
    class Undo(Exception):
        pass

    with pytest.raises(Undo), store.write() as conn:  # noqa: PT012 - all of it happens in one transaction
        apply_angebote(conn, Change(quelle=QUELLE, neu=(stated,)), **WHO)
        assert list_angebote_of_quelle(conn, QUELLE) == {stated.schluessel: stated}
        raise Undo


def test_leading_zeros_and_umlauts_stay(store: Store) -> None:
    state(store, ANGEBOT)
    assert _stated(store)["A-1"].standort.plz == "01067"
    assert _stated(store)["A-1"].traeger_art == "freigemeinnützig"


def test_f08_the_same_again_changes_nothing(store: Store) -> None:
    state(store, ANGEBOT, angebot("A-2"))
    state(store, geaendert=(ANGEBOT, angebot("A-2")))
    assert _versions(store, "angebot") == [1, 1]
    assert count(store, "aenderung") == 2


def test_version_rises_with_what_changed_only(store: Store) -> None:
    state(store, ANGEBOT, angebot("A-2"))
    state(store, geaendert=(angebot("A-2", name="Anders"), ANGEBOT))
    state(store, geaendert=(angebot("A-2", name="Anders", ort="Aachen"),))
    assert _versions(store, "angebot") == [1, 3]
    assert _versions(store, "standort") == [1, 2]


def test_sources_do_not_touch_each_other(store: Store) -> None:
    state(store, ANGEBOT)
    other = msgspec.structs.replace(ANGEBOT, quelle="andere", name="Anders geschrieben", traeger="BEISPIEL  gGmbH")
    with store.write() as conn:
        apply_angebote(conn, Change(quelle="andere", neu=(other,)), **WHO)
    assert _stated(store) == {"A-1": ANGEBOT}
    assert _stated(store, "andere") == {"A-1": other}
    assert count(store, "traeger") == 1
    assert set(_supply(store).traeger_id) == {traeger_id("Beispiel gGmbH")}


def test_angebote_share_a_standort(store: Store) -> None:
    second = msgspec.structs.replace(ANGEBOT, schluessel="A-2", art="pflege.ambulant")
    state(store, ANGEBOT, second)
    assert (count(store, "angebot"), count(store, "standort")) == (2, 1)


def test_editing_one_of_two_at_a_standort_leaves_its_place_among_the_areas(store: Store) -> None:
    home = angebot("A").standort
    state(store, angebot("A"), angebot("B", standort=home))
    with store.write() as conn:
        set_lage(conn, [(angebot("A").standort_id, "05334002", None, "innerhalb")])
    state(store, angebot("C", standort=home), geaendert=(angebot("A", name="Anders"),))
    assert _supply(store).kommune.tolist() == ["05334002"] * 3
    assert _versions(store, "standort") == [1]


def test_some_rows_of_a_source_are_listed_by_key(store: Store) -> None:
    state(store, angebot("A"), angebot("B"), angebot("C"))
    with store.read() as conn:
        found = list_angebote_of_quelle(conn, QUELLE, {"A", "C", "unbekannt"})
    assert found == {"A": angebot("A"), "C": angebot("C")}


def test_moved_standort_loses_its_place_among_the_areas(store: Store) -> None:
    state(store, angebot("A"), angebot("B"))
    with store.write() as conn:
        ids, xy = list_standort_points(conn)
        assert xy.tolist() == [list(PLACE)] * 2
        set_lage(conn, [(id_, "05334002", "05334002-S01", "innerhalb") for id_ in ids])
    state(store, geaendert=(angebot("A", punkt_25832=(296_000.0, 5_628_000.0)), angebot("B", ort="Aachen")))
    supply = _supply(store)
    assert list(zip(supply.kommune, supply.sozialraum, supply.lage, strict=True)) == [
        ("", "", ""),
        ("05334002", "05334002-S01", "innerhalb"),
    ]


def test_standort_without_point_is_kept_counted_and_told_apart(store: Store) -> None:
    state(store, angebot("A", punkt_25832=None, ort="Aachen"), angebot("B"))
    with store.read() as conn:
        ids, xy = list_standort_points(conn)
        orte = list_standort_orte(conn)
    assert np.isnan(xy).all(axis=1).tolist() == [True, False]
    assert orte == {ids[0]: "Aachen", ids[1]: ""}
    assert _supply(store).lage.tolist() == ["ohne_punkt", ""]
    assert np.isnan(_supply(store).xy_25832).all(axis=1).tolist() == [True, False]


def test_closing_lasts_from_the_day_after_and_keeps_the_past(store: Store) -> None:
    state(store, ANGEBOT)
    state(store, beendet=(("A-1", date(2026, 3, 31)),))
    assert _supply(store, date(2026, 3, 31)).status.tolist() == ["in_betrieb"]
    assert len(_supply(store, date(2026, 4, 1))) == 0
    assert _stated(store)["A-1"].status == (
        status("in_betrieb", None, date(2026, 3, 31)),
        status("geschlossen", date(2026, 4, 1)),
    )
    with store.read() as conn:
        assert len(list_changes(conn, ANGEBOT.id)) == 2


def test_closing_what_is_closed_changes_nothing(store: Store) -> None:
    state(store, ANGEBOT)
    for last in (date(2026, 3, 31), date(2026, 3, 31), date(2026, 6, 30)):
        state(store, beendet=(("A-1", last),))
    assert [piece.gueltig_von for piece in _stated(store)["A-1"].status] == [None, date(2026, 4, 1)]
    assert _versions(store, "angebot") == [2]


def test_closing_the_unknown_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="B-9"):
        state(store, beendet=(("B-9", TODAY),))


def test_supply_of_a_day_takes_what_holds_on_it(store: Store) -> None:
    begin = date(2026, 2, 1)
    sizes = (
        Kapazitaet(groesse=PLACES, wert=10.0, gueltig_bis=date(2026, 1, 31)),
        Kapazitaet(groesse=PLACES, wert=12.0, gueltig_von=begin),
    )
    states = (status("geplant", date(2026, 1, 1), date(2026, 1, 31)), status("in_betrieb", begin))
    state(store, angebot("A", kapazitaeten=sizes, status=states), angebot("B", kapazitaeten=()))
    assert _supply(store, date(2025, 12, 31)).id.tolist() == [angebot("B").id]
    january, february = _supply(store, date(2026, 1, 31)), _supply(store, begin)
    assert january.status.tolist() == ["geplant", "in_betrieb"]
    assert february.status.tolist() == ["in_betrieb", "in_betrieb"]
    np.testing.assert_array_equal(january.sizes[PLACES], [10.0, np.nan])
    np.testing.assert_array_equal(february.sizes[PLACES], [12.0, np.nan])


def test_public_supply_has_nothing_confidential(store: Store) -> None:
    state(
        store,
        angebot("offen"),
        angebot("vertraulich", vertraulich=True),
        angebot("Ort vertraulich", ort_vertraulich=True),
        angebot("WG", art="pflege.wg_selbst"),
    )
    assert _supply(store).id.tolist() == [angebot("offen").id]
    staff = _supply(store, public=False)
    assert staff.vertraulich.tolist() == [False, True, True, False]
    assert len(staff.sizes[PLACES]) == 4


def test_columns_have_their_types_and_lengths(store: Store) -> None:
    checked = angebot("A", zuletzt_geprueft=date(2026, 1, 15), stand=None, traeger="", kapazitaeten=())
    state(store, checked, angebot("B"))
    supply = _supply(store)
    assert supply.zuletzt_geprueft.tolist() == [date(2026, 1, 15), None]
    assert supply.stand.tolist() == [None, date(2025, 12, 31)]
    assert supply.traeger_id.tolist() == ["", traeger_id("Beispiel gGmbH")]
    taken = supply.take(np.array([1]))
    assert (len(taken), taken.id[0], taken.sizes[PLACES].tolist()) == (1, angebot("B").id, [14.0])


def test_empty_catalogue_gives_empty_columns(store: Store) -> None:
    supply = _supply(store)
    assert (len(supply), supply.xy_25832.shape, supply.sizes) == (0, (0, 2), {})
    assert len(supply.take(np.array([], dtype=np.intp))) == 0


def test_thousands_are_stored_and_loaded_whole(store: Store) -> None:
    many = scattered(3_000)
    state(store, *many)
    assert tuple(_stated(store).values()) == tuple(many)
    supply = _supply(store)
    np.testing.assert_array_equal(supply.xy_25832, [each.standort.punkt_25832 for each in many])
