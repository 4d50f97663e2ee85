"""Versorgungsquoten, checked against the planner's own example and by hand-made supply."""

import tomllib
from datetime import date

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastruktur import resources
from infrastruktur.domain.angebot import Angebot, Kapazitaet, Standort, Status, Statuszeit, find_valid
from infrastruktur.domain.errors import Grund, NotFound, SourceRefused
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.ziel import get_ziel, parse_ziele
from infrastruktur.planning.columns import COVERAGE, GAPS, PROVISION
from infrastruktur.planning.provision import (
    Indikator,
    Supply,
    get_indikator,
    hold_against_size,
    parse_indikatoren,
    provision,
)

INDIKATOREN = parse_indikatoren(
    tomllib.loads((resources.folder("schemas") / "indikatoren.toml").read_text("utf-8")), "indikatoren.toml"
)
ZIELE = parse_ziele(tomllib.loads((resources.folder("schemas") / "ziele.toml").read_text("utf-8")), "ziele.toml")

# The planner's example: two Sozialräume of Stolberg and a Gewerbegebiet in Monschau.
S03A, S03B, M01 = 0, 1, 2
AB80 = np.array([300.0, 109.0, 0.0])
STOLBERG = np.array([409.0])


def _angebot(key: str, art: str, *, kapazitaet: dict[str, float], status: tuple[Statuszeit, ...]) -> Angebot:
    return Angebot(
        quelle="probe",
        schluessel=key,
        art=art,
        name=f"Haus {key}",
        standort=Standort(schluessel=key),
        status=status,
        kapazitaeten=tuple(Kapazitaet(groesse=g, wert=w) for g, w in kapazitaet.items()),
    )


OPEN = (Statuszeit(status=Status.IN_BETRIEB),)
HAUS_A = _angebot(
    "A",
    "pflege.dauerpflege",
    kapazitaet={"plaetze_zugelassen": 80, "eingestreute_kurzzeitpflege": 8},
    status=(
        Statuszeit(status=Status.IN_BETRIEB, gueltig_bis=date(2026, 3, 31)),
        Statuszeit(status=Status.GESCHLOSSEN, gueltig_von=date(2026, 4, 1)),
    ),
)
HAUS_B = _angebot(
    "B",
    "pflege.dauerpflege",
    kapazitaet={"plaetze_zugelassen": 40},
    status=(
        Statuszeit(status=Status.GEPLANT, gueltig_bis=date(2027, 6, 30)),
        Statuszeit(status=Status.IN_BETRIEB, gueltig_von=date(2027, 7, 1)),
    ),
)
KZP_B = _angebot("B-KZP", "pflege.kurzzeit_solitaer", kapazitaet={"plaetze_zugelassen": 12}, status=OPEN)
TP_A = _angebot("A-TP", "pflege.tagespflege", kapazitaet={"plaetze_zugelassen": 15}, status=OPEN)
EXAMPLE = ((HAUS_A, S03A), (TP_A, S03A), (HAUS_B, S03B), (KZP_B, S03B))


def _supply(indikator: Indikator, day: date, areas: dict[int, int]) -> Supply:
    """Read the example's Angebote of an indicator on a day; `areas` maps Sozialraum to the level's index."""
    mine = [(a, areas[raum]) for a, raum in EXAMPLE if a.art in indikator.arten]
    status = [find_valid(a.status, "status", day) for a, _ in mine]
    size = [find_valid(a.kapazitaeten, indikator.groesse, day) for a, _ in mine]
    return Supply(
        area=np.array([raum for _, raum in mine], dtype=np.int32),
        in_betrieb=np.array([s is not None and s.status is Status.IN_BETRIEB for s in status], dtype=np.bool_),
        groesse=np.array([np.nan if k is None else k.wert for k in size], dtype=np.float64),
    )


def _by_sozialraum(code: str, day: date) -> list[float]:
    indikator = get_indikator(INDIKATOREN, code)
    return provision(indikator, _supply(indikator, day, {S03A: 0, S03B: 1}), AB80).wert.tolist()


def test_golden_dauerpflege_on_two_days() -> None:
    assert _by_sozialraum("vq_dp80", date(2025, 12, 31))[:2] == pytest.approx([26.67, 0.0], abs=0.005)
    assert _by_sozialraum("vq_dp80", date(2027, 12, 31))[:2] == pytest.approx([0.0, 36.70], abs=0.005)


