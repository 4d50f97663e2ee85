"""A frozen Stichtag gives the same Bestand for ever, and says so when it would not."""

from datetime import date, timedelta

import msgspec
import pytest
import sqlalchemy as sa
from usecases.stolberg import HAUS_A, REGION, heim, stolberg
from usecases.strassendorf import STICHTAG, places, row, state
from usecases.test_look_back import now

from infrastruktur.domain.errors import Forbidden, InvalidParameter, NotFound
from infrastruktur.domain.permission import Handlung, Person, Rolle, Zustaendigkeit
from infrastruktur.storage import history
from infrastruktur.storage.stichtage import append_stichtag
from infrastruktur.usecases.erase_personal_data import erase_personal_data
from infrastruktur.usecases.examine_installation import examine_installation
from infrastruktur.usecases.freeze_stichtag import (
    Wunsch,
    freeze_stichtag,
    get_stichtag,
    list_stichtage,
    verify_stichtag,
)
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.take_bestand import take_bestand

ANNA = Person(kennung="token:anna", zustaendigkeiten=(Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="pflege"),))
BERICHT = Wunsch(STICHTAG, "Bestand für den Pflegebericht", "§ 7 Abs. 4 APG NRW")


@pytest.fixture
def amt(store_settings):
    with stolberg(store_settings) as context:
        yield context.for_reader(ANNA)


def places_of_region(context):
    table = take_bestand(context, stichtag=STICHTAG)
    return row(table, gebiet=REGION, art="pflege.dauerpflege")["plaetze_zugelassen"]


def test_what_is_frozen_is_found_by_its_name_and_gives_the_bestand_of_then(amt):
    frozen = freeze_stichtag(amt, BERICHT)
    state(amt, msgspec.structs.replace(HAUS_A, kapazitaeten=places(75)))
    again = freeze_stichtag(amt, BERICHT)
    assert (frozen.id, again.id) == ("2025-12-31-1", "2025-12-31-2")
    assert (frozen.akteur, frozen.grund) == ("token:anna", "§ 7 Abs. 4 APG NRW")
    assert get_stichtag(amt, frozen.id) == frozen
    assert list_stichtage(amt) == [again, frozen]
    assert [places_of_region(look_back(amt, each.known_at)) for each in (frozen, again)] == [80, 75]
    assert frozen.pruefsumme != again.pruefsumme
    assert verify_stichtag(amt, frozen)
    assert verify_stichtag(amt, again)


def test_the_checksum_is_of_the_bestand_and_not_of_names(amt):
    frozen = freeze_stichtag(amt, BERICHT)
    state(amt, msgspec.structs.replace(HAUS_A, name="Haus Anna Muster", traeger="Anna Muster"))
    assert freeze_stichtag(amt, BERICHT).pruefsumme == frozen.pruefsumme
    state(amt, msgspec.structs.replace(HAUS_A, name="Haus A", kapazitaeten=places(79)))
    assert freeze_stichtag(amt, BERICHT).pruefsumme != frozen.pruefsumme
    assert freeze_stichtag(amt, Wunsch(date(2024, 12, 31), "Vorher")).id == "2024-12-31-1"


def test_an_address_that_is_erased_leaves_every_count_and_checksum_as_it_was(amt):
    """Without a point the Ort alone told the Kommune, which stays known."""
    state(amt, heim("Ohne Punkt", None, 7, ort="Stolberg"))
    frozen = freeze_stichtag(amt, BERICHT)
    id_ = heim("Ohne Punkt", None, ort="Stolberg").id
    erase_personal_data(amt, "pflege", id_, ("ort", "name"), "Antrag")
    state(amt, heim("Haus C", 300, 1))
    then = look_back(amt, frozen.known_at)
    for context, places_there in ((then, 87), (amt, 88)):
        table = take_bestand(context, stichtag=STICHTAG)
        assert row(table, gebiet="05334032", art="pflege.dauerpflege")["plaetze_zugelassen"] == places_there
    assert verify_stichtag(amt, frozen)


