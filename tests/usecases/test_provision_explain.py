"""How a Versorgungsquote came about: every number of the table computed again from what it names."""

import msgspec
import pytest
from litestar.testing import TestClient
from usecases.stolberg import HAUS_A, MONSCHAU, REGION, S03A, S03B, STOLBERG, heim, stolberg
from usecases.strassendorf import rows, seen_by, state
from usecases.test_bedarf import towns

from infrastruktur.app import create_app
from infrastruktur.domain.angebot import Kapazitaet
from infrastruktur.domain.errors import NotAssessable, NotFound
from infrastruktur.domain.herleitung import Rechnung, list_eingaben, write_rechenweg
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.explain_provision import Wertart, explain_provision

COUNTED = msgspec.structs.replace(
    HAUS_A,
    kapazitaeten=(
        *HAUS_A.kapazitaeten,
        *(
            Kapazitaet(groesse=name, wert=wert)
            for name, wert in (("platztage_belegt", 27_000), ("platztage_verfuegbar", 29_200))
        ),
    ),
)


def test_every_figure_and_its_second_value_follow_from_what_they_name(store_settings):
    """All indicators, levels and areas of a region with a register by sex, so need is known too."""
    with towns(store_settings) as context:
        state(context, COUNTED)
        state(context, heim("Haus C", 700))
        table = rows(assess_provision(context))
        stated = [(each, wert) for each in table for wert in Wertart if each[wert.value] is not None]
        for each, wert in stated:
            found = explain_provision(context, each["indicator"], each["gebiet"], wert=wert)
            assert found.wert == pytest.approx(each[wert.value]), (each["indicator"], each["gebiet"])
            assert msgspec.to_builtins(found), "numbers of numpy are no JSON"
    explained = {(each["indicator"], wert) for each, wert in stated}
    needed = ("vq_dp75", "vq_tp75", "vq_dppb", "ausl_dp", "vg_dp_anteil", "saldo_dp_anteil", "saldo_tp_vergleich")
    assert {(code, Wertart.WERT) for code in needed} <= explained
    assert ("vq_tp75", Wertart.OHNE_HEIME) in explained


def test_who_lives_in_a_home_is_what_the_home_says(store_settings):
    stated = (*HAUS_A.kapazitaeten, Kapazitaet(groesse="bewohner", wert=60))
    with stolberg(store_settings) as context:
        state(context, msgspec.structs.replace(HAUS_A, kapazitaeten=stated))
        found = explain_provision(context, "vq_dp80", S03A, wert=Wertart.OHNE_HEIME)
    assert found.wert == pytest.approx(100 * 80 / (300 - 60 * 124_015 / 169_213))
    assert ("Haus A", 60) in [(each.name, each.wert) for each in list_eingaben(found)]
    assert msgspec.to_builtins(found), "numbers of numpy are no JSON"


def test_golden_19_56_from_three_homes_and_eight_bands(store_settings):
    with stolberg(store_settings) as context:
        found = explain_provision(context, "vq_dp80", STOLBERG)
    inputs = {each.name: (each.wert, each.quelle) for each in list_eingaben(found)}
    assert found.rechnung is Rechnung.QUOTIENT
    assert inputs["Haus A"][0] == 80
    assert inputs["Haus A"][1].startswith("Katalog, Angebot ")
    assert [wert for name, (wert, quelle) in inputs.items() if quelle == "register"] == [160, 90, 50, 70, 30, 9]
    assert next(iter(write_rechenweg(found))).startswith(
        "Dauerpflegeplätze je 100 Personen 80+ = 19,5599022 Plätze je 100 Personen 80+ = 8000 ÷ 409"
    )


def test_a_house_without_a_number_is_named_beside_the_lower_bound(store_settings):
    with stolberg(store_settings, heim("Haus C", 700)) as context:
        lines = "\n".join(write_rechenweg(explain_provision(context, "vq_dp80", S03A)))
    assert "! mindestens; ohne Angabe: Haus C" in lines


def test_the_public_recomputes_from_what_is_published_and_no_further(store_settings):
    with towns(store_settings) as context:
        public = seen_by(context, Audience.PUBLIC)
        found = explain_provision(public, "vq_dp75", REGION)
        shown = {each["gebiet"]: each for each in rows(assess_provision(public, indicator="vq_dp75"))}
        hidden = [gebiet for gebiet, each in shown.items() if each["grund"] == "geheim"]
        for gebiet in hidden:
            with pytest.raises(NotAssessable, match="geheim"):
                explain_provision(public, "vq_dp75", gebiet)
        for code in ("vq_dppb", "saldo_dp_anteil"):
            with pytest.raises(NotAssessable, match="nur der Verwaltung"):
                explain_provision(public, code, REGION)
    people = [each for each in list_eingaben(found) if each.einheit == "Personen"]
    assert [each.wert for each in people] == [shown[REGION]["nenner"]], "one number, which the table shows"
    assert found.wert == pytest.approx(shown[REGION]["wert"], abs=0.005)


def test_what_nobody_lives_at_or_knows_is_no_figure(store_settings):
    with stolberg(store_settings) as context:
        with pytest.raises(NotAssessable, match="keine_bevoelkerung"):
            explain_provision(context, "vq_dp80", MONSCHAU)
        with pytest.raises(NotFound, match="05334999"):
            explain_provision(context, "vq_dp80", "05334999")
        with pytest.raises(NotFound, match="vq_amb"):
            explain_provision(context, "vq_amb", S03B)


def test_it_is_asked_by_http(store_settings):
    path = f"/planning/provision/explain?indicator=vq_dp80&gebiet={STOLBERG}"
    with stolberg(store_settings) as context:
        staff = seen_by(context, Audience.STAFF).settings
        with TestClient(create_app(staff)) as client:
            answer = client.get(path).json()
            without = client.get(f"{path}&wert=wert_ohne_einrichtungsbevoelkerung").json()
            lacking = client.get(f"/planning/provision/explain?gebiet={STOLBERG}")
            empty = client.get(f"/planning/provision/explain?indicator=vq_dp80&gebiet={MONSCHAU}")
    assert answer["herleitung"]["wert"] == pytest.approx(100 * 80 / 409)
    assert answer["rechenweg"][0].startswith("Dauerpflegeplätze je 100 Personen 80+")
    assert answer["zelle"]["indicator"] == "vq_dp80"
    assert without["herleitung"]["wert"] > answer["herleitung"]["wert"]
    assert (lacking.status_code, empty.status_code) == (400, 409)
