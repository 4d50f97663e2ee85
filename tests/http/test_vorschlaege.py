"""Who knows proposes, another approves: nothing is overwritten, nobody decides alone, and nobody learns a secret."""

import re
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from editing import ANGEBOTE, HEUTE, IN_OST, PFLEGE, PLANE, QUARTIER, create, feature, patch, properties
from litestar.testing import TestClient

from infrastruktur.app import create_app
from infrastruktur.domain.angebot import traeger_id
from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.http.vorschlaege import SCHRITTE
from infrastruktur.settings import Editing

LISTE = "/vorschlaege"


@pytest.fixture(scope="module")
def zweite(writing) -> str:
    """Give a second person of the Fachamt."""
    return writing.issue(Zustaendigkeit(rolle=Rolle.FACHAMT))


@pytest.fixture(scope="module")
def verein(writing) -> str:
    return writing.issue(Zustaendigkeit(rolle=Rolle.TRAEGER, traeger=traeger_id("Verein")))


@pytest.fixture
def heim(writing, fachamt) -> str:
    """Give the address of a Tagespflege of 20 places in Westdorf."""
    body = feature(art="pflege.tagespflege", name="Tagespflege", traeger="Verein", kapazitaet=20)
    address: str = writing.relative(create(writing, fachamt, body, PFLEGE).headers["location"])
    return address


def propose(writing, address: str, token: str, query: str = "", **stated: Any) -> Any:
    """Propose a change of properties; give the answer."""
    sent = writing.send("POST", f"{address}/vorschlaege{query}", {"properties": stated}, token, content_type=JSON)
    assert sent.status_code == 201, sent.text
    return sent


JSON = "application/json"


def step(writing, made: Any, name: str, token: str, **said: Any) -> Any:
    address = writing.relative(made.headers["location"])
    headers = {"if_match": said.pop("if_match")} if "if_match" in said else {}
    return writing.send("POST", f"{address}/{name}", said, token, content_type=JSON, **headers)


def worklist(writing, token: str, query: str = "") -> list[str]:
    asked = writing.read(f"{LISTE}?limit=1000{query}", token)
    assert asked.status_code == 200, asked.text
    return [each["id"] for each in asked.json()["vorschlaege"]]


# From a refusal to the catalogue


def test_who_may_not_change_is_told_where_to_propose_and_another_approves(writing, westen, fachamt, heim) -> None:
    refused = patch(writing, heim, westen, kapazitaet=24)
    assert refused.status_code == 403
    assert f"POST {heim}/vorschlaege" in refused.json()["detail"]
    made = propose(writing, heim, westen, "?grund=Anbau", kapazitaet=24)
    id_ = made.json()["id"]
    assert properties(writing.read(heim))["kapazitaet"] == 20
    assert id_ in worklist(writing, fachamt, "&sicht=zu_entscheiden")
    (feld,) = made.json()["felder"]
    assert (feld["vorher"], feld["ihre_angabe"], feld["jetzt"], feld["widerspricht"]) == (20, 24, 20, False)
    approved = step(writing, made, "freigabe", fachamt, text="Bescheid liegt vor")
    assert (approved.status_code, approved.json()["zustand"]) == (200, "freigegeben"), approved.text
    assert properties(writing.read(heim))["kapazitaet"] == 24
    told = writing.read(f"{heim}/history", westen).json()["aenderungen"][-1]
    assert told["akteur"] == approved.json()["schritte"][-1]["akteur"] != made.json()["urheber"]
    assert (made.json()["urheber"] in told["grund"], "Anbau" in told["grund"]) == (True, True)
    assert [each["zug"] for each in approved.json()["schritte"]] == ["vorschlagen", "freigeben"]
    assert id_ not in worklist(writing, fachamt)
    assert id_ in worklist(writing, westen, "&zustand=freigegeben")