def test_an_earlier_state_of_knowledge_can_be_frozen_later(amt):
    moment = now()
    state(amt, msgspec.structs.replace(HAUS_A, kapazitaeten=places(75)))
    frozen = freeze_stichtag(amt, Wunsch(STICHTAG, "Wie berichtet", known_at=moment))
    assert frozen.known_at == moment
    assert places_of_region(look_back(amt, frozen.known_at)) == 80


def test_doctor_says_when_the_history_no_longer_gives_what_was_frozen(amt, store_settings):
    frozen = freeze_stichtag(amt, BERICHT)
    other = msgspec.structs.replace(frozen, pruefsumme="0" * 64)
    with amt.store.write() as connection:
        forged = append_stichtag(connection, other)
    said = {each.text: each.gut for each in examine_installation(store_settings) if "Stichtag 2025-12-31-" in each.text}
    assert said == {
        f"Stichtag {frozen.id} ergibt, was festgeschrieben wurde.": True,
        f"Stichtag {forged.id} ergibt nicht mehr, was festgeschrieben wurde.": False,
    }


def test_a_day_to_come_and_one_before_all_knowledge_are_refused(amt):
    with pytest.raises(InvalidParameter, match="kommt erst noch"):
        freeze_stichtag(amt, Wunsch(date(2999, 12, 31), "Zukunft"))
    with pytest.raises(InvalidParameter, match="noch nichts im Katalog"):
        freeze_stichtag(amt, Wunsch(STICHTAG, "Früher", known_at=now() - timedelta(days=1)))
    with pytest.raises(NotFound, match="Alle stehen unter /stichtage"):
        get_stichtag(amt, "2025-12-31-9")


@pytest.mark.parametrize(
    "right",
    [
        None,
        Zustaendigkeit(rolle=Rolle.STATISTIK),
        Zustaendigkeit(rolle=Rolle.TRAEGER, traeger="x"),
        Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334032"),
    ],
)
def test_who_may_not_freezes_nothing(amt, right):
    person = Person() if right is None else Person(kennung="token:a", zustaendigkeiten=(right,))
    with pytest.raises(Forbidden):
        freeze_stichtag(amt.for_reader(person), BERICHT)
    assert list_stichtage(amt) == []


def test_a_token_that_reads_nothing_internal_freezes_the_same_state(amt):
    """The checksum holds for all there was; who freezes it need not see it."""
    narrow = msgspec.structs.replace(ANNA, handlungen=frozenset({Handlung.STICHTAG_FESTSCHREIBEN}))
    state(amt, heim("Verborgen", 300, 20, vertraulich=True))
    frozen = [freeze_stichtag(amt.for_reader(person), BERICHT) for person in (narrow, ANNA)]
    assert frozen[0].pruefsumme == frozen[1].pruefsumme


def test_a_frozen_stichtag_is_never_changed_or_removed(amt):
    freeze_stichtag(amt, BERICHT)
    for statement in ("UPDATE stichtag SET titel = 'anders'", "DELETE FROM stichtag"):
        with pytest.raises(Exception, match="nur ergänzt"), amt.store.administer() as connection:
            connection.execute(sa.text(statement))
    assert [each.titel for each in list_stichtage(amt)] == [BERICHT.titel]


def test_what_is_frozen_was_known_to_all_who_wrote_before(amt):
    """A moment that is taken while nobody writes parts what was begun before from what comes."""
    state(amt, msgspec.structs.replace(HAUS_A, kapazitaeten=places(75)))
    frozen = freeze_stichtag(amt, BERICHT)
    state(amt, msgspec.structs.replace(HAUS_A, kapazitaeten=places(70)))
    with amt.store.read() as connection:
        assert history.find_stand(connection, frozen.known_at) == frozen.stand
        assert history.find_stand(connection, now()) == frozen.stand + 1
