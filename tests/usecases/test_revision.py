"""What is computed stays as long as nothing changes that it depends on, and no longer."""

from operator import is_

import msgspec
from usecases.stolberg import HAUS_A, S03A, STOLBERG, stolberg
from usecases.strassendorf import STICHTAG, places, state

from infrastruktur.domain.massnahme import Massnahme, Massnahmenstatus, Massnahmenzeit
from infrastruktur.domain.query import LayerQuery
from infrastruktur.storage.massnahmen import put_massnahme
from infrastruktur.usecases.list_massnahmen import report_massnahmen
from infrastruktur.usecases.read_layer import count_features, layer_revision
from infrastruktur.usecases.take_bestand import take_bestand

PLAN = Massnahme(
    id="m",
    titel="Ausbau",
    fachbereich="pflege",
    kommune=STOLBERG,
    sozialraum=S03A,
    zustaendig="Amt",
    status=(Massnahmenzeit(status=Massnahmenstatus.BESCHLOSSEN),),
)


def put(context, massnahme):
    with context.store.of_installation().write() as connection:
        put_massnahme(connection, massnahme, akteur="cli", grund="")


def test_a_massnahme_changes_its_layer_and_table_and_no_figure(store_settings):
    with stolberg(store_settings) as context:
        figures, layers = context.revision(), layer_revision(context, "angebote")
        bestand = take_bestand(context, stichtag=STICHTAG)
        for number, titel in enumerate(("Ausbau", "Anbau"), 1):
            put(context, msgspec.structs.replace(PLAN, id=str(number), titel=titel))
            table = report_massnahmen(context, stichtag=STICHTAG)
            assert [each["titel"] for each in table.records()][-1] == titel
            assert count_features(context, LayerQuery(collection="massnahmen", stichtag=STICHTAG)) == number
        assert context.revision() == figures
        assert layer_revision(context, "angebote") != layers
        again = take_bestand(context, stichtag=STICHTAG)
        assert all(map(is_, again.zeilen, bestand.zeilen)), "kept, not computed anew"


def test_an_angebot_changes_every_figure(store_settings):
    with stolberg(store_settings) as context:
        put(context, PLAN)
        before, bestand = context.revision(), take_bestand(context, stichtag=STICHTAG)
        state(context, msgspec.structs.replace(HAUS_A, kapazitaeten=places(75)))
        assert context.revision() != before
        assert take_bestand(context, stichtag=STICHTAG) != bestand