def test_a_traeger_proposes_what_its_own_are_and_what_is_new(writing, verein, westen, heim) -> None:
    refused = patch(writing, heim, verein, name="Tagespflege am Park")
    assert f"POST {heim}/vorschlaege" in refused.json()["detail"]
    made = propose(writing, heim, verein, name="Tagespflege am Park")
    assert step(writing, made, "freigabe", westen).status_code == 200  # low risk: the Redaktion may
    assert properties(writing.read(heim))["name"] == "Tagespflege am Park"
    body = feature(name="Neuer Treff", traeger="Verein")
    sent = writing.send("POST", "/collections/quartiersangebote/vorschlaege?kein_duplikat=*", body, verein,
                        content_crs=PLANE)  # fmt: skip
    assert (sent.status_code, sent.json()["absicht"], sent.json()["kommune"]) == (201, "anlegen", "05334001")
    address = f"{QUARTIER}/{sent.json()['angebot']}"
    assert writing.read(address).status_code == 404
    assert step(writing, sent, "freigabe", westen).status_code == 200
    assert properties(writing.read(address))["name"] == "Neuer Treff"
    assert step(writing, sent, "freigabe", westen).status_code == 409
    foreign = feature(name="Anderer Treff", traeger="Anderer Verein")
    path = "/collections/quartiersangebote/vorschlaege?kein_duplikat=*"
    assert writing.send("POST", path, foreign, verein, content_crs=PLANE).status_code == 403


def test_a_closing_from_a_day_on_is_proposed_as_a_status(writing, verein, fachamt, heim) -> None:
    made = propose(writing, heim, verein, "?ab=2099-01-01", status="geschlossen")
    assert made.json()["ab"] == "2099-01-01"
    assert step(writing, made, "freigabe", fachamt).status_code == 200
    assert writing.read(f"{heim}?datetime=2098-12-31").status_code == 200
    assert writing.read(f"{heim}?datetime=2099-01-01").status_code == 404


# Four eyes


def test_nobody_decides_on_the_own_proposal_whatever_the_role(writing, heim, westen, zweite) -> None:
    for rolle in (Rolle.FACHAMT, Rolle.ADMIN):
        token = writing.issue(Zustaendigkeit(rolle=rolle))
        made = propose(writing, heim, token, kapazitaet=30)
        assert set(made.json()["moeglich"]) == {"zurueckziehen"}
        for name in ("freigabe", "ablehnung", "rueckfrage"):
            refused = step(writing, made, name, token, text="x")
            assert (refused.status_code, "vier Augen" in refused.json()["detail"]) == (403, True)
        assert step(writing, made, "freigabe", westen).status_code == 403  # the Redaktion releases no capacity
        assert step(writing, made, "rueckzug", zweite).status_code == 403
        assert step(writing, made, "ablehnung", zweite, text="Ohne Bescheid").status_code == 200
    assert properties(writing.read(heim))["kapazitaet"] == 20


def test_two_tokens_of_one_name_are_one_person(writing, heim, zweite) -> None:
    right = Zustaendigkeit(rolle=Rolle.FACHAMT)
    first, second = writing.issue(right, name="A. Muster"), writing.issue(right, name="a. muster ")
    made = propose(writing, heim, first, kapazitaet=26)
    refused = step(writing, made, "freigabe", second)
    assert (refused.status_code, "vier Augen" in refused.json()["detail"]) == (403, True)
    assert made.json()["id"] in worklist(writing, second, "&sicht=eigene")
    assert step(writing, made, "freigabe", zweite).status_code == 200


