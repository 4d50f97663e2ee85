"""The table of § 7 Abs. 6 APG NRW, computed by hand, taken back to its inputs, and compared with another one.

People of the drawn Kommunen grow by 2 % of 2025 a year. In 2028 (1.06 times):
    A  PB 361.03 · 1.06 = 382.69, of them 14 % in homes = 53.58, / 0.95 = 56.40 → 57 places; supply 80 + 40
    B  PB 160.20 · 1.06 = 169.81, of them 14 % in homes = 23.77, / 0.95 = 25.02 → 26 places; supply 30 - 10
"""

import itertools
from dataclasses import replace
from datetime import date

import msgspec
import numpy as np
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from planning.pflegeplan import (
    DATEI,
    HAUS_1,
    HAUS_2,
    HAUS_3,
    PEOPLE,
    RAUM,
    STICHTAG,
    TAFELN,
    grundlagen,
    houses,
    pyramide,
)
from planning.test_supply import dated_houses

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.bedarf import INFORMATORISCH, Beschluss
from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable, NotFound
from infrastruktur.domain.herleitung import Eingabe, Rechnung, Schritt, list_eingaben, write_rechenweg
from infrastruktur.domain.quote import Merkmal
from infrastruktur.domain.tabelle import build_zeile, build_zeilen
from infrastruktur.planning import bedarfsplanung, planvergleich
from infrastruktur.planning.bedarfsplanung import list_planungstage, plan_bedarf
from infrastruktur.planning.bestandstafel import Artbestand, find_berichtstag, list_bestand
from infrastruktur.planning.nachweis import Groesse, explain
from infrastruktur.planning.plan_columns import BEDARFSPLANUNG, BESTANDSTAFEL, PLANVERGLEICH
from infrastruktur.planning.planvergleich import Ursache, compare

Y2028 = date(2028, 12, 31)
VARIANTS = ("status_quo", "kapazitaet")
HEIMQUOTEN = msgspec.structs.replace(
    TAFELN[0],
    code="heimquote",
    titel="Heimquoten",
    merkmal=Merkmal.STATIONAER,
    quoten=tuple(
        msgspec.structs.replace(quote, w_prozent=w, m_prozent=m)
        for quote, w, m in zip(TAFELN[0].quoten, (0, 4, 15, 30), (0, 3, 10, 20), strict=True)
    ),
)


def list_rows(planung):
    names = [spalte.name for spalte in BEDARFSPLANUNG]
    tables = (build_zeilen(BEDARFSPLANUNG, 3, bedarfsplanung.fill_columns(planung, teil)) for teil in planung.teile)
    return [dict(zip(names, row, strict=True)) for table in tables for row in table]


def rows(planung, tag=Y2028, variante="status_quo"):
    return [row for row in list_rows(planung) if (row["tag"], row["variante"]) == (tag, variante)]


# The table


def test_three_years_from_the_resolution() -> None:
    """The third day is the first 31 December that does not lie before the end of three years."""
    assert list_planungstage(date(2026, 3, 15)) == (date(2027, 12, 31), Y2028, date(2029, 12, 31))
    assert list_planungstage(date(2022, 12, 31))[-1] == date(2025, 12, 31)


def test_the_status_quo_by_hand() -> None:
    kommune_a, kommune_b, region = rows(plan_bedarf(grundlagen()))
    assert [row["pflegebeduerftige"] for row in (kommune_a, kommune_b, region)] == pytest.approx(
        [382.6918, 169.812, 552.5038]
    )
    assert [row["bedarf"] for row in (kommune_a, kommune_b, region)] == [57, 26, 82]
    assert [row["angebot"] for row in (kommune_a, kommune_b, region)] == [120, 20, 140]
    assert [row["saldo"] for row in (kommune_a, kommune_b, region)] == [63, -6, 58]
    assert (kommune_a["zugang_geplant"], kommune_b["wegfall_abbau"]) == (40, 10)
    assert (region["gebiet"], region["bestand_stichtag"], region["status"]) == ("05334", 110, INFORMATORISCH)
    assert kommune_b["versorgungsgrad_prozent"] == pytest.approx(100 * 20 / 25.0249, rel=1e-4)


