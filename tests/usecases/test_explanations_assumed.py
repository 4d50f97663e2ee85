"""What a scenario assumes and what somebody draws is explained as the catalogue is, with who states each part."""

from datetime import date

import pytest
import shapely
from usecases.strassendorf import (
    KOMMUNE,
    S1,
    S2,
    STICHTAG,
    STREET_Y,
    WEST,
    angebot,
    cells,
    places,
    row,
    seen_by,
    village,
)
from usecases.test_bedarf import ANTEIL, FIRST, SECOND, towns
from usecases.test_explanations import check
from usecases.test_scenario import punkt, treff, under

from infrastruktur.domain.errors import InvalidParameter, NotAssessable
from infrastruktur.domain.flaeche import Flaeche
from infrastruktur.domain.herleitung import list_eingaben, write_rechenweg
from infrastruktur.domain.szenario import Bemessen, Bevoelkern, Hinzufuegen, Schliessen
from infrastruktur.planning.nachweis import PLATZZAHLEN, Nebenzahl
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_flaeche import assess_flaeche
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.explain_bestand import Bestandszahl, explain_bestand
from infrastruktur.usecases.explain_coverage import explain_coverage
from infrastruktur.usecases.explain_flaeche import explain_flaeche
from infrastruktur.usecases.explain_gaps import Luecke, explain_gap
from infrastruktur.usecases.explain_provision import explain_provision
from infrastruktur.usecases.explain_quarter import Quartierzahl, explain_quarter
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.plan_bedarf import Zelle, explain_bedarf, plan_bedarf
from infrastruktur.usecases.take_bestand import take_bestand

CHECKED = date(2025, 11, 3)
TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein", zuletzt_geprueft=CHECKED, stand=STICHTAG)
HEIM = angebot("Heim", "pflege.dauerpflege", 400, traeger="Stadt", kapazitaeten=places(30))
HALVES = cells({300: 50, 690: 50, 1500: 100})
MITTE = Flaeche(shapely.box(WEST + 200, STREET_Y - 300, WEST + 1600, STREET_Y + 300))
"""Holds all cells: half of S1 at 300 m, half at 690 m, and all of S2 at 1,500 m."""


@pytest.fixture
def dorf(store_settings):
    with village(store_settings, (TREFF, HEIM), (HALVES,)) as context:
        yield context


def test_each_angebot_names_its_source_and_the_day_somebody_checked_it(dorf):
    counted = explain_bestand(dorf, TREFF.art, S1)
    (treff_here,) = list_eingaben(counted)
    assert treff_here.quelle == f"Katalog, Angebot {TREFF.id}, Quelle gezeichnet, Stand 31.12.2025, geprüft 03.11.2025"
    (heim_here,) = list_eingaben(explain_bestand(dorf, HEIM.art, S1, zahl=Bestandszahl.PLAETZE_ZUGELASSEN))
    assert heim_here.quelle.endswith("Quelle gezeichnet, Stand unbekannt, geprüft nie")


def test_a_ratio_under_a_scenario_follows_from_what_is_assumed(dorf):
    after = under(
        dorf,
        Bemessen(angebot=HEIM.id, kapazitaet=45.0),
        Hinzufuegen(art="pflege.dauerpflege", punkt=punkt(1500), kapazitaet=15.0, name="Neues Heim"),
        Bevoelkern(gebiet=S1, altersgruppe="ab80", faktor=1.5),
    )
    stated = row(assess_provision(after, indicator="vq_dp80"), gebiet=KOMMUNE)["wert"]
    explained = explain_provision(after, "vq_dp80", KOMMUNE)
    check(explained, stated)
    assert stated == pytest.approx(100 * 60 / 150)
    assumed = [leaf.name for leaf in list_eingaben(explained) if leaf.quelle.startswith("Annahme eines Szenarios")]
    assert assumed == ["Heim", "Neues Heim"]
    assert any("mit Annahmen eines Szenarios" in leaf.quelle for leaf in list_eingaben(explained))


def test_reach_and_gaps_under_a_scenario_follow_from_its_people(dorf):
    after = under(dorf, treff(1500), Bevoelkern(gebiet=S2, altersgruppe="ab75", faktor=2.0))
    stated = row(assess_coverage(after, CoverageFrage(ziel="begegnung")), gebiet=KOMMUNE)
    check(explain_coverage(after, CoverageFrage(ziel="begegnung"), KOMMUNE), stated["anteil_prozent"])
    gap = row(find_gaps(after, ziel="begegnung"), gebiet=KOMMUNE)
    for zahl in set(Luecke) - {Luecke.NAECHSTE_METER}:
        check(explain_gap(after, "begegnung", KOMMUNE, zahl=zahl), gap[zahl])
    records = explain_quarter(after, Quartierfrage(kriterium="begegnung"), S2, zahl=Quartierzahl.ANGEBOTE)
    assert any("Annahme eines Szenarios" in leaf.quelle for leaf in list_eingaben(records))