def test_an_installation_may_want_four_eyes_of_the_fachamt_too(writing, fachamt, zweite, heim) -> None:
    settings = msgspec.structs.replace(writing.settings, editing=Editing(four_eyes=True))
    with TestClient(create_app(settings)) as client:
        strict = replace(writing, client=client, settings=settings)
        refused = patch(strict, heim, fachamt, kapazitaet=21)
        assert (refused.status_code, "zweite Person" in refused.json()["detail"]) == (403, True)
        assert strict.send("DELETE", heim, token=fachamt).status_code == 403
        assert patch(strict, heim, fachamt, name="Anders").status_code == 200
        made = propose(strict, heim, fachamt, kapazitaet=21)
        assert step(strict, made, "freigabe", zweite).status_code == 200
        assert properties(strict.read(heim))["kapazitaet"] == 21


# Question and answer


def test_a_question_is_answered_with_what_is_right(writing, westen, fachamt, heim) -> None:
    made = propose(writing, heim, westen, kapazitaet=240)
    wordless = step(writing, made, "rueckfrage", fachamt)
    assert (wordless.status_code, wordless.json()["fehler"][0]["feld"]) == (422, "text")
    assert step(writing, made, "rueckfrage", fachamt, text="240?").json()["zustand"] == "rueckfrage"
    answered = step(writing, made, "antwort", westen, text="Verzeihung: 24", properties={"kapazitaet": 24})
    assert (answered.json()["zustand"], answered.json()["felder"][0]["ihre_angabe"]) == ("vorgeschlagen", 24)
    assert step(writing, made, "freigabe", fachamt).status_code == 200
    assert properties(writing.read(heim))["kapazitaet"] == 24
    late = step(writing, made, "rueckzug", westen)
    assert (late.status_code, late.json()["title"]) == (409, "Jetzt nicht möglich")


def test_a_draft_is_its_author_s_until_it_is_handed_in(writing, westen, anna, fachamt, heim) -> None:
    made = propose(writing, heim, westen, "?entwurf=true", kapazitaet=25)
    address = writing.relative(made.headers["location"])
    for token in (anna, fachamt):
        assert writing.read(address, token).status_code == 404
        assert made.json()["id"] not in worklist(writing, token)
    assert step(writing, made, "entwurf", westen, properties={"kapazitaet": 26}).json()["zustand"] == "entwurf"
    assert step(writing, made, "einreichung", westen).json()["zustand"] == "vorgeschlagen"
    assert writing.read(address, fachamt).json()["felder"][0]["ihre_angabe"] == 26


def test_a_step_after_one_that_was_not_read_is_refused(writing, westen, fachamt, zweite, heim) -> None:
    made = propose(writing, heim, westen, kapazitaet=25)
    read = writing.read(writing.relative(made.headers["location"]), zweite).headers["etag"]
    assert step(writing, made, "rueckfrage", fachamt, text="Seit wann?").status_code == 200
    stale = step(writing, made, "freigabe", zweite, if_match=read)
    assert (stale.status_code, stale.json()["aktuell"]["zustand"]) == (412, "rueckfrage")
    assert properties(writing.read(heim))["kapazitaet"] == 20


# What others changed meanwhile


def test_what_others_changed_meanwhile_is_shown_and_never_overwritten_unseen(
    writing, westen, fachamt, zweite, heim
) -> None:
    made = propose(writing, heim, westen, kapazitaet=24)
    patch(writing, heim, fachamt, name="Neuer Name")
    assert properties(patch(writing, heim, fachamt, kapazitaet=22))["kapazitaet"] == 22
    refused = step(writing, made, "freigabe", zweite)
    (conflict,) = refused.json()["konflikte"]
    assert (refused.status_code, conflict["feld"]) == (409, "kapazitaet")
    assert (conflict["vorher"], conflict["ihre_angabe"], conflict["jetzt"]) == (20, 24, 22)
    assert properties(writing.read(heim))["kapazitaet"] == 22
    unknown = step(writing, made, "freigabe", zweite, fassung="99.1")
    assert unknown.status_code == 409
    seen = refused.json()["aktuell"]["version"]
    assert step(writing, made, "freigabe", zweite, fassung=seen).status_code == 200
    shown = properties(writing.read(heim))
    assert (shown["kapazitaet"], shown["name"]) == (24, "Neuer Name")


