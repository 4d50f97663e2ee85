"""What is erased beside Angebote: Maßnahmen, what was only proposed, frozen Stichtage, scenarios, and who did it."""

from contextlib import closing
from datetime import UTC, date, datetime

import msgspec
import pytest
import sqlalchemy as sa
from storage.statements import ANGEBOT, angebot, raum, state, state_raeume
from usecases.test_erase import AMT, PERSON, REDAKTION, dump

from infrastruktur.domain.eingabe import Eingabe
from infrastruktur.domain.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from infrastruktur.domain.permission import INSTALLATION, Person, Rolle, Zustaendigkeit
from infrastruktur.domain.query import LayerQuery
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.szenario import Hinzufuegen, Szenario
from infrastruktur.domain.vergessen import GELOESCHT
from infrastruktur.settings import Audience
from infrastruktur.storage.history import list_changes
from infrastruktur.storage.szenarien import append_szenario, find_szenario
from infrastruktur.storage.tables import metadata
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.demand_change import Umstaende
from infrastruktur.usecases.edit_angebot import change_angebot
from infrastruktur.usecases.edit_massnahme import change_massnahme, create_massnahme
from infrastruktur.usecases.erase_personal_data import erase_person, erase_personal_data
from infrastruktur.usecases.freeze_stichtag import Wunsch, freeze_stichtag, verify_stichtag
from infrastruktur.usecases.identify_person import identify_person
from infrastruktur.usecases.issue_token import issue_token
from infrastruktur.usecases.look_back import look_back
from infrastruktur.usecases.propose_angebot import propose_new
from infrastruktur.usecases.read_layer import get_feature

TAG = date(2026, 4, 1)
HOW = {"tag": TAG, "pruefsumme": "p"}
MASSNAHME = {
    "titel": f"Treff bei {PERSON}",
    "fachbereich": "quartier",
    "kommune": "05334002",
    "zustaendig": PERSON,
    "status": "beschlossen",
    "beschreibung": f"Anrufen: {PERSON}",
}
ERIKA = Person(kennung="oidc:erika", zustaendigkeiten=(Zustaendigkeit(rolle=Rolle.FACHAMT),))


@pytest.fixture
def context(store_settings):
    with closing(open_context(msgspec.structs.replace(store_settings, audience=Audience.STAFF))) as opened:
        installation = opened.store.of_installation()
        state_raeume(installation, raum("05334002", Ebene.KOMMUNE, name="Ort", oberraum="05334"))
        state(installation, angebot("A"), angebot("B", traeger="Anderer"))
        yield opened


def how(name, **more):
    return Umstaende(**HOW, kollektion=name, **more)


def test_a_massnahme_is_erased_with_all_its_past_and_goes_on(context):
    amt = context.for_reader(AMT)
    made = create_massnahme(amt, MASSNAHME, how("massnahmen", grund=PERSON, schluessel="1"))
    change_massnahme(amt, made.id, {"frist": "2027-01-01"}, how("massnahmen", grund=f"von {PERSON}"), ganz=False)
    moment, felder = datetime.now(UTC), ("titel", "zustaendig", "beschreibung", "grund")
    assert erase_personal_data(amt, "massnahmen", made.id, felder, "Antrag") == tuple(sorted(felder))
    assert PERSON not in dump(context)
    query = LayerQuery(collection="massnahmen", stichtag=TAG)
    for seen in (context, look_back(context, moment)):
        shown = get_feature(seen, query, made.id).columns
        assert [shown[name][0] for name in ("zustaendig", "status", "frist")] == [
            GELOESCHT,
            "beschlossen",
            "2027-01-01",
        ]
    with context.store.of_installation().read() as conn:
        entries = list_changes(conn, made.id)
    assert (entries[-1].akteur, entries[-1].grund[-6:]) == ("token:amt", "Antrag")
    again = how("massnahmen", erwartet=frozenset({f"{len(entries)}.0"}))
    assert change_massnahme(amt, made.id, {"zustaendig": "Amt"}, again, ganz=False).version == len(entries) + 1


def test_a_massnahme_is_erased_by_whom_it_concerns_and_by_name(context):
    amt = context.for_reader(AMT)
    made = create_massnahme(amt, MASSNAHME, how("massnahmen"))
    with pytest.raises(Forbidden):
        erase_personal_data(context.for_reader(REDAKTION), "massnahmen", made.id, ("titel",), "Antrag")
    for felder in (("status",), ("kommune",), ()):
        with pytest.raises(InvalidInput):
            erase_personal_data(amt, "massnahmen", made.id, felder, "Antrag")
    with pytest.raises(NotFound):
        erase_personal_data(amt, "massnahmen", "nichts", ("titel",), "Antrag")


def test_what_was_proposed_and_never_came_is_erased_too(context):
    amt = context.for_reader(AMT)
    stated = {"name": PERSON, "art": "pflege.tagespflege", "traeger": f"{PERSON} GmbH", "strasse": PERSON}
    made = propose_new(
        amt, Eingabe(felder=stated), how("pflege", grund=PERSON, kein_duplikat=frozenset("*")), entwurf=False
    )
    with pytest.raises(InvalidInput):
        erase_personal_data(amt, "pflege", made.angebot, ("art",), "Antrag")
    erase_personal_data(amt, "pflege", made.angebot, ("name", "traeger", "strasse", "grund"), "Antrag")
    assert PERSON not in dump(context)
    with pytest.raises(NotFound):
        erase_personal_data(amt, "pflege", "nie", ("name",), "Antrag")
    with context.store.of_installation().read() as conn:
        assert list_changes(conn, made.angebot)[-1].grund.endswith("Antrag")