def test_golden_closed_on_its_last_day_still_counts() -> None:
    assert _by_sozialraum("vq_dp80", date(2026, 3, 31))[0] == pytest.approx(26.67, abs=0.005)
    assert _by_sozialraum("vq_dp80", date(2026, 4, 1))[0] == 0.0


def test_golden_kurzzeitpflege_is_12_of_109() -> None:
    """The example says 110.09 per 1,000; Pflegeplätze share one scale, so it reads 11.009 per 100."""
    assert _by_sozialraum("vq_kzp", date(2025, 12, 31))[S03B] == pytest.approx(11.009, abs=0.0005)


@pytest.mark.parametrize(
    ("code", "gebiet", "zaehler", "nenner"),
    [
        ("vq_dp80", "Nordrhein-Westfalen", 175_367, 0.068 * 17.95e6),
        ("vq_dppb", "Nordrhein-Westfalen", 177_765, 1.39e6),
        ("vq_tp75", "Nordrhein-Westfalen", 68, 10_000),
        ("vq_tp75", "Deutschland", 83, 10_000),
        ("vq_ber_schwangerschaft", "Deutschland", 1, 40_000),
        ("vq_ber_schulden", "Deutschland", 2, 50_000),
    ],
)
def test_golden_references_follow_from_the_counts_they_name(
    code: str, gebiet: str, zaehler: float, nenner: float
) -> None:
    indikator = get_indikator(INDIKATOREN, code)
    whole = Supply(area=np.array([0], dtype=np.int32), in_betrieb=np.array([True]), groesse=np.array([zaehler]))
    stated = provision(indikator, whole, np.array([nenner])).wert[0]
    assert [each.wert for each in indikator.referenzen if each.gebiet == gebiet] == [pytest.approx(stated, rel=0.005)]


def test_golden_homes_of_the_land_are_95_percent_full() -> None:
    indikator = get_indikator(INDIKATOREN, "beleg_dp")
    homes = Supply(
        area=np.array([0], dtype=np.int32),
        in_betrieb=np.array([True]),
        groesse=np.array([169_213.0]),
        nenner_groesse=np.array([177_765.0]),
    )
    (referenz,) = indikator.referenzen
    assert hold_against_size(indikator, homes, 1).wert[0] == pytest.approx(referenz.wert, abs=0.05)


def test_golden_kommune_is_a_ratio_of_sums() -> None:
    indikator = get_indikator(INDIKATOREN, "vq_dp80")
    both = _supply(indikator, date(2025, 12, 31), {S03A: 0, S03B: 0})
    assert provision(indikator, both, STOLBERG).wert[0] == pytest.approx(19.56, abs=0.005)


def test_r2_eingestreute_kurzzeitpflege_is_never_added() -> None:
    assert _by_sozialraum("vq_dp80", date(2025, 12, 31))[S03A] == pytest.approx(100 * 80 / 300)
    assert _by_sozialraum("vq_kzp", date(2025, 12, 31))[S03A] == 0.0
    assert _by_sozialraum("vq_kzp_eingestreut", date(2025, 12, 31))[S03A] == pytest.approx(100 * 8 / 300)
    added = [i.code for i in INDIKATOREN if i.groesse == "eingestreute_kurzzeitpflege"]
    assert added == ["vq_kzp_eingestreut"]


def test_r3_a_tagespflegeplatz_is_not_said_to_be_a_person() -> None:
    tagespflege = [i for i in INDIKATOREN if i.code.startswith("vq_tp")]
    assert len(tagespflege) == 2
    assert all("nicht eine Person" in i.hinweis and i.einheit.startswith("Plätze") for i in tagespflege)


def test_r4_ambulante_dienste_have_no_figure_per_sozialraum() -> None:
    amb = get_indikator(INDIKATOREN, "vq_amb")
    assert [e for e in Ebene if amb.allows(e)] == [Ebene.KOMMUNE, Ebene.REGION]


def test_r5_only_what_is_in_operation_counts() -> None:
    supply = Supply(np.array([0, 0], np.int32), np.array([True, False]), np.array([10.0, 99.0]))
    assert provision(get_indikator(INDIKATOREN, "vq_dp80"), supply, np.array([100.0])).zaehler[0] == 10.0


def test_r6_ratios_use_the_places_of_the_versorgungsvertrag() -> None:
    assert {i.groesse for i in INDIKATOREN if i.code.startswith(("vq_dp", "vq_tp"))} == {"plaetze_zugelassen"}


def test_r7_a_ratio_carries_both_days_and_the_source_of_its_denominator() -> None:
    assert {"stichtag_zaehler", "stichtag_nenner", "quelle_nenner"} <= {s.name for s in PROVISION}
    assert {"stichtag_personen", "quelle_personen"} <= {s.name for s in COVERAGE} & {s.name for s in GAPS}