def test_another_field_s_change_is_no_obstacle(writing, westen, fachamt, zweite, heim) -> None:
    made = propose(writing, heim, westen, kapazitaet=24)
    patch(writing, heim, fachamt, name="Neuer Name")
    assert step(writing, made, "freigabe", zweite).status_code == 200
    shown = properties(writing.read(heim))
    assert (shown["kapazitaet"], shown["name"]) == (24, "Neuer Name")


def test_what_changes_nothing_or_cannot_be_is_said_at_once(writing, westen, heim) -> None:
    for stated in ({"kapazitaet": 20}, {"kapazitaet": -1}, {"quatsch": 1}, {"art": "schule.grundschule"}):
        sent = writing.send("POST", f"{heim}/vorschlaege", {"properties": stated}, westen, content_type=JSON)
        assert sent.status_code == 422, (stated, sent.text)


# Who sees what


def test_a_foreign_proposal_is_not_there_in_the_same_words(writing, westen, osten, heim) -> None:
    made = propose(writing, heim, westen, kapazitaet=24)
    address, nothing = writing.relative(made.headers["location"]), "0" * 36
    seen = [writing.read(f"{LISTE}/{id_}", osten) for id_ in (made.json()["id"], nothing)]
    assert [each.status_code for each in seen] == [404, 404]
    assert seen[0].text.replace(made.json()["id"], nothing) == seen[1].text
    assert writing.send("POST", f"{address}/freigabe", {}, osten, content_type=JSON).status_code == 404
    assert made.json()["id"] not in worklist(writing, osten)
    assert writing.read(address).status_code == 401
    assert writing.read(LISTE).status_code == 401


def test_r14_proposals_of_what_is_confidential_are_internal(writing, westen, fachamt, zweite) -> None:
    hidden = writing.read("/collections/beratung/items", fachamt).json()["features"]
    (haus,) = [each["id"] for each in hidden if each["properties"]["name"] == "Frauenhaus"]
    address = f"/collections/beratung/items/{haus}"
    sent = writing.send("POST", f"{address}/vorschlaege", {"properties": {"name": "x"}}, westen, content_type=JSON)
    assert sent.status_code == 404
    made = propose(writing, address, fachamt, name="Haus")
    assert made.json()["id"] in worklist(writing, zweite)
    assert made.json()["id"] not in worklist(writing, westen)
    assert writing.read(writing.relative(made.headers["location"]), westen).status_code == 404


# There twice


def test_what_is_there_already_is_named_before_it_is_stored_twice(writing, westen) -> None:
    one = create(writing, westen, feature((300_210.0, 5_630_310.0), name="Café Anker", strasse="Am Kai",
                                          hausnummer="3", plz="01067", ort="Westdorf"))  # fmt: skip
    id_ = one.json()["id"]
    elsewhere = (300_900.0, 5_630_900.0)
    for body, reason in (
        (feature((300_215.0, 5_630_310.0), name="Anker-Treff"), "5 m entfernt"),
        (feature((300_600.0, 5_630_310.0), name="café  anker"), "gleicher Name"),
        (feature(elsewhere, name="Treff", strasse="Am Kai", hausnummer="3", plz="01067", ort="Westdorf"),
         "gleiche Adresse"),
    ):  # fmt: skip
        refused = writing.send("POST", QUARTIER, body, westen, content_crs=PLANE)
        assert refused.status_code == 409, refused.text
        (candidate,) = [each for each in refused.json()["kandidaten"] if each["id"] == id_]
        assert candidate["gruende"] == [reason]
        assert candidate["adresse"] == "Am Kai 3, 01067 Westdorf"
        named = ",".join(each["id"] for each in refused.json()["kandidaten"])
        assert f"kein_duplikat={named}" in refused.json()["detail"]
    again = writing.send("POST", f"{QUARTIER}?kein_duplikat={named}", body, westen, content_crs=PLANE)
    assert again.status_code == 201
    for other in ({"name": "Haus der Musik"}, {"name": "Anker", "art": "quartier.mittagstisch"}):
        body = feature((300_215.0, 5_630_310.0), **other)
        assert writing.send("POST", QUARTIER, body, westen, content_crs=PLANE).status_code == 201


