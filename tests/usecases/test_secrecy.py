"""What the public may combine: ranks, nested age groups, questions of one's own, and what only staff may count."""

import msgspec
import pytest
from usecases.strassendorf import S1, S2, STICHTAG, angebot, cells, people, row, seen_by, state, village

from infrastruktur.domain.angebot import Kapazitaet
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.tabelle import Herkunft, Tabelle, build_zeile
from infrastruktur.planning.columns import GAPS
from infrastruktur.planning.disclosure import protect
from infrastruktur.settings import Audience
from infrastruktur.usecases import publish_table
from infrastruktur.usecases.assess_coverage import CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_provision import assess_provision

TREFF = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein")
BOTH = cells({300: 50, 690: 50, 1500: 100})
PUBLIC = {"audience": Audience.PUBLIC}


def counted(*numbers: dict[str, float]):
    """State for S 1 and S 2 how many there are of each band."""
    first = next(iter(people((S1,))))
    for raum, bands in zip((S1, S2), numbers, strict=True):
        for gruppe, personen in bands.items():
            yield msgspec.structs.replace(first, raum=raum, gruppe=gruppe, personen=personen)


def test_nested_age_groups_never_give_away_the_few_between_them(store_settings):
    register = tuple(counted({"75bis79": 4.0, "ab80": 116.0}, {"75bis79": 90.0, "ab80": 30.0}))
    with village(store_settings, (TREFF,), (BOTH,), register, **PUBLIC) as context:
        table = assess_provision(context)
    for raum in (S1, S2):
        ab75 = row(table, gebiet=raum, indicator="vq_dp75")["nenner"]
        ab80 = row(table, gebiet=raum, indicator="vq_dp80")["nenner"]
        assert ab75 == 120
        assert ab80 is None, "120 less 116 are the 4 people of 75 to 79; S 2 would give S 1 away"


def test_a_reader_cannot_cut_the_ages_finer_than_the_figures_do(store_settings):
    asked = CoverageFrage(art="quartier.seniorentreff", modus="zu_fuss", max_minuten=15, altersgruppe="85bis89")
    with village(store_settings, (TREFF,), (BOTH,)) as context:
        assert row(assess_coverage(context, asked), gebiet=S1)["personen"] == pytest.approx(20)
    with (
        village(store_settings, (TREFF,), (BOTH,), **PUBLIC) as context,
        pytest.raises(InvalidParameter, match="ab75"),
    ):
        assess_coverage(context, asked)


def test_a_question_of_ones_own_hides_what_the_tables_hide(store_settings):
    register = tuple(counted({"75bis79": 4.0, "ab80": 116.0}, {"75bis79": 90.0, "ab80": 30.0}))
    asked = CoverageFrage(art="quartier.seniorentreff", modus="zu_fuss", max_minuten=15, altersgruppe="ab80")
    with village(store_settings, (TREFF,), (BOTH,), register, **PUBLIC) as context:
        table = assess_coverage(context, asked)
    assert {each["altersgruppe"] for each in table.records()} == {"ab80"}
    assert [row(table, gebiet=raum)["personen"] for raum in (S1, S2)] == [None, None]


def test_ranks_do_not_place_a_gap_that_is_hidden():
    """Between 66 and 69 missing people there would be a rank to spare, and 68 with it."""

    def area(number, erreicht, missing, rank):
        known = {
            "ebene": "sozialraum",
            "gebiet": f"05334032-S{number:02d}",
            "ziel": "begegnung",
            "altersgruppe": "ab75",
        }
        counts = {"personen": 300.0, "erreicht": erreicht, "ohne_zugang": 300.0 - erreicht, "ohne_aussage": 0.0}
        ranks = {"bis_zum_ziel": missing, "rang_personen": rank, "rang_anteil": rank}
        return build_zeile(GAPS, {**known, **counts, **ranks})

    stated = (area(1, 141.0, 69.0, 1), area(2, 4.0, 68.0, 2), area(3, 144.0, 66.0, 3), area(4, 144.0, 66.0, 3))
    whole = Tabelle(name="gaps", spalten=GAPS, zeilen=stated, herkunft=Herkunft(titel="Lücken", stichtag=STICHTAG))
    shown = protect(whole).records()
    assert [each["rang_personen"] for each in shown] == [1, None, 2, 2]
    assert [each["rang_anteil"] for each in shown] == [1, None, 2, 2]


def test_r14_what_only_staff_may_count_is_no_nought_in_public(store_settings):
    hours = (Kapazitaet(groesse="vzae", wert=2.0),)
    secret = angebot("Schutz", "beratung.gewaltschutz", 300, kapazitaeten=hours, vertraulich=True)
    everybody = tuple(counted({"alle": 500.0}, {"alle": 500.0}))
    asked = {"indicator": "vq_ber_gewaltschutz"}
    with village(store_settings, (secret,), (BOTH,), everybody) as context:
        assert row(assess_provision(context, **asked))["zaehler"] == 2
    with village(store_settings, (secret,), (BOTH,), everybody, **PUBLIC) as context:
        stated = row(assess_provision(context, **asked))
    assert (stated["wert"], stated["zaehler"], stated["grund"]) == (None, None, "keine_daten")
    assert stated["stichtag_zaehler"] == STICHTAG


def test_a_table_is_protected_once_and_anew_when_it_says_something_else(store_settings, monkeypatch):
    protected = []

    def count(table):
        protected.append(table)
        return protect(table)

    monkeypatch.setattr(publish_table, "protect", count)
    asked = CoverageFrage(art="quartier.seniorentreff", modus="zu_fuss", max_minuten=15, altersgruppe="ab75")
    with village(store_settings, (TREFF,), (BOTH,), **PUBLIC) as context:
        first = assess_coverage(context, asked)
        assert assess_coverage(context, asked).zeilen == first.zeilen
        assert assess_coverage(context, msgspec.structs.replace(asked, ebene="kommune")).zeilen
        assert len(protected) == 1
        state(context, angebot("Treff", "quartier.seniorentreff", 3900, traeger="Verein"))
        moved = assess_coverage(context, asked)
        assert len(protected) == 2
        staff = assess_coverage(seen_by(context, Audience.STAFF), asked)
        assert len(protected) == 2
    assert row(first, gebiet=S1)["erreicht"] != row(moved, gebiet=S1)["erreicht"]
    assert row(staff, gebiet=S1)["erreicht"] == row(moved, gebiet=S1)["erreicht"] == 0