def test_r8_no_people_is_null_with_its_reason() -> None:
    indikator = get_indikator(INDIKATOREN, "vq_dp80")
    supply = Supply(np.array([0], np.int32), np.array([True]), np.array([5.0]))
    result = provision(indikator, supply, np.array([0.0, np.nan, 50.0]))
    assert np.isnan(result.wert).tolist() == [True, True, False]
    assert result.grund == (Grund.KEINE_BEVOELKERUNG, Grund.KEINE_DATEN, None)
    assert result.wert[2] == 0.0


def test_r10_dauerpflege_per_sozialraum_is_information() -> None:
    dp80 = get_indikator(INDIKATOREN, "vq_dp80")
    assert dp80.allows(Ebene.SOZIALRAUM)
    assert not dp80.judges(Ebene.SOZIALRAUM)
    assert dp80.judges(Ebene.KOMMUNE)


def test_unknown_capacity_makes_a_lower_bound_and_an_upper_one_only_by_assumption() -> None:
    supply = Supply(np.array([0, 0], np.int32), np.array([True, True]), np.array([30.0, np.nan]))
    indikator = get_indikator(INDIKATOREN, "vq_dp80")
    plain = provision(indikator, supply, np.array([100.0]))
    assert (plain.wert[0], plain.ohne_platzzahl[0], np.isnan(plain.wert_bis[0])) == (30.0, 1, True)
    assert provision(indikator, supply, np.array([100.0]), angenommen=80).wert_bis[0] == pytest.approx(110.0)


@pytest.mark.parametrize("known", [[], [0.0]])
def test_a_bound_of_nought_is_not_stated_as_zero(known: list[float]) -> None:
    sizes = np.array([np.nan, *known])
    supply = Supply(np.zeros(len(sizes), np.int32), np.ones(len(sizes), np.bool_), sizes)
    result = provision(get_indikator(INDIKATOREN, "vq_dp80"), supply, np.array([100.0]))
    assert np.isnan([result.wert[0], result.zaehler[0]]).all()
    assert result.grund == (Grund.KEINE_PLATZZAHL,)


def test_an_angebot_outside_every_area_counts_nowhere() -> None:
    supply = Supply(np.array([-1], np.int32), np.array([True]), np.array([5.0]))
    assert provision(get_indikator(INDIKATOREN, "vq_dp80"), supply, np.array([100.0])).zaehler[0] == 0.0


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 200)), max_size=20),
    st.lists(st.integers(1, 5000), min_size=4, max_size=4),
)
def test_the_whole_is_the_ratio_of_the_sums(angebote: list[tuple[int, bool, int]], people: list[int]) -> None:
    area, running, size = (np.array([a[k] for a in angebote]) for k in range(3))
    indikator, personen = get_indikator(INDIKATOREN, "vq_dp80"), np.array(people, dtype=np.float64)
    supply = Supply(area.astype(np.int32), running.astype(np.bool_), size.astype(np.float64))
    parts = provision(indikator, supply, personen)
    whole = provision(indikator, _moved(supply, np.zeros(len(area), np.int32)), personen.sum(keepdims=True))
    assert whole.zaehler[0] == parts.zaehler.sum()
    assert whole.wert[0] == pytest.approx(100 * parts.zaehler.sum() / parts.nenner.sum())


def _moved(supply: Supply, area: np.ndarray) -> Supply:
    return Supply(area, supply.in_betrieb, supply.groesse)


def test_one_scale_per_family() -> None:
    places = {i.skala for i in INDIKATOREN if i.code.startswith(("vq_dp", "vq_kzp", "vq_tp"))}
    percent = {i.skala for i in INDIKATOREN if i.einheit.startswith("%")}
    others = {i.code: i.skala for i in INDIKATOREN if i.skala not in (100, 1000) and not i.saldo}
    assert (places, percent) == ({100}, {100})
    assert others == {"vq_ber_schwangerschaft": 40_000, "vq_ber_schulden": 50_000}


def test_schkg_counts_all_inhabitants() -> None:
    schkg = get_indikator(INDIKATOREN, "vq_ber_schwangerschaft")
    assert schkg.altersgruppe == "alle"
    assert [r.wert for r in schkg.referenzen if r.art == "gesetz"] == [1]