def test_r14_what_is_confidential_is_no_candidate_for_who_may_not_see_it(writing, westen, fachamt) -> None:
    body = feature((300_400.0, 5_630_400.0), name="Anlaufstelle Frauenhaus", art="beratung.gewaltschutz")
    path = "/collections/beratung/items"
    assert writing.send("POST", path, body, fachamt, content_crs=PLANE).status_code == 409
    assert writing.send("POST", path, body, westen, content_crs=PLANE).status_code == 201


def test_a_double_is_merged_and_its_address_leads_on(writing, westen) -> None:
    stays, goes = (create(writing, westen, feature(name="Doppelt")) for _ in range(2))
    kept, gone = (writing.relative(each.headers["location"]) for each in (stays, goes))
    ids = [each.json()["id"] for each in (stays, goes)]
    assert writing.send("DELETE", f"{gone}?ersetzt_durch={ids[0]}", token=westen).status_code == 400
    for wrong in (ids[1], "0" * 36):
        refused = writing.send("DELETE", f"{gone}?irrtuemlich=true&ersetzt_durch={wrong}", token=westen)
        assert refused.status_code in {404, 422}
    merged = writing.send("DELETE", f"{gone}?irrtuemlich=true&ersetzt_durch={ids[0]}&grund=gesehen", token=westen)
    assert merged.status_code == 204
    for path in (gone, f"{ANGEBOTE}/{ids[1]}", f"{gone}/history"):
        led = writing.read(path)
        assert (led.status_code, led.json()["ersetzt_durch"]) == (410, ids[0])
        assert f'items/{ids[0]}>; rel="successor-version"' in led.headers["link"]
    assert writing.read(kept).status_code == 200
    told = writing.read(f"{gone}/history", westen).json()["aenderungen"][-1]
    assert told["grund"] == "doppelt angelegt: gesehen"
    assert "ersetzt_durch" in {each["feld"] for each in told["felder"]}
    assert properties(patch(writing, gone, westen, status="in_betrieb"))["name"] == "Doppelt"
    assert writing.read(gone).status_code == 200


def test_a_chain_of_doubles_leads_to_the_last_and_a_ring_to_nothing(writing, westen) -> None:
    made = [create(writing, westen, feature(name="Kette")) for _ in range(3)]
    addresses, ids = [writing.relative(each.headers["location"]) for each in made], [each.json()["id"] for each in made]
    for address, following in zip(addresses[:2], ids[1:], strict=True):
        merged = writing.send("DELETE", f"{address}?irrtuemlich=true&ersetzt_durch={following}", token=westen)
        assert merged.status_code == 204
    assert writing.read(addresses[0]).json()["ersetzt_durch"] == ids[2]
    assert writing.send("DELETE", f"{addresses[2]}?irrtuemlich=true", token=westen).status_code == 204
    assert writing.read(addresses[0]).status_code == 410


def test_a_double_in_the_pflege_takes_a_second_pair_of_eyes(writing, westen, verein, fachamt, heim) -> None:
    other = feature(art="pflege.tagespflege", name="Tagespflege", traeger="Verein", kapazitaet=20)
    stays = create(writing, fachamt, other, PFLEGE).json()["id"]
    assert writing.send("DELETE", f"{heim}?irrtuemlich=true", token=westen).status_code == 403
    path = f"{heim}/vorschlaege?irrtuemlich=true&ersetzt_durch={stays}&grund=doppelt"
    made = writing.send("POST", path, token=verein)
    assert (made.status_code, made.json()["absicht"]) == (201, "stornieren"), made.text
    assert writing.read(heim).status_code == 200
    assert step(writing, made, "freigabe", westen).status_code == 403
    assert step(writing, made, "freigabe", fachamt).status_code == 200
    assert writing.read(heim).json()["ersetzt_durch"] == stays