def test_a_difference_names_the_angebote_of_both_days(dorf):
    closed = under(dorf, Schliessen(angebot=HEIM.id))
    table = take_bestand(closed, vergleich=STICHTAG)
    stated = row(table, gebiet=S1, art=HEIM.art)
    for zahl in (Bestandszahl.ANGEBOTE_DIFFERENZ, Bestandszahl.PLAETZE_DIFFERENZ):
        check(explain_bestand(closed, HEIM.art, S1, zahl=zahl, vergleich=STICHTAG), stated[zahl])
    assert (stated["angebote_differenz"], stated["plaetze_differenz"]) == (-1, -30)
    with pytest.raises(InvalidParameter, match="verglichen"):
        explain_bestand(dorf, HEIM.art, S1, zahl=Bestandszahl.PLAETZE_DIFFERENZ)


# Drawn areas


def test_what_is_drawn_is_explained_by_the_sozialraeume_it_takes_people_from(dorf):
    key = MITTE.schluessel
    stated = row(assess_coverage(dorf, CoverageFrage(ziel="begegnung", flaeche=MITTE)), gebiet=key)
    explained = explain_coverage(dorf, CoverageFrage(ziel="begegnung", flaeche=MITTE), key)
    check(explained, stated["anteil_prozent"])
    assert stated["personen"] == pytest.approx(240)
    gaps = find_gaps(dorf, ziel="begegnung", flaeche=MITTE)
    for zahl in set(Luecke) - {Luecke.NAECHSTE_METER}:
        check(explain_gap(dorf, "begegnung", key, zahl=zahl, flaeche=MITTE), row(gaps, gebiet=key)[zahl])
    profile = judge_quarters(dorf, Quartierfrage(kriterium="begegnung", flaeche=MITTE))
    for zahl in (Quartierzahl.OHNE_ZUGANG, Quartierzahl.ANGEBOTE):
        check(
            explain_quarter(dorf, Quartierfrage(kriterium="begegnung", flaeche=MITTE), key, zahl=zahl),
            row(profile, gebiet=key)[zahl],
        )


def test_half_an_area_is_explained_by_half_its_people(dorf):
    west = Flaeche(shapely.box(WEST + 200, STREET_Y - 300, WEST + 500, STREET_Y + 300))
    explained = explain_coverage(dorf, CoverageFrage(ziel="begegnung", flaeche=west), west.schluessel)
    check(explained, row(assess_coverage(dorf, CoverageFrage(ziel="begegnung", flaeche=west)))["anteil_prozent"])
    everybody = explained.teile[1]
    assert everybody.wert == pytest.approx(60)


def test_a_ratio_of_a_drawn_area_names_what_stands_in_it(dorf):
    seen = 0
    for each in assess_flaeche(dorf, MITTE).records():
        if each["wert"] is None:
            with pytest.raises(NotAssessable):
                explain_flaeche(dorf, MITTE, each["indicator"])
            continue
        check(explain_flaeche(dorf, MITTE, each["indicator"]), each["wert"])
        seen += 1
    assert seen


def test_the_public_gets_no_explanation_of_what_is_drawn(dorf):
    public = seen_by(dorf, Audience.PUBLIC)
    for explain in (
        lambda: explain_coverage(public, CoverageFrage(ziel="begegnung", flaeche=MITTE), MITTE.schluessel),
        lambda: explain_gap(public, "begegnung", MITTE.schluessel, flaeche=MITTE),
        lambda: explain_quarter(public, Quartierfrage(kriterium="begegnung", flaeche=MITTE), MITTE.schluessel),
        lambda: explain_flaeche(public, MITTE, "vq_beg"),
    ):
        with pytest.raises(InvalidParameter, match="Verwaltung"):
            explain()


# Plans


@pytest.mark.parametrize("groesse", Nebenzahl)
def test_every_number_beside_a_plan_names_its_houses_or_people(store_settings, groesse):
    with towns(store_settings) as context:
        seen = 0
        for each in plan_bedarf(context, regel=ANTEIL).records():
            if each[groesse] is None:
                continue
            zelle = Zelle(each["gebiet"], ANTEIL, each["tag"], each["variante"], groesse)
            check(explain_bedarf(context, zelle), each[groesse])
            seen += bool(each[groesse])
            if groesse in PLATZZAHLEN:
                public = explain_bedarf(seen_by(context, Audience.PUBLIC), zelle)
                assert public.wert == pytest.approx(each[groesse])
        planned = explain_bedarf(context, Zelle("05334032", ANTEIL, SECOND, "status_quo", Nebenzahl.ZUGANG_GEPLANT))
        first = explain_bedarf(context, Zelle("05334032", ANTEIL, FIRST, "status_quo", Nebenzahl.OHNE_TERMIN))
    assert list(write_rechenweg(planned))[1].startswith("  Haus B = 40 Plätze = 40 − 0")
    assert first.wert == 40
    shown = {Nebenzahl.OHNE_PLATZ, Nebenzahl.VERSORGUNGSGRAD, Nebenzahl.BESTAND_STICHTAG, Nebenzahl.ZUGANG_GEPLANT}
    assert seen or groesse not in shown
