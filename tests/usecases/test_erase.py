"""What is erased is nowhere left, and everything else stays: history, versions, counts, order of changes."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime

import msgspec
import pytest
import sqlalchemy as sa
from storage.statements import ANGEBOT, angebot, state

from infrastruktur.domain.eingabe import Eingabe
from infrastruktur.domain.errors import ConstraintViolated, Forbidden, InvalidInput
from infrastruktur.domain.permission import Person, Rolle, Zustaendigkeit
from infrastruktur.domain.query import LayerQuery
from infrastruktur.domain.vergessen import GELOESCHT
from infrastruktur.storage.history import list_changes, list_schritte
from infrastruktur.storage.tables import metadata
from infrastruktur.usecases.context import Context, open_context
from infrastruktur.usecases.demand_change import Umstaende
from infrastruktur.usecases.edit_angebot import change_angebot
from infrastruktur.usecases.erase_personal_data import erase_personal_data
from infrastruktur.usecases.follow_changes import follow_changes
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.propose_angebot import propose_change
from infrastruktur.usecases.read_layer import get_feature

PERSON = "Erika Mustermann"
AMT = Person(kennung="token:amt", zustaendigkeiten=(Zustaendigkeit(rolle=Rolle.FACHAMT),))
REDAKTION = Person(
    kennung="token:red", zustaendigkeiten=(Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334002"),)
)
FIELDS = ("name", "traeger", "strasse", "grund", "kontakt")


def stated(name: str = f"Tagespflege {PERSON}", **changed: object):
    place = msgspec.structs.replace(ANGEBOT.standort, strasse=f"Hof {PERSON}", schluessel=str(changed.pop("ort", "S")))
    return angebot("A", name=name, standort=place, traeger=PERSON, attribute={"kontakt": PERSON, "stunden": 7.5})


@pytest.fixture
def context(store_settings) -> Iterator[Context]:
    """Give a catalogue in which a name stands in all places that keep texts."""
    with closing(open_context(store_settings)) as opened:
        state(opened.store.of_installation(), stated("Anfangs"))
        state(opened.store.of_installation(), stated(ort="anderswo"), angebot("B"))
        amt = opened.for_reader(AMT)
        how = {"kollektion": "pflege", "tag": date.today(), "pruefsumme": "p"}  # noqa: DTZ011 - a local day
        change = Eingabe(felder={"name": f"Haus {PERSON}"})
        change_angebot(
            amt, stated().id, change, Umstaende(**how, grund=f"Anruf von {PERSON}", schluessel="1"), ganz=False
        )
        propose = Umstaende(**how, grund=PERSON, schluessel="2")
        propose_change(amt, stated().id, Eingabe(felder={"traeger": f"{PERSON} GmbH"}), propose, entwurf=False)
        yield opened


def dump(context: Context) -> str:
    """Write out every row of every table."""
    with context.store.of_installation().read() as conn:
        tables = [each for each in metadata.sorted_tables if each.name != "fassung"]
        return str([conn.execute(sa.select(*(c for c in each.c if c.name != "geom"))).all() for each in tables])


def test_what_is_erased_is_in_no_table_and_the_rest_stays(context):
    before = context.catalogue_revision()
    with context.store.of_installation().read() as conn:
        was = [(each.zeitpunkt, each.akteur, each.version) for each in list_changes(conn, stated().id)]
    assert dump(context).count(PERSON) > 10
    assert erase_personal_data(context.for_reader(AMT), "pflege", stated().id, FIELDS, "Antrag") == tuple(
        sorted(FIELDS)
    )
    assert PERSON not in dump(context)
    shown = get_feature(context, LayerQuery(collection="pflege"), stated().id).columns
    assert (shown["name"], shown["traeger"], shown["kapazitaet"]) == ((GELOESCHT,), (GELOESCHT,), (14.0,))
    with context.store.of_installation().read() as conn:
        entries = list_changes(conn, stated().id)
        assert [(each.zeitpunkt, each.akteur, each.version) for each in entries][: len(was)] == was
        assert list_schritte(conn, stated().id)[0].nachher.name == GELOESCHT
    assert [each.version for each in entries] == list(range(1, len(entries) + 1))
    said = f"Personenbezogene Angaben gelöscht ({', '.join(sorted(FIELDS))}): Antrag"
    assert (entries[-1].akteur, entries[-1].grund) == ("token:amt", said)
    assert context.catalogue_revision() != before
    assert len(follow_changes(context, None, 100).meldungen) == len(entries) + 1


def test_an_earlier_state_does_not_know_it_either(context):
    moment = datetime.now(UTC)
    query = LayerQuery(collection="pflege")
    assert PERSON in get_feature(look_back(context, moment), query, stated().id).columns["name"][0]
    erase_personal_data(context.for_reader(AMT), "pflege", stated().id, FIELDS, "Antrag")
    then = get_feature(look_back(context, moment), query, stated().id).columns
    assert (then["name"], then["kapazitaet"]) == ((GELOESCHT,), (14.0,))


def test_erasing_again_adds_an_entry_and_nothing_else(context):
    for _ in range(2):
        erase_personal_data(context.for_reader(AMT), "pflege", stated().id, ("name",), "Antrag")
    with context.store.of_installation().read() as conn:
        entries = list_changes(conn, stated().id)
    assert [each.version for each in entries] == list(range(1, len(entries) + 1))


def test_only_who_may_erases_and_says_why_and_what(context):
    with pytest.raises(Forbidden):
        erase_personal_data(context.for_reader(REDAKTION), "pflege", stated().id, ("name",), "Antrag")
    for felder, grund in (((), "Antrag"), (("name",), " "), (("status",), "Antrag"), (("stunden",), "Antrag")):
        with pytest.raises(InvalidInput):
            erase_personal_data(context.for_reader(AMT), "pflege", stated().id, felder, grund)


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE aenderung SET grund = 'geschönt'",
        "UPDATE aenderung SET nachher = NULL",
        "UPDATE aenderung SET version = 9",
        "UPDATE aenderung SET akteur = '[gelöscht]'",
        "UPDATE vorschlag SET zustand = 'freigegeben'",
        "DELETE FROM aenderung",
    ],
)
def test_the_history_takes_no_other_change(context, forged):
    with pytest.raises(ConstraintViolated, match="nur ergänzt"), context.store.administer() as conn:
        conn.exec_driver_sql(forged)


def test_a_statement_is_not_rewritten_under_the_cloak_of_erasing(context):
    table = metadata.tables["aenderung"]
    with context.store.of_installation().read() as conn:
        row = conn.execute(sa.select(table).where(table.c.id == stated().id).order_by(table.c.fid.desc())).first()
    for wrong in ({"name": "Anders"}, {"stand": GELOESCHT, "neu": 1}, {"kapazitaeten": GELOESCHT}):
        with pytest.raises(ConstraintViolated), context.store.of_installation().write() as conn:
            conn.execute(table.update().where(table.c.fid == row.fid).values(nachher={**row.nachher, **wrong}))