# How it is asked


def test_the_same_key_proposes_once(writing, westen, heim) -> None:
    body = {"properties": {"kapazitaet": 24}}
    made = [
        writing.send("POST", f"{heim}/vorschlaege", body, westen, content_type=JSON, idempotency_key="einmal")
        for _ in range(2)
    ]
    assert made[0].json()["id"] == made[1].json()["id"]
    other = writing.send(
        "POST", f"{heim}/vorschlaege", {"properties": {}}, westen, content_type=JSON, idempotency_key="einmal"
    )
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("freigabe", {"properties": {}}),
        ("freigabe", {"fassung": "x"}),
        ("rueckfrage", {"text": "x" * 2001}),
        ("rueckfrage", {"text": "\x00"}),
        ("rueckfrage", {"text": ["x"]}),
    ],
)
def test_a_step_says_only_what_belongs_to_it(writing, westen, heim, name, said) -> None:
    made = propose(writing, heim, westen, kapazitaet=24)
    assert step(writing, made, name, westen, **said).status_code == 422
    assert step(writing, made, "nichts", westen).status_code == 404


def test_the_worklist_has_pages_and_is_asked_for_one_angebot(writing, westen, fachamt, heim) -> None:
    ids = [propose(writing, heim, westen, kapazitaet=30 + number).json()["id"] for number in range(3)]
    of_heim = f"&angebot={heim.rpartition('/')[2]}"
    assert worklist(writing, fachamt, of_heim) == ids
    page = writing.read(f"{LISTE}?limit=2{of_heim}", fachamt).json()
    assert (page["numberMatched"], page["numberReturned"]) == (3, 2)
    (following,) = [each["href"] for each in page["links"] if each["rel"] == "next"]
    rest = writing.read(writing.relative(following), fachamt).json()
    assert [each["id"] for each in (*page["vorschlaege"], *rest["vorschlaege"])] == ids
    assert worklist(writing, fachamt, f"{of_heim}&sicht=eigene") == []


def test_a_move_to_another_kommune_takes_who_answers_for_both(writing, westen, osten, fachamt) -> None:
    treff = writing.relative(create(writing, westen, feature(name="Zieht um")).headers["location"])
    there = {"geometry": {"type": "Point", "coordinates": list(IN_OST)}}
    made = writing.send("POST", f"{treff}/vorschlaege", there, westen, content_type=JSON, content_crs=PLANE)
    assert (made.status_code, made.json()["kommune"]) == (201, "05334002")
    assert step(writing, made, "freigabe", osten).status_code == 403
    assert step(writing, made, "freigabe", fachamt).status_code == 200
    assert properties(writing.read(treff))["kommune"] == "05334002"
    assert made.json()["ab"] == str(HEUTE)


# Who may do what, when

MOVES = """
who        of         entwurf                             vorgeschlagen                 rueckfrage               decided
verein     kapazitaet entwerfen,vorschlagen,zurueckziehen zurueckziehen                 antworten,zurueckziehen  -
westen     kapazitaet 404                                 -                             -                        -
westen     name       404                                 nachfragen,freigeben,ablehnen freigeben,ablehnen       -
fachamt    kapazitaet 404                                 nachfragen,freigeben,ablehnen freigeben,ablehnen       -
fachamt    name       404                                 nachfragen,freigeben,ablehnen freigeben,ablehnen       -
osten      name       404                                 404                           404                      404
"""
"""A Träger proposes of its own, a Redaktion approves what is of low risk in its Kommune, the Fachamt capacity too."""
MOVERS = [line.split() for line in MOVES.strip().splitlines()[1:]]
WAYS = {
    "entwurf": (),
    "vorgeschlagen": (),
    "rueckfrage": ("rueckfrage",),
    "freigegeben": ("freigabe",),
    "abgelehnt": ("rueckfrage", "ablehnung"),
    "zurueckgezogen": ("rueckzug",),
}
"""The steps that lead to each state."""