def test_the_capacity_variant_by_hand_hides_no_shortage() -> None:
    """B holds 20 · 0.95 = 19 of 23.77 people: no shortage of places, but 4.77 people without one."""
    kommune_a, kommune_b, region = rows(plan_bedarf(grundlagen()), variante="kapazitaet")
    assert (kommune_a["bedarf"], kommune_b["bedarf"], region["bedarf"]) == (57, 20, 77)
    assert (kommune_b["saldo"], kommune_b["personen"]) == (0, 19)
    assert kommune_b["ohne_platz"] == pytest.approx(23.77368 - 19)
    assert kommune_a["ohne_platz"] == 0


def test_every_row_fits_its_columns() -> None:
    planung = plan_bedarf(grundlagen())
    assert len(list_rows(planung)) == 3 * 2 * 3
    change = compare(planung, planung)
    assert len([build_zeile(PLANVERGLEICH, row) for row in planvergleich.list_werte(change)]) == 18 * len(Groesse)


def test_need_by_heimquoten_counts_also_those_under_80() -> None:
    """A in 2025: F 300 · 4 % + 90 · 15 % + 40 · 30 % = 37.5, M 240 · 3 % + 50 · 10 % + 15 · 20 % = 15.2."""
    plan = plan_bedarf(grundlagen(regel="dauerpflege_heimquote", quoten=HEIMQUOTEN))
    assert plan.find(Y2028, "status_quo").personen[0] == pytest.approx(52.7 * 1.06)
    assert plan.find(Y2028, "status_quo").bedarf[0] == pytest.approx(52.7 * 1.06 / 0.95)


def test_need_by_a_rate_per_100_people() -> None:
    """Tagespflege 0.68 per 100 people 75+: A has 735 · 1.06 of them."""
    plan = plan_bedarf(grundlagen(regel="tagespflege_vergleich", variants=("status_quo", "trend_fallend")))
    assert plan.find(Y2028, "status_quo").bedarf[0] == pytest.approx(735 * 1.06 * 0.0068)


def test_rules_and_variants_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="braucht eine Quotentafel „stationaer“"):
        plan_bedarf(grundlagen(regel="dauerpflege_heimquote"))
    with pytest.raises(InvalidParameter, match="eine Kapazitätsvariante gibt es dazu nicht"):
        plan_bedarf(grundlagen(regel="tagespflege_vergleich"))
    with pytest.raises(NotAssessable, match=r"Für den 31\.12\.2031"):
        plan_bedarf(grundlagen(ab=date(2030, 1, 1)))


def test_only_a_resolution_that_names_every_parameter_binds() -> None:
    named = grundlagen().codes
    beschluss = Beschluss(am=date(2026, 3, 15), gremium="Städteregionstag", fundstelle="2026/0042", parameter=named)
    plan = grundlagen(beschluss=beschluss)
    assert plan_bedarf(plan).status == "beschlossen am 15.03.2026 (Städteregionstag, 2026/0042)"
    partly = msgspec.structs.replace(beschluss, parameter=named[1:])
    lifted = msgspec.structs.replace(beschluss, aufgehoben_am=date(2026, 3, 15))
    for weak in (partly, lifted, None):
        assert plan_bedarf(replace(plan, beschluss=weak)).status == INFORMATORISCH
    assert plan_bedarf(replace(plan, ab=date(2026, 3, 14))).status == INFORMATORISCH


def test_what_a_reader_must_know_stands_beside_the_numbers() -> None:
    """Rates of 2021 are old for a plan of March 2026: the Pflegestatistik counted again in 2023 and 2025."""
    told = bedarfsplanung.list_hinweise(plan_bedarf(grundlagen()))
    assert told[0] == f"Status: {INFORMATORISCH}."
    assert "Pflegequoten Deutschland 2021: Inzwischen gab es eine neuere Pflegestatistik." in told
    assert any(hint.startswith("Dauerpflege: Anteil") and "Arbeitswert, nicht beschlossen" in hint for hint in told)
    assert any("Formel der Kapazitätsvariante der StädteRegion ist nicht öffentlich" in hint for hint in told)
    assert "Bevölkerung 31.12.2030: prognose." in told
    fresh = bedarfsplanung.list_hinweise(plan_bedarf(grundlagen(ab=date(2026, 1, 1))))
    recent = msgspec.structs.replace(TAFELN[0], stichtag=date(2025, 12, 15))
    plan = grundlagen()
    newer = plan_bedarf(replace(plan, annahmen=replace(plan.annahmen, pflegequoten=recent)))
    assert any("neuere Pflegestatistik" in hint for hint in fresh)
    assert not any("neuere Pflegestatistik" in hint for hint in bedarfsplanung.list_hinweise(newer))