def test_indicators_are_unique_and_their_groups_readable() -> None:
    codes = [i.code for i in INDIKATOREN]
    assert len(set(codes)) == len(codes)
    assert all(i.gruppe.unter > i.gruppe.von for i in INDIKATOREN if i.gruppe)


INDIKATOR = {
    "code": "x",
    "titel": "X",
    "arten": ["pflege.dauerpflege"],
    "groesse": "plaetze_zugelassen",
    "skala": 100,
    "einheit": "x",
    "unterste_ebene": "kommune",
    "bewertung_ab": "kommune",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"altersgruppe": "ab80", "regel": "dauerpflege_anteil"},
        {"nenner": "bedarf"},
        {"nenner": "groesse", "altersgruppe": "ab80"},
        {"nenner": "pflegebeduerftige", "altersgruppe": "ab80"},
        {"altersgruppe": "ab80", "saldo": True},
    ],
)
def test_an_indicator_without_its_nenner_or_with_two_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SourceRefused, match="Indikator „x“"):
        parse_indikatoren({"indikator": [INDIKATOR | wrong]}, "probe.toml")


def test_auslastung_is_a_ratio_of_sums_over_those_who_state_both() -> None:
    """98 of 100 and 45 of 50 Platztage, one house that states only the taken ones, one that is closed."""
    auslastung = get_indikator(INDIKATOREN, "ausl_dp")
    houses = Supply(
        area=np.array([0, 0, 0, 0, 1], dtype=np.int32),
        in_betrieb=np.array([True, True, True, False, True]),
        groesse=np.array([98.0, 45.0, 30.0, 7.0, np.nan]),
        nenner_groesse=np.array([100.0, 50.0, np.nan, 9.0, 70.0]),
    )
    stated = hold_against_size(auslastung, houses, 3)
    assert stated.wert[0] == pytest.approx(100 * 143 / 150), "the mean of ratios would be 94"
    assert (stated.zaehler[0], stated.nenner[0], stated.ohne_platzzahl[0]) == (143, 150, 1)
    assert np.isnan(stated.wert[1:]).all()
    assert stated.grund == (None, Grund.KEINE_DATEN, Grund.KEINE_DATEN)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_saldo_is_bestand_less_bedarf_also_without_a_need(bestand: float, bedarf: float) -> None:
    saldo = get_indikator(INDIKATOREN, "saldo_dp_anteil")
    supply = Supply(np.array([0], dtype=np.int32), np.array([True]), np.array([bestand]))
    stated = provision(saldo, supply, np.array([bedarf]))
    assert (stated.wert[0], stated.grund[0]) == (bestand - bedarf, None)


def test_quartierszentrum_is_one_bundle() -> None:
    assert get_indikator(INDIKATOREN, "vq_beg").arten == get_ziel(ZIELE, "begegnung").arten


def test_an_unknown_code_and_a_bad_file_are_refused_in_words() -> None:
    with pytest.raises(NotFound, match="vq_nichts"):
        get_indikator(INDIKATOREN, "vq_nichts")
    with pytest.raises(SourceRefused, match="Indikator ist nicht lesbar"):
        parse_indikatoren({"indikator": [{"code": "x"}]}, "probe.toml")


def test_targets_are_working_values_of_the_design() -> None:
    stated = {z.code: (z.modus, z.max_minuten or z.max_meter, z.ziel_prozent, z.altersgruppe) for z in ZIELE}
    assert stated == {
        "tagespflege": ("pkw", 15, 90, "ab75"),
        "kurzzeitpflege": ("pkw", 30, 90, "ab75"),
        "ambulant": ("pkw", 15, 95, "ab75"),
        "pflegeberatung": ("pkw", 20, 80, "ab75"),
        "begegnung": ("zu_fuss", 15, 70, "ab75"),
        "hausarzt": ("zu_fuss", 1000, 70, "ab65"),
        "apotheke": ("zu_fuss", 1000, 60, "ab65"),
        "lebensmittel": ("zu_fuss", 500, 60, "ab65"),
        "haltestelle": ("zu_fuss", 400, 80, "ab65"),
        "grundschule": ("zu_fuss", 30, 90, "06bis09"),
    }
    assert {z.status for z in ZIELE} == {"Arbeitswert, nicht beschlossen"}
    assert [z.code for z in ZIELE if z.braucht_fahrplan] == ["haltestelle"]
    assert all(z.grundlage and z.gueltig_von for z in ZIELE)
    assert msgspec.structs.asdict(get_ziel(ZIELE, "kurzzeitpflege"))["nur_mit"] == {
        "pflege.dauerpflege": "eingestreute_kurzzeitpflege"
    }