@pytest.mark.parametrize("zustand", WAYS)
@pytest.mark.parametrize("of", ["kapazitaet", "name"])
def test_who_may_take_which_step(request, writing, heim, zustand, of) -> None:
    verein, zweite = map(request.getfixturevalue, ("verein", "zweite"))
    stated = {"kapazitaet": 31} if of == "kapazitaet" else {"name": f"Name {zustand}"}
    made = propose(writing, heim, verein, "?entwurf=true" if zustand == "entwurf" else "", **stated)
    for name in WAYS[zustand]:
        taken = step(writing, made, name, verein if name == "rueckzug" else zweite, text="Weil")
        assert taken.status_code == 200, taken.text
    for who, what, *moves in MOVERS:
        if what == of:
            check_moves(writing, made, request.getfixturevalue(who), moves[min(list(WAYS).index(zustand), 3)])


def check_moves(writing, made: Any, reader: str, moves: str) -> None:
    """A reader is offered these steps, and refused all others, whatever it asks for."""
    address = writing.relative(made.headers["location"])
    before = writing.read(address, reader)
    if moves == "404":
        assert before.status_code == 404
        offered = set()
    else:
        offered = set(before.json()["moeglich"])
        assert offered == set(moves.replace("-", "").split(",")) - {""}
    for name, schritt in SCHRITTE.items():
        if schritt.zug.value not in offered:
            assert step(writing, made, name, reader, text="Weil").status_code in {403, 404, 409}, name
    assert writing.read(address, reader).content == before.content


def test_a_traeger_corrects_nothing_at_once_not_even_a_point(writing, verein, westen, heim) -> None:
    moved = {"type": "Point", "coordinates": [IN_OST[0] - 1_200, IN_OST[1]]}
    body = {"type": "Feature", "geometry": moved, "properties": {}}
    refused = writing.send("PATCH", heim, body, verein, content_crs=PLANE)
    assert (refused.status_code, f"POST {heim}/vorschlaege" in refused.json()["detail"]) == (403, True)
    made = writing.send("POST", f"{heim}/vorschlaege", body, verein, content_type=JSON, content_crs=PLANE)
    assert made.json()["entscheidet"] == ["kommune_redaktion", "fachamt", "admin"]
    assert step(writing, made, "freigabe", westen).status_code == 200
    back = {"type": "Point", "coordinates": [IN_OST[0] - 1_300, IN_OST[1]]}
    at_once = writing.send("PATCH", heim, body | {"geometry": back}, westen, content_crs=PLANE)
    assert at_once.status_code == 200  # a Redaktion's correction


# On a map, and for people


def on_the_map(writing, token: str, address: str) -> list[dict[str, Any]]:
    asked = writing.read(f"{LISTE}?f=geojson&angebot={address.rpartition('/')[2]}", token)
    assert (asked.status_code, asked.headers["content-type"]) == (200, "application/geo+json"), asked.text
    assert asked.json()["numberMatched"] == len(asked.json()["features"])
    features: list[dict[str, Any]] = asked.json()["features"]
    return features