# What is unknown


def test_an_unknown_kommune_leaves_the_region_without_a_need_but_with_its_supply() -> None:
    people, hidden = PEOPLE.copy(), np.zeros(PEOPLE.shape, bool)
    hidden[0, 0, 3] = True
    later = pyramide(people, tag=date(2030, 12, 31), quelle="prognose")
    part = plan_bedarf(grundlagen(people=(pyramide(people, geheim=hidden), later))).find(Y2028, "status_quo")
    assert part.grund == (Grund.GEHEIM, None, Grund.GEHEIM)
    assert np.isnan(part.bedarf).tolist() == [True, False, True]
    assert part.angebot.tolist() == [120, 20, 140]
    assert part.pflegebeduerftige_mindestens[0] == pytest.approx(361.03 - 40 * 0.864)


def test_places_nobody_states_make_supply_a_lower_bound_and_limit_nobody() -> None:
    silent = ("4", 1, [("in_betrieb", None, None, None)])
    plan = plan_bedarf(grundlagen(places=houses(HAUS_1, HAUS_2, HAUS_3, silent)))
    status_quo, capacity = plan.find(Y2028, "status_quo"), plan.find(Y2028, "kapazitaet")
    assert status_quo.ohne_platzzahl.tolist() == [0, 1, 1]
    assert (status_quo.angebot.tolist(), status_quo.grund) == ([120, 20, 140], (None, None, None))
    assert capacity.grund == (None, Grund.KEINE_PLATZZAHL, Grund.KEINE_PLATZZAHL)
    alone = plan_bedarf(grundlagen(places=houses(HAUS_1, silent))).find(Y2028, "status_quo")
    assert np.isnan(alone.saldo).tolist() == [False, True, False]
    assert alone.grund == (None, Grund.KEINE_PLATZZAHL, None)


# Laws

POPULATIONS = arrays(np.float64, (2, 2, 4), elements=st.integers(0, 50_000).map(float))


@given(POPULATIONS, POPULATIONS, dated_houses())
@settings(max_examples=examples(40), deadline=None)
def test_kommunen_sum_to_their_region(now: np.ndarray, later: np.ndarray, places) -> None:
    places = replace(places, area=np.minimum(places.area, 1))
    people = (pyramide(now), pyramide(later, tag=date(2030, 12, 31)))
    for part in plan_bedarf(grundlagen(people=people, places=places)).teile:
        for values in (part.pflegebeduerftige, part.personen, part.ohne_platz, part.bedarf):
            assert values[-1] == pytest.approx(values[:-1].sum(), nan_ok=True)
        assert part.ohne_platzzahl[-1] == part.ohne_platzzahl[:-1].sum()
        known = np.nan_to_num(part.angebot)
        assert known[-1] == pytest.approx(known[:-1].sum())


@given(POPULATIONS, dated_houses())
@settings(max_examples=examples(40), deadline=None)
def test_capacity_never_serves_more_than_want_or_fit(now: np.ndarray, places) -> None:
    places = replace(places, area=np.minimum(places.area, 1))
    plan = plan_bedarf(grundlagen(people=(pyramide(now), pyramide(now, tag=date(2030, 12, 31))), places=places))
    for tag in list_planungstage(date(2026, 3, 15)):
        free, limited = plan.find(tag, "status_quo"), plan.find(tag, "kapazitaet")
        known = ~np.isnan(limited.personen)
        assert (limited.personen[known] <= free.personen[known] + 1e-6).all()
        assert (limited.personen + limited.ohne_platz)[known] == pytest.approx(free.personen[known])
        assert (limited.bedarf[known] <= limited.angebot[known] + 1e-6).all()


