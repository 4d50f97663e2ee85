"""What the public sees: nobody's small number, not by subtraction either, and sums that still add up."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from infrastruktur.domain.errors import Cancelled
from infrastruktur.domain.tabelle import Herkunft, Spalte, Tabelle, Wert
from infrastruktur.domain.waiting import waited_for
from infrastruktur.planning.columns import BESTAND, COVERAGE, GAPS, PROVISION
from infrastruktur.planning.disclosure import protect
from infrastruktur.planning.suppression import Sum, hide

DAY = date(2025, 12, 31)
HERKUNFT = Herkunft(titel="Probe", stichtag=DAY)


def _table(name: str, spalten: tuple[Spalte, ...], rows: list[dict[str, Wert]]) -> Tabelle:
    zeilen = tuple(tuple(row.get(s.name) for s in spalten) for row in rows)
    return Tabelle(name=name, spalten=spalten, zeilen=zeilen, herkunft=HERKUNFT)


def _ebene(gebiet: str) -> str:
    return {5: "region", 8: "kommune"}.get(len(gebiet), "sozialraum")


def _with_sums(leaves: dict[str, tuple[float, float, float]]) -> dict[str, tuple[float, float, float]]:
    areas = dict(leaves)
    for key, parts in leaves.items():
        for upper in (key[:8], key[:5]):
            before = areas.get(upper, (0.0, 0.0, 0.0))
            areas[upper] = (before[0] + parts[0], before[1] + parts[1], before[2] + parts[2])
    return areas


def _coverage(leaves: dict[str, tuple[float, float, float]], ziel: str = "begegnung") -> list[dict[str, Wert]]:
    return [
        {
            "ebene": _ebene(key),
            "gebiet": key,
            "ziel": ziel,
            "altersgruppe": "ab75",
            "stichtag": DAY,
            "personen": sum(parts),
            "erreicht": parts[0],
            "nicht_erreicht": parts[1],
            "ohne_aussage": parts[2],
            "anteil_prozent": 100 * parts[0] / sum(parts) if sum(parts) else None,
        }
        for key, parts in _with_sums(leaves).items()
    ]


def _gaps(leaves: dict[str, tuple[float, float, float]]) -> list[dict[str, Wert]]:
    rows = _coverage(leaves)
    for row in rows:
        row |= {"ohne_zugang": row.pop("nicht_erreicht"), "bis_zum_ziel": 50.0, "naechste_minuten": 17.04}
        row |= {"anteil_beurteilt_prozent": row["anteil_prozent"], "rang_personen": 1, "rang_anteil": 1}
    return rows


# Domain 3.6: people by band, row totals and the Kommune's column totals shown.
#            75-79  80-84  85-89  90+   sum
# S03a         210    160     90   50   510
# S03b         120     70     30    9   229
# Stolberg     330    230    120   59   739
GOLDEN = np.array([210, 160, 90, 50, 510, 120, 70, 30, 9, 229, 330, 230, 120, 59, 739], dtype=np.float64)
GOLDEN_SUMS = [
    *(Sum(5 * row + 4, tuple(range(5 * row, 5 * row + 4))) for row in range(3)),
    *(Sum(10 + column, (column, 5 + column)) for column in range(5)),
]


def test_hiding_stops_when_nobody_waits():
    with pytest.raises(Cancelled), waited_for(lambda: True):
        hide(GOLDEN, GOLDEN_SUMS, GOLDEN < 10, threshold=10)


def test_golden_hides_the_block_of_two_by_two() -> None:
    hidden = hide(GOLDEN, GOLDEN_SUMS, GOLDEN < 10, threshold=10)
    assert np.flatnonzero(hidden).tolist() == [2, 3, 7, 8]  # 85-89 and 90+ of S03a and of S03b


def _is_recoverable(sums: list[Sum], hidden: np.ndarray, number: int) -> bool:
    """Decide by rank: a hidden number is known when adding it to the equations adds no rank."""
    unknown = np.flatnonzero(hidden)
    rows = np.zeros((len(sums), len(hidden)))
    for row, link in enumerate(sums):
        rows[row, list(link.parts)] += 1
        rows[row, link.total] -= 1
    matrix = rows[:, unknown]
    unit = (unknown == number).astype(float)
    return np.linalg.matrix_rank(np.vstack((matrix, unit))) == np.linalg.matrix_rank(matrix)


def test_with_less_hidden_subtraction_gives_the_nine_away() -> None:
    too_little = np.isin(np.arange(15), [7, 8, 3])
    assert _is_recoverable(GOLDEN_SUMS, too_little, 8)


COUNT = st.one_of(st.just(0.0), st.floats(0.01, 12), st.integers(1, 400).map(float))
LEAVES = st.dictionaries(
    st.sampled_from([f"0533400{k}-A{n:02d}" for k in (2, 4, 8) for n in range(1, 5)]),
    st.tuples(COUNT, COUNT, COUNT),
    min_size=1,
)


def _links(table: Tabelle, part_name: str) -> tuple[list[Sum], Callable[[int, str], int]]:
    """State all sums of a protected table anew, independently of the code under test."""
    names = ("personen", "erreicht", part_name, "ohne_aussage")
    rows = table.records()

    def place(row: int, name: str) -> int:
        return row * 4 + names.index(name)

    links = [Sum(place(r, names[0]), tuple(place(r, n) for n in names[1:])) for r in range(len(rows))]
    for r, row in enumerate(rows):
        below = [k for k, other in enumerate(rows) if other["ebene"] != row["ebene"] and _is_child(other, row)]
        if below:
            links += [Sum(place(r, n), tuple(place(k, n) for k in below)) for n in names]
    return links, place


def _is_child(child: dict[str, Wert], parent: dict[str, Wert]) -> bool:
    steps = {"sozialraum": ("kommune", 8), "kommune": ("region", 5)}
    ebene, digits = steps.get(str(child["ebene"]), ("", 0))
    return parent["ebene"] == ebene and str(child["gebiet"])[:digits] == parent["gebiet"]


@settings(max_examples=examples(60), deadline=None)
@given(LEAVES)
def test_h11_no_hidden_number_follows_from_shown_ones(leaves: dict[str, tuple[float, float, float]]) -> None:
    public = protect(_table("coverage", COVERAGE, _coverage(leaves)))
    links, place = _links(public, "nicht_erreicht")
    records = public.records()
    names = ("personen", "erreicht", "nicht_erreicht", "ohne_aussage")
    values = [row[name] for row in records for name in names]
    hidden = np.array([value is None for value in values])
    for number in np.flatnonzero(hidden):
        assert not _is_recoverable(links, hidden, int(number))
    assert all(value is None or value == 0 or value >= 10 for value in values if not isinstance(value, str))
    for r, row in enumerate(records):
        gone = [n for n in names if hidden[place(r, n)]]
        assert (row["grund"] == "geheim") == bool(gone)
        assert row["anteil_prozent"] is None or not {"erreicht", "personen"} & set(gone)


@settings(max_examples=examples(60), deadline=None)
@given(LEAVES)
def test_whole_people_still_add_up(leaves: dict[str, tuple[float, float, float]]) -> None:
    public = protect(_table("coverage", COVERAGE, _coverage(leaves)), threshold=0)
    links, _ = _links(public, "nicht_erreicht")
    names = ("personen", "erreicht", "nicht_erreicht", "ohne_aussage")
    flat = [row[name] for row in public.records() for name in names]
    assert all(isinstance(value, int) for value in flat)
    for link in links:
        assert flat[link.total] == sum(flat[part] for part in link.parts)


def test_whole_people_of_a_kommune_stay_whole_however_cells_are_cut() -> None:
    leaves = {f"05334002-SB{n}": (20.4, 15.0, 0.0) for n in (10, 11)} | {"05334002-SB12": (20.2, 15.0, 0.0)}
    shown = {r["gebiet"]: r["personen"] for r in protect(_table("coverage", COVERAGE, _coverage(leaves))).records()}
    assert shown["05334002"] == shown["05334"] == 106, "35 + 35 + 35 of rounded parts would be 105"
    assert sum(shown[key] for key in leaves) == 106


@settings(max_examples=examples(30), deadline=None)
@given(LEAVES)
def test_coverage_and_gaps_hide_the_same_people(leaves: dict[str, tuple[float, float, float]]) -> None:
    coverage = protect(_table("coverage", COVERAGE, _coverage(leaves))).records()
    gaps = protect(_table("gaps", GAPS, _gaps(leaves))).records()
    for left, right in zip(coverage, gaps, strict=True):
        assert (left["personen"], left["erreicht"]) == (right["personen"], right["erreicht"])
        assert (left["nicht_erreicht"], left["ohne_aussage"]) == (right["ohne_zugang"], right["ohne_aussage"])


@settings(max_examples=examples(30), deadline=None)
@given(LEAVES)
def test_the_people_of_an_area_are_hidden_alike_under_every_figure(
    leaves: dict[str, tuple[float, float, float]],
) -> None:
    coverage = protect(_table("coverage", COVERAGE, _coverage(leaves))).records()
    ratios = [
        {"ebene": _ebene(k), "gebiet": k, "indicator": "vq_tp75", "nenner": sum(p), "wert": 1.0, "zaehler": 9.0}
        for k, p in _with_sums(leaves).items()
    ]
    provision = protect(_table("provision", PROVISION, ratios)).records()
    assert [row["personen"] for row in coverage] == [row["nenner"] for row in provision]


SMALL = {"05334002-A01": (9.0, 200.0, 0.0), "05334002-A02": (300.0, 50.0, 0.0), "05334002-A03": (80.0, 15.0, 0.0)}


def test_a_small_count_takes_its_neighbours_and_its_share_with_it() -> None:
    public = protect(_table("coverage", COVERAGE, _coverage(SMALL))).records()
    first = public[0]
    assert (first["erreicht"], first["nicht_erreicht"], first["anteil_prozent"]) == (None, None, None)
    assert (first["personen"], first["ohne_aussage"], first["grund"]) == (209, 0, "geheim")
    assert [row["grund"] for row in public] == ["geheim", None, "geheim", None, None]


def test_a_hidden_gap_hides_its_rank_and_what_is_near() -> None:
    first = protect(_table("gaps", GAPS, _gaps(SMALL))).records()[0]
    follows = ("bis_zum_ziel", "rang_personen", "rang_anteil", "naechste_minuten", "anteil_beurteilt_prozent")
    assert {first[name] for name in follows} == {None}


def test_a_gap_under_ten_is_hidden_and_a_met_target_is_not() -> None:
    rows = _gaps({"05334002-A01": (100.0, 50.0, 0.0), "05334002-A02": (100.0, 50.0, 0.0)})
    rows[0]["bis_zum_ziel"], rows[1]["bis_zum_ziel"] = 4.0, 0.0
    public = protect(_table("gaps", GAPS, rows)).records()
    assert (public[0]["bis_zum_ziel"], public[0]["rang_personen"], public[0]["grund"]) == (None, None, "geheim")
    assert (public[1]["bis_zum_ziel"], public[1]["grund"]) == (0, None)


def test_r8_nobody_stays_keine_bevoelkerung_in_public() -> None:
    empty = {"ebene": "sozialraum", "gebiet": "05334020-M01", "nenner": 0.0, "grund": "keine_bevoelkerung"}
    (row,) = protect(_table("provision", PROVISION, [empty])).records()
    assert (row["nenner"], row["wert"], row["grund"]) == (0, None, "keine_bevoelkerung")


def test_a_ratio_goes_with_its_denominator_but_capacity_stays() -> None:
    row = {"ebene": "sozialraum", "gebiet": "05334032-S03b", "nenner": 9.0, "zaehler": 12.0, "wert": 133.333}
    (public,) = protect(_table("provision", PROVISION, [row])).records()
    assert (public["nenner"], public["wert"], public["zaehler"]) == (None, None, 12.0)
    assert public["grund"] == "geheim"


def test_the_same_people_are_hidden_under_every_target() -> None:
    rows = _coverage(SMALL) + _coverage(SMALL | {"05334002-A01": (209.0, 0.0, 0.0)}, ziel="apotheke")
    public = protect(_table("coverage", COVERAGE, rows)).records()
    assert public[0]["personen"] == public[5]["personen"] == 209


def test_keine_daten_is_not_made_a_number() -> None:
    rows = _coverage(SMALL)
    for name in ("personen", "erreicht", "nicht_erreicht", "ohne_aussage", "anteil_prozent"):
        rows[1][name] = None
    rows[1]["grund"] = "keine_daten"
    public = protect(_table("coverage", COVERAGE, rows)).records()
    assert (public[1]["personen"], public[1]["grund"]) == (None, "keine_daten")


def test_a_target_without_a_timetable_borrows_no_people_from_another() -> None:
    halt = [{**row, "ziel": "haltestelle", "grund": "kein_fahrplan"} for row in _coverage(SMALL)]
    for row in halt:
        row.update(dict.fromkeys(("personen", "erreicht", "nicht_erreicht", "ohne_aussage", "anteil_prozent")))
    public = protect(_table("coverage", COVERAGE, halt + _coverage(SMALL))).records()
    assert [(row["personen"], row["grund"]) for row in public[:5]] == [(None, "kein_fahrplan")] * 5
    assert [row["personen"] for row in public[5:]] == [209, 350, 95, 654, 654]


def test_a_table_without_people_is_only_rounded() -> None:
    row = {"ebene": "region", "gebiet": "05334", "art": "pflege.dauerpflege", "angebote": 3, "plaetze_zugelassen": 80.0}
    (public,) = protect(_table("bestand", BESTAND, [row])).records()
    assert (public["angebote"], public["plaetze_zugelassen"]) == (3, 80.0)


AGREED = {
    BESTAND: """ebene gebiet gebiet_name art angebote plaetze_zugelassen plaetze_betrieben geplant ohne_platzzahl
        stichtag""",
    PROVISION: """ebene gebiet gebiet_name indicator wert ohne_platzzahl wert_bis einheit zaehler nenner grund
        stichtag_zaehler stichtag_nenner quelle_nenner""",
    COVERAGE: """ebene gebiet gebiet_name ziel art mindestens modus profil max_minuten altersgruppe personen erreicht
        nicht_erreicht ohne_aussage anteil_prozent stichtag""",
    GAPS: """ebene gebiet gebiet_name ziel ziel_status art modus max_minuten altersgruppe personen ohne_zugang
        bis_zum_ziel anteil_prozent ziel_prozent rang_personen rang_anteil naechstes_angebot naechste_minuten
        sicherheit stichtag""",
}


@pytest.mark.parametrize("spalten", AGREED)
def test_tables_begin_with_the_agreed_columns(spalten: tuple[Spalte, ...]) -> None:
    names, agreed = [s.name for s in spalten], AGREED[spalten].split()
    assert names[: len(agreed)] == agreed
    assert len(set(names)) == len(names)


def test_a_region_of_all_targets_is_protected_in_seconds() -> None:
    rng = np.random.default_rng(1)
    rows: list[dict[str, Wert]] = []
    totals = {f"053340{k:02d}-A{n:02d}": rng.integers(0, 900) for k in range(10) for n in range(1, 10)}
    for ziel in range(10):
        parts = {key: _split(rng, float(total)) for key, total in totals.items()}
        rows += _coverage(parts, ziel=f"ziel{ziel}")
    public = protect(_table("coverage", COVERAGE, rows)).records()
    hidden = sum(row["erreicht"] is None for row in public)
    assert 0 < hidden < len(public)


def _split(rng: np.random.Generator, total: float) -> tuple[float, float, float]:
    share = rng.dirichlet([5.0, 2.0, 0.1])
    return (total * share[0], total * share[1], total - total * share[0] - total * share[1])


@pytest.mark.parametrize(("reached", "shown"), [(100, 12.0), (99, None)])
def test_nine_in_ten_of_fewer_than_a_hundred_is_the_way_of_a_few(reached: int, shown: float | None) -> None:
    counts: dict[str, Wert] = {"personen": float(reached), "erreicht": float(reached)}
    counts |= {"nicht_erreicht": 0.0, "ohne_aussage": 0.0, "abseits": 0.0, "median_minuten": 7.0, "p90_minuten": 12.0}
    row = {"ebene": "region", "gebiet": "05334", "altersgruppe": "ab75", "ziel": "begegnung", **counts}
    (public,) = protect(_table("coverage", COVERAGE, [row])).records()
    assert (public["median_minuten"], public["p90_minuten"], public["abseits"]) == (7.0, shown, None)
    assert public["grund"] is None