def test_proposals_are_on_a_map_for_whom_they_concern(writing, verein, westen, osten, fachamt, heim) -> None:
    made = propose(writing, heim, verein, "?grund=Anbau", kapazitaet=24)
    (drawn,) = on_the_map(writing, verein, heim)
    there = writing.read(heim).json()["geometry"]
    assert (drawn["id"], drawn["geometry"]) == (made.json()["id"], made.json()["punkt"])
    assert drawn["geometry"]["coordinates"] == pytest.approx(there["coordinates"], abs=1e-6)
    assert drawn["properties"] | {"begonnen": ""} == {
        "id": made.json()["id"],
        "angebot": heim.rpartition("/")[2],
        "name": "Tagespflege",
        "art": "pflege.tagespflege",
        "kommune": "05334001",
        "traeger": "Verein",
        "ab": HEUTE.isoformat(),
        "grund": "Anbau",
        "begonnen": "",
        "alter_tage": 0,
        "zustand": "vorgeschlagen",
        "absicht": "aendern",
        "entscheidet": "Fachamt oder Verwaltung der Installation",
        "aenderung": "Kapazität: 20 → 24",
    }
    other = writing.issue(Zustaendigkeit(rolle=Rolle.TRAEGER, traeger=traeger_id("Anderer")))
    schule = writing.issue(Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="schule"))
    seen = [len(on_the_map(writing, token, heim)) for token in (westen, fachamt, osten, other, schule)]
    assert seen == [1, 1, 0, 0, 0]
    assert writing.read(f"{LISTE}?f=geojson").status_code == 401
    assert "vorschlaege" not in writing.collections()


def test_what_would_be_new_or_move_is_drawn_where_it_would_be(writing, westen) -> None:
    path = f"{QUARTIER.removesuffix('/items')}/vorschlaege?kein_duplikat=*"
    made = writing.send("POST", path, feature((IN_OST[0], IN_OST[1] + 40)), westen, content_crs=PLANE)
    assert made.status_code == 403, made.text
    body = feature((300_140.0, 5_630_140.0))
    made = writing.send("POST", path, body, westen, content_crs=PLANE)
    (drawn,) = on_the_map(writing, westen, made.json()["angebot"])
    assert (drawn["properties"]["absicht"], drawn["geometry"]) == ("anlegen", made.json()["punkt"])
    assert "Redaktion der Kommune oder Fachamt" in drawn["properties"]["entscheidet"]


def test_r14_what_is_confidential_is_on_no_map_of_who_may_not_know(writing, westen, fachamt) -> None:
    haus = next(
        each["id"]
        for each in writing.read("/collections/beratung/items?limit=100", fachamt).json()["features"]
        if each["properties"]["name"] == "Frauenhaus"
    )
    address = f"/collections/beratung/items/{haus}"
    propose(writing, address, fachamt, name="Haus")
    assert "Haus" in {each["properties"]["name"] for each in on_the_map(writing, fachamt, address)}
    assert on_the_map(writing, westen, address) == []


def test_a_proposal_is_a_page_field_by_field(writing, westen, anna, fachamt, heim) -> None:
    made = propose(writing, heim, westen, kapazitaet=24, name="<b>Neu</b>")
    assert patch(writing, heim, anna, name="Annas Name").status_code == 200
    listed = writing.read(f"{LISTE}?f=html&angebot={heim.rpartition('/')[2]}", fachamt)
    assert (listed.status_code, listed.headers["content-type"].partition(";")[0]) == (200, "text/html")
    address = f"{LISTE}/{made.json()['id']}?f=html"
    assert f'href="{writing.settings.base_url}{address}"' in listed.text
    page = writing.read(address, fachamt).text
    head, row = re.findall(r"<tr>(.*?)</tr>", page[page.index("<caption>Angaben") :])[:2]
    assert re.findall(r"<th[^>]*>(.*?)</th>", head)[:4] == [
        "Angabe",
        "Als vorgeschlagen wurde",
        "Vorgeschlagen",
        "Steht jetzt da",
    ]
    assert re.findall(r"<td>(.*?)</td>", row)[1:] == ["Tagespflege", "&lt;b&gt;Neu&lt;/b&gt;", "Annas Name", "ja"]
    assert "Fachamt oder Verwaltung der Installation" in page
    assert writing.read(address, "").status_code == 401
