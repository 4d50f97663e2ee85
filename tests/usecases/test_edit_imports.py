"""A list is imported again after somebody changed what it had stated: what a person stated stays, and is told apart."""

from contextlib import closing
from datetime import date

import pytest
from usecases.strassendorf import STREET_Y, WEST, region
from usecases.test_import import FIRST, HERE, KEYED, RECIPE, SECOND, bring_in, known, write_rows

from infrastruktur.domain.eingabe import Eingabe
from infrastruktur.domain.permission import Person, Rolle, Zustaendigkeit
from infrastruktur.domain.vergessen import GELOESCHT
from infrastruktur.storage.raeume import put_region
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.edit_angebot import Umstaende, change_angebot, close_angebot, void_angebot
from infrastruktur.usecases.erase_personal_data import erase_personal_data

HEUTE = date.today()  # noqa: DTZ011 - a local day
AMT = Person(kennung="token:amt", zustaendigkeiten=(Zustaendigkeit(rolle=Rolle.FACHAMT),))
HOW = Umstaende(kollektion="pflege", tag=HEUTE)
MOVED = (WEST + 900, STREET_Y)


@pytest.fixture
def context(store_settings):
    with closing(open_context(store_settings)) as opened:
        with opened.store.of_installation().write() as connection:
            put_region(connection, region())
        yield opened.for_reader(AMT)


def change(context, key, punkt=None, **felder):
    stated = Eingabe(felder=felder) if punkt is None else Eingabe(felder=felder, punkt_25832=punkt)
    return change_angebot(context, known(context)[key].id, stated, HOW, ganz=False)


def test_what_a_person_changed_stays_and_the_plan_says_where_the_list_differs(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND))
    change(context, "H-1", MOVED, name="Haus am Markt", kapazitaet=60)
    edited = known(context)["H-1"]
    folder = write_rows(tmp_path / "b", FIRST | {"Name": "Haus Eins", "Plätze zugelassen": "90", **HERE}, SECOND)
    dry = bring_in(context, folder, dry_run=True)
    bericht = bring_in(context, folder)
    assert dry.widersprochen == bericht.widersprochen == ("H-1 (Name, Plätze zugelassen, Punkt)",)
    assert "anders als von Hand geändert, bleibt: H-1 (Name, Plätze zugelassen, Punkt)" in bericht.text()
    after = known(context)["H-1"]
    assert (after.name, after.kapazitaeten) == (edited.name, edited.kapazitaeten)
    assert after.standort.punkt_25832 == MOVED
    assert after.standort.strasse == "Hof"  # nobody but the list ever stated it
    assert bring_in(context, folder).unveraendert == 2


def test_once_the_list_says_the_same_nothing_is_contradicted(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND))
    change(context, "H-1", name="Haus am Markt")
    bericht = bring_in(context, write_rows(tmp_path / "b", FIRST | {"Name": "Haus am Markt"}, SECOND))
    assert (bericht.widersprochen, bericht.unveraendert) == ((), 2)


def test_neighbours_at_the_old_place_stay_there(context, tmp_path):
    other = SECOND | {name: FIRST[name] for name in ("Straße", "Hausnummer", "PLZ", "Ort", "Ostwert", "Nordwert")}
    folder = write_rows(tmp_path / "a", FIRST, other)
    bring_in(context, folder)
    assert known(context)["H-1"].standort_id == known(context)["H-2"].standort_id
    change(context, "H-1", MOVED)
    for _ in range(2):
        points = {key: each.standort.punkt_25832 for key, each in known(context).items()}
        assert points == {"H-1": MOVED, "H-2": (WEST + 500, STREET_Y)}
        bring_in(context, folder)


@pytest.mark.parametrize("end", [close_angebot, void_angebot])
def test_a_list_does_not_open_again_what_a_person_has_ended(context, tmp_path, end):
    folder = write_rows(tmp_path / "a", FIRST, SECOND)
    bring_in(context, folder)
    end(context, known(context)["H-1"].id, HOW)
    ended = known(context)["H-1"]
    bericht = bring_in(context, folder)
    assert known(context)["H-1"] == ended
    assert "H-1 (" in bericht.widersprochen[0]


def test_a_list_does_not_close_what_a_person_has_opened(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND))
    change(context, "H-2", status="ruhend")
    bericht = bring_in(context, write_rows(tmp_path / "b", FIRST), close_missing=HEUTE)
    assert (bericht.verschwunden, bericht.geschlossen) == (("H-2",), 0)
    assert [each.status.value for each in known(context)["H-2"].status] == ["in_betrieb", "ruhend"]


def test_without_keys_a_match_that_is_accepted_keeps_what_a_person_changed(context, tmp_path):
    recipe = RECIPE
    assert KEYED not in recipe
    bring_in(context, write_rows(tmp_path / "a", FIRST | HERE, recipe=recipe))
    (key,) = known(context)
    change(context, key, kapazitaet=60)
    edited = known(context)[key]
    renamed = write_rows(tmp_path / "b", FIRST | HERE | {"Name": "Haus Eins"}, recipe=recipe)
    bring_in(context, renamed, accept_matches=True)
    after = known(context)[key]
    assert (after.name, after.kapazitaeten) == ("Haus Eins", edited.kapazitaeten)


def test_an_import_does_not_bring_back_what_was_erased(context, tmp_path):
    bring_in(context, write_rows(tmp_path / "a", FIRST, SECOND))
    erase_personal_data(context, "pflege", known(context)["H-1"].id, ("name",), "Antrag")
    bericht = bring_in(context, write_rows(tmp_path / "b", FIRST | {"Plätze zugelassen": "90"}, SECOND))
    after = known(context)["H-1"]
    assert (after.name, after.kapazitaeten[-1].wert) == (GELOESCHT, 90)
    assert bericht.widersprochen == ("H-1 (Name)",)
