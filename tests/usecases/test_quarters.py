"""Versorgungsquartiere in a village where every share can be counted on fingers."""

import shutil
from datetime import date

import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from usecases.strassendorf import KOMMUNE, S1, S2, STICHTAG, angebot, cells, row, rows, seen_by, state, village

from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.planning.quarter import WERT, Zustand
from infrastruktur.settings import Audience, Settings
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters, read_kriterien

HALVES = cells({300: 50, 690: 50, 1500: 100})
"""S 1 lives half at 300 m and half at 690 m, S 2 all at 1,500 m; 120 people of 75 and over in each."""
CHECKED = {"zuletzt_geprueft": STICHTAG}
TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein", **CHECKED)


def dienst(key: str, traeger: str, **attribute: str | bool):
    return angebot(key, "pflege.ambulant", 100, traeger=traeger, attribute=attribute, **CHECKED)


def judge(context, **frage):
    return judge_quarters(context, Quartierfrage(**frage))


def of(context, kriterium: str, gebiet: str = S1, **frage):
    return row(judge(context, kriterium=kriterium, **frage), gebiet=gebiet)


def test_a_criterion_counts_whom_a_target_counts(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        s1, s2 = of(context, "begegnung"), of(context, "begegnung", S2)
        covered = row(assess_coverage(context, CoverageFrage(ziel="begegnung")), gebiet=S1)
    # 90 people of 75 to 84 all reach it, of 30 people of 85+ the half at 300 m: 105 of 120 are 87.5 %.
    assert s1["erreicht"] == pytest.approx(105) == pytest.approx(covered["erreicht"])
    assert (s1["zustand"], s1["bis_zum_ziel"]) == ("erfuellt", 0)
    assert (s2["zustand"], s2["bis_zum_ziel"], s2["ohne_zugang"]) == ("nicht_erfuellt", 84, pytest.approx(120))
    assert s1["satz_status"] == "Arbeitswert, nicht beschlossen"
    assert (s1["kriteriensatz"], s1["version"], s1["satz_variante"]) == ("vq-aachen-entwurf-1", 1, "staedtisch")


def test_slower_and_faster_walkers_stand_beside(store_settings):
    """One profile slower, 75 to 84 reach 625 m: only those at 300 m are left, 60 of 120 are partly. Faster, all are."""
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        s1 = of(context, "begegnung")
    assert (s1["zustand"], s1["zustand_langsamer"], s1["zustand_schneller"]) == ("erfuellt", "teilweise", "erfuellt")


def test_a_sentence_says_what_a_planner_would_say(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        said = of(context, "begegnung", S2)["aussage"]
    assert said == (
        "S 2 · Begegnung (Quartierszentrum): Nicht erfüllt; 0 % der 120 Personen 75+ erreichen mindestens ein Angebot "
        "in höchstens 15 Minuten zu Fuß (Ziel mindestens 70 %). Lücke: 84 Personen. Nächstes Angebot für die Übrigen: "
        "Treff, 31 Minuten. Stand 31.12.2025, Kriteriensatz vq-aachen-entwurf-1 Version 1 "
        "(Arbeitswert, nicht beschlossen). Daten: 0 von 1 Angeboten seit mehr als 12 Monaten ungeprüft."
    )


def test_what_nobody_has_checked_is_not_judged_but_counted(store_settings):
    stale = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein", zuletzt_geprueft=date(2024, 12, 30))
    with village(store_settings, (stale,), (HALVES,)) as context:
        s1 = of(context, "begegnung")
    assert (s1["zustand"], s1["grund"]) == ("nicht_bewertbar", "ungeprueft")
    assert (s1["erreicht"], s1["angebote"], s1["ungeprueft"]) == (pytest.approx(105), 1, 1)
    assert s1["zustand_langsamer"] is None


def test_a_statement_rests_on_what_is_reached_or_nearest_and_on_nothing_else(store_settings):
    """S 1 reaches the Treff in the west; in the east is another, unchecked, nearer to S 2, which reaches neither."""
    stale = angebot("Alt", "quartier.seniorentreff", 2600, traeger="Stadt", zuletzt_geprueft=date(2020, 1, 1))
    with village(store_settings, (TREFF, stale), (HALVES,)) as context:
        s1, s2 = of(context, "begegnung"), of(context, "begegnung", S2)
    assert (s1["angebote"], s1["ungeprueft"], s1["zustand"]) == (1, 0, "erfuellt")
    assert (s2["angebote"], s2["ungeprueft"], s2["zustand"]) == (1, 1, "nicht_bewertbar")
    assert s2["bis_zum_ziel"] == 84, "how many it would be is said all the same"


def test_what_is_imported_is_as_old_as_its_list(store_settings):
    shop = angebot("Laden", "alltag.lebensmittel", 300, traeger="Laden", stand=STICHTAG)
    people = cells({300: 50, 690: 50, 1500: 100}, merkmal="ab65", quelle="zensus")
    with village(store_settings, (shop,), (people,)) as context:
        assert of(context, "lebensmittel")["zustand"] == "erfuellt", "all of S 1 live within 390 m"


def test_the_softer_metres_make_partly(store_settings):
    """From 690 m it is 960 m to the shop: nobody of S 1 reaches it within 500 m, nine of ten within 1,000 m."""
    shop = angebot("Laden", "alltag.lebensmittel", 1650, traeger="Laden", stand=STICHTAG)
    people = cells({300: 10, 690: 90, 1500: 100}, merkmal="ab65", quelle="zensus")
    with village(store_settings, (shop,), (people,)) as context:
        s1, s2 = of(context, "lebensmittel"), of(context, "lebensmittel", S2)
    assert (s1["erreicht"], s1["zustand"]) == (0, "teilweise")
    assert s2["zustand"] == "erfuellt"


def test_one_flat_in_the_area_makes_partly(store_settings):
    flat = angebot("Wohnen", "pflege.servicewohnen", 2800, traeger="Verein", **CHECKED)
    with village(store_settings, (flat,), (HALVES,)) as context:
        s1, s2 = of(context, "wohnen"), of(context, "wohnen", S2)
    assert (s1["zustand"], s2["zustand"]) == ("nicht_erfuellt", "teilweise")
    assert s2["erreicht"] == 0


# By Einsatzgebiet


def test_two_traeger_that_come_here_are_a_choice(store_settings):
    services = (dienst("A", "eins", einsatzgebiet=S1), dienst("B", "zwei", einsatzgebiet=f"{S1}; {S2}"))
    with village(store_settings, services, (HALVES,)) as context:
        s1, s2 = of(context, "ambulant"), of(context, "ambulant", S2)
        dorf = of(context, "ambulant", KOMMUNE)
    assert (s1["zustand"], s1["erreicht"], s1["ohne_zugang"]) == ("erfuellt", pytest.approx(120), 0)
    assert (s2["zustand"], s2["erreicht"], s2["bis_zum_ziel"]) == ("teilweise", 0, 114)
    assert dorf["erreicht"] == pytest.approx(120), "a Kommune is the people of its Sozialräume"


def test_a_service_that_takes_nobody_is_no_choice(store_settings):
    open_ = dienst("A", "eins", einsatzgebiet=KOMMUNE)
    from_now, from_tomorrow = (
        dienst("B", "zwei", einsatzgebiet=KOMMUNE, aufnahmestopp_seit=day) for day in ("2025-12-31", "2026-01-01")
    )
    with village(store_settings, (open_, from_now), (HALVES,)) as context:
        assert of(context, "ambulant")["zustand"] == "teilweise"
        state(context, open_, from_tomorrow)
        assert of(context, "ambulant")["zustand"] == "erfuellt", "on the day before it still takes people"


def test_who_does_not_say_where_he_comes_is_neither_there_nor_not(store_settings):
    services = (dienst("A", "eins", einsatzgebiet=KOMMUNE), dienst("B", "zwei"))
    with village(store_settings, services, (HALVES,)) as context:
        s1 = of(context, "ambulant")
    assert (s1["zustand"], s1["grund"], s1["ohne_aussage"]) == ("nicht_bewertbar", "keine_daten", pytest.approx(120))


def test_24_hours_count_only_where_somebody_says_so(store_settings):
    day_only = dienst("A", "eins", einsatzgebiet="05334", rufbereitschaft_24h=False)
    silent = dienst("B", "zwei", einsatzgebiet=KOMMUNE)
    night = dienst("C", "drei", einsatzgebiet=S2, rufbereitschaft_24h=True)
    with village(store_settings, (day_only,), (HALVES,)) as context:
        assert of(context, "sicherheit_24h")["zustand"] == "nicht_erfuellt"
        state(context, day_only, silent)
        assert of(context, "sicherheit_24h")["grund"] == "keine_daten"
        state(context, day_only, silent, night)
        assert of(context, "sicherheit_24h")["zustand"] == "nicht_bewertbar"
        assert of(context, "sicherheit_24h", S2)["zustand"] == "erfuellt"


def test_who_visits_stands_beside_and_fulfils_nothing(store_settings):
    visits = angebot(
        "Besuch", "quartier.seniorentreff", 3900, traeger="Verein", **CHECKED,
        attribute={"aufsuchend": True, "einsatzgebiet": S1},
    )  # fmt: skip
    with village(store_settings, (visits,), (HALVES,)) as context:
        s1, s2 = of(context, "begegnung"), of(context, "begegnung", S2)
    assert (s1["zustand"], s1["aufsuchend"], s2["aufsuchend"]) == ("nicht_erfuellt", 1, 0)


# What cannot be judged


def test_a_timetable_nobody_has_is_no_guess(store_settings):
    halt = angebot("Halt", "alltag.haltestelle", 300, stand=STICHTAG)
    with village(store_settings, (halt, angebot("B", "beratung.pflege", 0)), (HALVES,)) as context:
        for kriterium in ("haltestelle", "beratung_pflege"):
            found = of(context, kriterium)
            assert (found["zustand"], found["grund"], found["personen"]) == ("nicht_bewertbar", "kein_fahrplan", None)


def test_a_kind_the_catalogue_does_not_know_is_silence_and_no_nought(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        found = of(context, "tagespflege")
    assert (found["zustand"], found["grund"]) == ("nicht_bewertbar", "keine_daten")


# Profile


def test_a_profile_puts_what_is_missing_first(store_settings):
    services = (TREFF, dienst("A", "eins", einsatzgebiet=S1), dienst("B", "zwei", einsatzgebiet=S1))
    with village(store_settings, services, (HALVES,)) as context:
        profile = rows(judge(context, index=True), gebiet=S2)
    assert [each["platz"] for each in profile] == list(range(1, 15))
    order = ["nicht_erfuellt", "teilweise", "nicht_bewertbar", "erfuellt"]
    assert [each["zustand"] for each in profile] == sorted((e["zustand"] for e in profile), key=order.index)
    assert profile[0]["kriterium"] == "ambulant", "weight 3 before weight 2"
    judged = [each for each in profile if each["zustand"] != "nicht_bewertbar"]
    counted = sum(each["gewicht"] * WERT[Zustand(each["zustand"])] for each in judged)
    assert profile[0]["index_prozent"] == pytest.approx(100 * counted / sum(each["gewicht"] for each in judged))


def test_the_index_is_only_there_when_asked_for(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        assert {each["index_prozent"] for each in judge(context).records()} == {None}


def test_a_criterion_keeps_the_place_it_has_in_the_whole_profile(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        whole = row(judge(context), gebiet=S1, kriterium="begegnung")
        assert rows(judge(context, kriterium="begegnung"), gebiet=S1) == [whole]


# Sets


def test_an_installation_has_sets_of_its_own(store_settings):
    own = store_settings.home / "kriterien.toml"
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        shipped = read_kriterien(context)
        own.write_text(OWN, encoding="utf-8")
        codes = [satz.code for satz in read_kriterien(context)]
        assert codes == ["eigen", *(satz.code for satz in shipped)]
        assert {each["kriteriensatz"] for each in judge(context).records()} == {"eigen"}, "the own set is the first"
        assert row(judge(context), gebiet=S1)["satz_status"].startswith("Beschluss vom 01.03.2026")
        other = judge(context, kriteriensatz="vq-aachen-entwurf-1")
        assert {each["kriteriensatz"] for each in other.records()} == {"vq-aachen-entwurf-1"}
        with pytest.raises(NotFound, match="Bekannt sind: eigen, vq-aachen-entwurf-1"):
            judge(context, kriteriensatz="keiner")


OWN = """
[[kriteriensatz]]
code = "eigen"
version = 3
variante = "alle"
titel = "Eigener Satz"
quelle = "Beschluss"
autor = "A58"
stand = 2026-01-01

  [kriteriensatz.beschluss]
  am = 2026-03-01
  gremium = "Rat"
  fundstelle = "Vorlage 7"

  [[kriteriensatz.kriterium]]
  code = "treff"
  titel = "Treff in 15 Minuten"
  arten = ["quartier.seniorentreff"]
  modus = "zu_fuss"
  max_minuten = 15
  altersgruppe = "ab75"
  anteil_prozent = 80
  gewicht = 1
  grundlage = "Beschluss"
"""


def test_another_variant_may_be_asked_for(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        country = of(context, "begegnung", S2, variante="laendlich")
        assert (country["modus"], country["satz_variante"]) == ("pkw", "laendlich")
        with pytest.raises(InvalidParameter, match="Möglich sind: staedtisch, laendlich"):
            judge(context, variante="maritim")


# Secrecy


def test_a_state_is_hidden_with_the_numbers_it_follows_from(store_settings):
    few = cells({300: 95, 690: 5, 1500: 100})
    with village(store_settings, (TREFF,), (few,)) as context:
        staff = of(context, "begegnung")
        public = of(seen_by(context, Audience.PUBLIC), "begegnung")
    assert 0 < staff["ohne_zugang"] < 10
    assert (public["erreicht"], public["ohne_zugang"], public["zustand"]) == (None, None, "nicht_bewertbar")
    assert (public["grund"], public["zustand_langsamer"], public["naechstes_angebot"]) == ("geheim", None, None)
    assert "geheim" in public["aussage"]
    assert str(round(staff["erreicht"])) not in public["aussage"]


def test_what_is_shown_of_a_criterion_is_what_is_shown_of_the_target(store_settings):
    few = cells({300: 95, 690: 5, 1500: 100})
    with village(store_settings, (TREFF,), (few,), audience=Audience.PUBLIC) as context:
        covered = assess_coverage(context, CoverageFrage(ziel="begegnung"))
        for gebiet in (S1, S2, KOMMUNE):
            left, right = of(context, "begegnung", gebiet), row(covered, gebiet=gebiet)
            assert [left[name] for name in ("personen", "erreicht", "ohne_zugang", "ohne_aussage")] == [
                right[name] for name in ("personen", "erreicht", "nicht_erreicht", "ohne_aussage")
            ]


# Law

PLACES = st.floats(0, 4000)
KINDS = st.sampled_from(["quartier.seniorentreff", "pflege.servicewohnen", "pflege.ambulant", "alltag.hausarzt"])


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory, geopackage_template):
    """Give a way to make the settings of an empty catalogue, a new one at each call."""

    def make() -> Settings:
        home = tmp_path_factory.mktemp("home")
        shutil.copyfile(geopackage_template, Settings(home=home).catalogue)
        return Settings(home=home)

    return make


@settings(max_examples=examples(8), deadline=None)
@given(before=st.lists(st.tuples(KINDS, PLACES), min_size=1, max_size=4), more=st.tuples(KINDS, PLACES))
def test_with_one_more_angebot_no_state_gets_worse(empty_home, before, more):
    def build(number, kind, at):
        served = {"einsatzgebiet": "05334", "rufbereitschaft_24h": True}
        return angebot(f"{number}", kind, at, traeger=f"Träger {number}", stand=STICHTAG, attribute=served, **CHECKED)

    stated = tuple(build(number, *each) for number, each in enumerate(before))
    with village(empty_home(), stated, (HALVES,)) as context:
        old = {(each["gebiet"], each["kriterium"]): each["zustand"] for each in judge(context).records()}
        state(context, build(99, *more))
        new = {(each["gebiet"], each["kriterium"]): each["zustand"] for each in judge(context).records()}
    for key, zustand in old.items():
        if zustand != "nicht_bewertbar":
            assert WERT[Zustand(new[key])] >= WERT[Zustand(zustand)], key