def test_only_the_traeger_that_is_erased_is_dropped(context):
    """Three Träger nobody refers to any more: two Angebote were renamed, and one of them is erased."""
    state(context.store.of_installation(), angebot("A", traeger=PERSON), angebot("B", traeger="Neu"))
    state(context.store.of_installation(), angebot("A", traeger="Später"))
    erase_personal_data(context.for_reader(AMT), "pflege", angebot("A").id, ("traeger",), "Antrag")
    with context.store.of_installation().read() as conn:
        names = set(conn.scalars(sa.select(metadata.tables["traeger"].c.name)))
    assert names == {"Anderer", "Neu", GELOESCHT}
    assert PERSON not in dump(context)


def test_a_traeger_that_others_name_stays_theirs(context):
    shared = ANGEBOT.traeger
    state(context.store.of_installation(), angebot("C", traeger=shared))
    erase_personal_data(context.for_reader(AMT), "pflege", angebot("A").id, ("traeger",), "Antrag")
    with context.store.of_installation().read() as conn:
        assert shared in set(conn.scalars(sa.select(metadata.tables["traeger"].c.name)))


def test_a_frozen_stichtag_loses_its_words_and_keeps_its_checksum(context):
    frozen = freeze_stichtag(context.for_reader(ERIKA), Wunsch(TAG, f"Für {PERSON}", PERSON))
    with pytest.raises(InvalidInput):
        erase_personal_data(context.for_reader(AMT), "stichtage", frozen.id, ("pruefsumme",), "Antrag")
    erase_personal_data(context.for_reader(AMT), "stichtage", frozen.id, ("titel", "grund"), "Antrag")
    assert PERSON not in dump(context)
    assert verify_stichtag(context, frozen)


def test_a_scenario_loses_the_names_in_all_its_versions(context):
    new = Hinzufuegen(art="pflege.tagespflege", punkt=(6.1, 50.75), name=PERSON, traeger=PERSON)
    with context.store.of_installation().write() as conn:
        append_szenario(conn, "s", 1, Szenario(name=f"Plan {PERSON}", aenderungen=(new,)))
        append_szenario(conn, "s", 2, None)
    erase_personal_data(context.for_reader(AMT), "szenarien", "s", ("name", "traeger"), "Antrag")
    with context.store.of_installation().read() as conn:
        kept = find_szenario(conn, "s", 1).szenario
    assert (kept.name, kept.aenderungen[0].punkt) == (GELOESCHT, new.punkt)
    assert PERSON not in dump(context)


def test_who_did_something_is_erased_and_what_they_did_stays(context):
    erika, admin = context.for_reader(ERIKA), context.for_reader(INSTALLATION)
    change_angebot(erika, angebot("A").id, Eingabe(felder={"name": "Neu"}), how("pflege", schluessel="1"), ganz=False)
    propose_new(
        erika,
        Eingabe(felder={"name": "X", "art": "pflege.tagespflege"}),
        how("pflege", kein_duplikat=frozenset("*")),
        entwurf=False,
    )
    freeze_stichtag(erika, Wunsch(TAG, "Bestand"))
    assert dump(context).count("oidc:erika") > 4
    assert erase_person(admin, "oidc:erika", "Ausgeschieden") == 4
    assert "oidc:erika" not in dump(context)
    with context.store.of_installation().read() as conn:
        assert list_changes(conn, angebot("A").id)[-1].akteur == f"oidc:{GELOESCHT}"
    with pytest.raises(NotFound):
        erase_person(admin, "oidc:erika", "noch einmal")


def test_a_token_loses_its_name_and_opens_nothing(context):
    admin = context.for_reader(INSTALLATION)
    token, text = issue_token(admin, PERSON, Zustaendigkeit(rolle=Rolle.FACHAMT), 30)
    assert identify_person(context, text).bekannt
    erase_person(admin, token.person().kennung, "Ausgeschieden")
    assert PERSON not in dump(context)
    with pytest.raises(Unauthenticated):
        identify_person(context, text)


@pytest.mark.parametrize("kennung", ["import", "cli", "", "erika"])
def test_only_persons_are_erased_and_only_by_who_may_everywhere(context, kennung):
    with pytest.raises(InvalidInput):
        erase_person(context.for_reader(INSTALLATION), kennung, "Grund")
    in_one = Person(kennung="token:x", zustaendigkeiten=(Zustaendigkeit(rolle=Rolle.FACHAMT, ags="05334002"),))
    with pytest.raises(Forbidden):
        erase_person(context.for_reader(in_one), "oidc:erika", "Grund")


def test_a_confirmed_need_loses_where_it_is_to_be_found_and_keeps_its_day(context):
    confirmed = {"bedarfsbestaetigung": "2026-01-01", "bedarfsbestaetigung_fundstelle": f"Brief an {PERSON}"}
    state(context.store.of_installation(), angebot("A", attribute=confirmed))
    felder = ("bedarfsbestaetigung_fundstelle",)
    erase_personal_data(context.for_reader(AMT), "pflege", angebot("A").id, felder, "Antrag")
    assert PERSON not in dump(context)
    assert "2026-01-01" in dump(context)