# The proof


BY_HAND = {
    Rechnung.SUMME: sum,
    Rechnung.PRODUKT: lambda parts: parts[0] * parts[1],
    Rechnung.DIFFERENZ: lambda parts: parts[0] - parts[1],
    Rechnung.QUOTIENT: lambda parts: parts[0] / parts[1],
    Rechnung.POTENZ: lambda parts: parts[0] ** parts[1],
    Rechnung.MINIMUM: min,
    Rechnung.AUFGERUNDET: lambda parts: -((-round(parts[0], 6)) // 1),
}


def recompute(node):
    """Do the arithmetic of a derivation over, as a reader would, from its inputs alone."""
    if isinstance(node, Eingabe):
        return node.wert
    parts = [recompute(part) for part in node.teile]
    return None if None in parts else BY_HAND[node.rechnung](parts)


PLANS = {
    "share": grundlagen(),
    "trend": grundlagen(variants=("status_quo", "trend_fallend")),
    "heimquoten": grundlagen(
        regel="dauerpflege_heimquote", quoten=HEIMQUOTEN, variants=("trend_fallend", "kapazitaet")
    ),
    "per 100": grundlagen(regel="tagespflege_vergleich", variants=("status_quo", "trend_fallend")),
    "silent": grundlagen(places=houses(HAUS_1, HAUS_2, HAUS_3, ("4", 1, [("in_betrieb", None, None, None)]))),
    "nothing stated": grundlagen(places=houses(("4", 1, [("in_betrieb", None, None, None)]))),
    "unknown": grundlagen(people=(pyramide(np.where(PEOPLE == 90, np.nan, PEOPLE)), pyramide(tag=date(2030, 12, 31)))),
}


@pytest.mark.parametrize("name", PLANS)
def test_every_cell_is_what_its_inputs_say(name: str) -> None:
    planung = plan_bedarf(PLANS[name])
    cells = list(itertools.product(list_rows(planung), Groesse))
    assert len(cells) == 18 * 5
    for row, groesse in cells:
        proof = explain(planung, row["gebiet"], row["tag"], row["variante"], groesse)
        table = row[groesse.value]
        assert proof.wert == pytest.approx(table), (row["gebiet"], row["tag"], groesse)
        assert recompute(proof) == pytest.approx(proof.wert)


def test_every_input_names_its_source_and_day() -> None:
    proof = explain(plan_bedarf(grundlagen()), "05334", Y2028, "status_quo", Groesse.SALDO)
    inputs = list(list_eingaben(proof))
    assert all(each.quelle for each in inputs)
    assert {each.stichtag for each in inputs if each.einheit == "Personen"} == {STICHTAG, date(2030, 12, 31)}
    assert {each.name for each in inputs if each.einheit == "Plätze"} == {"Haus 1", "Haus 2", "Haus 3"}
    assert isinstance(proof.teile[0], Schritt)


def test_a_derivation_reads_like_a_calculation() -> None:
    lines = list(write_rechenweg(explain(plan_bedarf(grundlagen()), "05334004", Y2028, "status_quo", Groesse.SALDO)))
    assert lines[0] == "Platzsaldo = -6 Plätze = 20 − 26 (Angebot − Bedarf, § 7 Abs. 6 APG NRW)"
    assert lines[2].strip() == "Haus 3 = 20 Plätze [probe, Stichtag 01.01.2028]"
    assert any("Frauen 75 bis unter 85 Jahre = 100 Personen [register, Stichtag 31.12.2025]" in line for line in lines)
    assert any("(27,1 %) = 0,271 Anteil [Statistisches Bundesamt" in line for line in lines)


def test_a_house_without_places_is_named_in_the_proof() -> None:
    proof = explain(plan_bedarf(PLANS["silent"]), "05334004", Y2028, "status_quo", Groesse.ANGEBOT)
    assert (proof.wert, proof.hinweise) == (20, ("mindestens; ohne Platzzahl: Haus 4",))
    assert any("! mindestens; ohne Platzzahl: Haus 4" in line for line in write_rechenweg(proof))


def test_what_the_plan_does_not_have_is_not_found() -> None:
    planung = plan_bedarf(grundlagen())
    with pytest.raises(NotFound, match="keine Kommune dieser Planung"):
        explain(planung, "05334008", Y2028, "status_quo", Groesse.SALDO)
    with pytest.raises(NotFound, match=r"keinen Teil 31\.12\.2030/status_quo"):
        explain(planung, "05334004", date(2030, 12, 31), "status_quo", Groesse.SALDO)


# Two plans


def by_cause(change, at, variante="status_quo"):
    part = next(each for each in change.vergleiche if (each.tag, each.variante.code) == (Y2028, variante))
    return {beitrag.ursache: (beitrag.bedarf[at], beitrag.angebot[at]) for beitrag in part.beitraege}, part


def test_the_same_plan_again_moves_nothing() -> None:
    planung = plan_bedarf(grundlagen())
    for part in compare(planung, plan_bedarf(grundlagen())).vergleiche:
        assert all(
            not beitrag.was and not beitrag.bedarf.any() and not beitrag.angebot.any() for beitrag in part.beitraege
        )
        assert part.haeuser == ()


def test_each_cause_is_named_with_what_it_moves() -> None:
    """Twice the forecast's growth, rates a tenth up, and a house of 50 places more in B."""
    old = grundlagen()
    higher = tuple(
        msgspec.structs.replace(quote, w_prozent=quote.w_prozent * 1.1, m_prozent=quote.m_prozent * 1.1)
        for quote in TAFELN[0].quoten
    )
    new = replace(
        old,
        bevoelkerung=(pyramide(), pyramide(PEOPLE * 1.2, tag=date(2030, 12, 31), quelle="prognose_neu")),
        annahmen=replace(old.annahmen, pflegequoten=msgspec.structs.replace(TAFELN[0], code="neu", quoten=higher)),
        plaetze=houses(
            HAUS_1,
            HAUS_2,
            HAUS_3,
            ("4", 1, [("im_bau", 50, None, "2026-12-31"), ("in_betrieb", 50, "2027-01-01", None)]),
        ),
    )
    causes, part = by_cause(compare(plan_bedarf(old), plan_bedarf(new)), 1)
    per_person = 160.2 * 0.14 / 0.95
    assert causes[Ursache.PROGNOSE] == pytest.approx((per_person * 0.06, 0))
    assert causes[Ursache.QUOTE] == pytest.approx((per_person * 1.12 * 0.1, 0))
    assert causes[Ursache.REGEL] == (0, 0)
    assert causes[Ursache.ANGEBOT] == pytest.approx((0, 50))
    assert [(haus.name, haus.area, haus.plaetze_alt, haus.plaetze_neu) for haus in part.haeuser] == [
        ("Haus 4", 1, 0, 50)
    ]
    (bedarf,), (angebot,) = (
        [
            row
            for row in planvergleich.list_werte(compare(plan_bedarf(old), plan_bedarf(new)))
            if (row["gebiet"], row["tag"], row["variante"]) == ("05334004", Y2028, "status_quo")
            and row["groesse"] == groesse
        ]
        for groesse in (Groesse.BEDARF, Groesse.ANGEBOT)
    )
    assert bedarf["was"].startswith("Bevölkerung register; prognose → register; prognose_neu; ")
    assert "85 bis unter 90 Jahre: Frauen 60,6 → 66,66 %, Männer 43,2 → 47,52 %" in bedarf["was"]
    assert bedarf["durch_quote"] == pytest.approx(per_person * 1.12 * 0.1)
    assert angebot["was"] == "Haus 4: 0 → 50 Plätze"
    assert (angebot["differenz"], angebot["durch_angebot"]) == (50, 50)


def test_a_house_that_moves_to_another_kommune_is_told_in_both() -> None:
    moved = (HAUS_1[0], 1, HAUS_1[2])
    _, part = by_cause(
        compare(plan_bedarf(grundlagen()), plan_bedarf(grundlagen(places=houses(moved, HAUS_2, HAUS_3)))), 0
    )
    assert [(haus.area, haus.plaetze_alt, haus.plaetze_neu) for haus in part.haeuser] == [(0, 80, 0), (1, 0, 80)]


@given(
    POPULATIONS,
    POPULATIONS,
    dated_houses(),
    dated_houses(),
    st.sampled_from(["dauerpflege_anteil", "dauerpflege_heimquote"]),
)
@settings(max_examples=examples(25), deadline=None)
def test_the_steps_sum_to_the_whole_difference(now, later, before, after, regel) -> None:
    before, after = (replace(each, area=np.minimum(each.area, 1)) for each in (before, after))
    old = plan_bedarf(grundlagen(places=before))
    people = (pyramide(now), pyramide(later, tag=date(2030, 12, 31), quelle="neu"))
    new = plan_bedarf(grundlagen(people=people, places=after, regel=regel, quoten=HEIMQUOTEN))
    for part in compare(old, new).vergleiche:
        for groesse in Groesse:
            before, after = planvergleich.read_groesse(part.alt, groesse), planvergleich.read_groesse(part.neu, groesse)
            known = ~np.isnan(before) & ~np.isnan(after)
            steps = np.array([beitrag.change(groesse) for beitrag in part.beitraege])[:, known]
            passable = ~np.isnan(steps).any(axis=0)
            whole = (after - before)[known]
            assert steps.sum(axis=0)[passable] == pytest.approx(whole[passable], abs=1e-6)
        moved = sum((haus.plaetze_neu or 0) - (haus.plaetze_alt or 0) for haus in part.haeuser)
        assert moved == pytest.approx(np.nan_to_num(part.neu.angebot[-1]) - np.nan_to_num(part.alt.angebot[-1]))


def test_days_only_one_plan_has_are_told() -> None:
    change = compare(plan_bedarf(grundlagen()), plan_bedarf(grundlagen(ab=date(2027, 5, 1))))
    assert [part.tag.year for part in change.vergleiche] == [2028, 2028, 2029, 2029]
    assert change.nur_alt == tuple((date(2027, 12, 31), code) for code in VARIANTS)
    assert change.nur_neu == tuple((date(2030, 12, 31), code) for code in VARIANTS)


def test_variants_may_be_held_against_each_other() -> None:
    """The trend belongs to the rates, the limit by places to the rule."""
    old = plan_bedarf(grundlagen())
    new = plan_bedarf(grundlagen(variants=("status_quo", "trend_fallend")))
    change = compare(old, new, {"trend_fallend": "kapazitaet"})
    causes, part = by_cause(change, 1, "trend_fallend")
    assert part.alt.variante.code == "kapazitaet"
    assert causes[Ursache.PROGNOSE] == causes[Ursache.ANGEBOT] == (0, 0)
    assert causes[Ursache.REGEL][0] > 0, "whom the places left out counts again"
    whole = part.neu.bedarf[1] - part.alt.bedarf[1]
    assert sum(bedarf for bedarf, _ in causes.values()) == pytest.approx(whole)
    assert change.nur_neu == ()


def test_plans_of_other_kommunen_or_kinds_are_not_compared() -> None:
    planung = plan_bedarf(grundlagen())
    elsewhere = plan_bedarf(replace(grundlagen(), raum=replace(RAUM, kommunen=("05334002", "05334008"))))
    tagespflege = plan_bedarf(grundlagen(regel="tagespflege_vergleich", variants=("status_quo", "trend_fallend")))
    with pytest.raises(InvalidParameter, match="verschiedene Kommunen"):
        compare(planung, elsewhere)
    with pytest.raises(InvalidParameter, match="verschiedene Arten"):
        compare(planung, tagespflege)


# The Bestand of § 7 Abs. 4, apart


def of_art(places, **more):
    known = {"zugelassen": places, "betrieben": places, "bestaetigt": houses(), "bekannt": True, "plaetze": True}
    return Artbestand(**(known | more))


def test_the_bestand_table_holds_what_is_and_beside_it_what_is_expected() -> None:
    silent = houses(("5", 1, [("in_betrieb", None, None, None)]))
    nobody = replace(of_art(houses()), bekannt=False)
    kinds = {
        "pflege.dauerpflege": of_art(houses(HAUS_1, HAUS_2)),
        "pflege.hospiz": of_art(silent),
        "pflege.aua": nobody,
    }
    table = list(list_bestand(RAUM, kinds, STICHTAG))
    assert [
        (row["gebiet"], row["art"], row.get("angebote"), row.get("plaetze"), row.get("ohne_platzzahl")) for row in table
    ] == [
        ("05334002", "pflege.dauerpflege", 1, 80, 0),
        ("05334004", "pflege.dauerpflege", 0, 0, 0),
        ("05334", "pflege.dauerpflege", 1, 80, 0),
        ("05334002", "pflege.hospiz", 0, 0, 0),
        ("05334004", "pflege.hospiz", 1, None, 1),
        ("05334", "pflege.hospiz", 1, None, 1),
        ("05334002", "pflege.aua", None, None, None),
        ("05334004", "pflege.aua", None, None, None),
        ("05334", "pflege.aua", None, None, None),
    ]
    assert (table[0]["angebote_geplant"], table[0]["plaetze_geplant"], table[0]["plaetze_im_bau"]) == (1, 40, 0)
    assert (table[0]["plaetze_mit_bestaetigung"], table[0]["plaetze_ohne_bestaetigung"]) == (0, 40)
    assert {row["grund"] for row in table if row["art"] == "pflege.aua"} == {"keine_daten"}
    assert all(len(build_zeile(BESTANDSTAFEL, row)) == len(BESTANDSTAFEL) for row in table)


def test_what_is_expected_divides_into_what_is_confirmed_as_needed_and_what_is_not() -> None:
    """Haus 2 is planned with 40 places and confirmed; Haus 1 stands already, so that it counts in neither part."""
    confirmed = of_art(houses(HAUS_1, HAUS_2), bestaetigt=houses(HAUS_1, HAUS_2))
    (kommune, *_) = list_bestand(RAUM, {"pflege.dauerpflege": confirmed}, STICHTAG)
    assert (kommune["angebote_mit_bestaetigung"], kommune["plaetze_mit_bestaetigung"]) == (1, 40)
    assert (kommune["angebote_ohne_bestaetigung"], kommune["plaetze_ohne_bestaetigung"]) == (0, 0)


def test_a_report_begins_with_the_one_before() -> None:
    """From 2027 to 2029 Haus 2 was there already and Haus 3 went from 30 to 20."""
    kinds = {"pflege.dauerpflege": of_art(houses(HAUS_1, HAUS_2, HAUS_3))}
    *_, region = list_bestand(RAUM, kinds, date(2029, 12, 31))
    assert region["vergleich_stichtag"] == date(2027, 12, 31)
    assert (region["plaetze_vorher"], region["wegfall_abbau"], region["plaetze"]) == (150, 10, 140)
    assert find_berichtstag(date(2027, 3, 1)) == date(2025, 12, 31)
    assert find_berichtstag(date(2025, 12, 31)) == date(2025, 12, 31)
    assert find_berichtstag(date(2025, 12, 30)) == date(2023, 12, 31)


@pytest.mark.parametrize("day", [date(2024, 12, 31), date(2025, 12, 30), date(2013, 12, 31)])
def test_the_law_asks_for_other_days(day: date) -> None:
    with pytest.raises(InvalidParameter, match=r"31\.12\. jedes zweiten Jahres ab 2015"):
        list(list_bestand(RAUM, {}, day))


def test_only_some_statuses_may_count() -> None:
    careful = grundlagen()
    careful = replace(careful, annahmen=replace(careful.annahmen, gerechnet=(Status.GENEHMIGT, Status.IM_BAU)))
    kommune_a = rows(plan_bedarf(careful))[0]
    assert (kommune_a["angebot"], kommune_a["nicht_gerechnet"]) == (80, 40)
    change = compare(plan_bedarf(grundlagen()), plan_bedarf(careful))
    assert by_cause(change, 0)[1].haeuser[0].name == "Haus 2"
    assert DATEI.beschluss == ()
