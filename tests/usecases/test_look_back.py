"""What was known at a moment comes again, to the byte, whatever was corrected since.

Stolberg as in test_bedarf: Haus A with 80 places in S03a, Haus B planned with 40. Later Haus A turns out to have 75 and
to stand in S03b, more people are counted, and the areas have other names.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from usecases.stolberg import ANGEBOTE, HAUS_A, KURZZEIT, RAEUME, heim, stolberg
from usecases.strassendorf import (
    QUELLE,
    STICHTAG,
    TOLD,
    angebot,
    build_streets,
    cells,
    places,
    row,
    seen_by,
    state,
    village,
)
from usecases.test_bedarf import REGISTER, towns, write_rates
from usecases.test_tafeln import HEAD, RATES, WIDE

from infrastruktur.domain.angebot import Standort, Status, Statuszeit
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.kenntnis import ORTSZEIT
from infrastruktur.domain.kontext import Kontextwert, get_kontextindikator
from infrastruktur.domain.query import LayerQuery
from infrastruktur.http.figures import FIGURES
from infrastruktur.http.planning import answer_words
from infrastruktur.intake.recipe import load_recipe
from infrastruktur.settings import Audience
from infrastruktur.storage import history
from infrastruktur.storage.angebote import list_angebote_of_quelle
from infrastruktur.storage.bevoelkerung import apply_bevoelkerung, apply_zellen, list_zellen
from infrastruktur.storage.fruehere import KEPT
from infrastruktur.storage.history import Change
from infrastruktur.storage.kontext import apply_kontext, load_kontextwerte
from infrastruktur.storage.raeume import apply_raeume
from infrastruktur.usecases.import_source import Auftrag, import_source
from infrastruktur.usecases.look_back import look_again, look_back
from infrastruktur.usecases.read_layer import iterate_features, list_collections
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.take_bestand import take_bestand

TABLES = (
    ("bestandsbericht", "stichtag=2025-12-31"),
    ("platzveraenderungen", "stichtag=2025-12-31"),
    ("demand", "stichtag=2025-12-31"),
    ("pflegebedarf", "stichtag=2025-12-31"),
    ("provision", "stichtag=2025-12-31"),
    ("bestand", "stichtag=2025-12-31", "vergleich=2023-12-31"),
)


def now():
    """Give this moment; what is written after it is later, as clocks of microseconds tell."""
    return datetime.now(UTC)


def tables(context, *more):
    return {words: answer_words(context, *words[:1], [*words[1:], *more]) for words in TABLES}


def correct(context):
    """Correct everything the tables rest on."""
    moved = msgspec.structs.replace(HAUS_A.standort, punkt_25832=KURZZEIT.standort.punkt_25832)
    state(context, msgspec.structs.replace(HAUS_A, standort=moved, kapazitaeten=places(75)), heim("Haus C", 300, 20))
    with context.store.of_installation().write() as connection:
        more = [msgspec.structs.replace(each, personen=each.personen + 10) for each in REGISTER]
        apply_bevoelkerung(connection, "register", more, **TOLD)
        renamed = [msgspec.structs.replace(each, name=f"{each.titel} (neu)") for each in RAEUME]
        apply_raeume(connection, Change(quelle=QUELLE, geaendert=tuple(renamed)), **TOLD)


def test_the_tables_of_the_law_come_again_to_the_byte_after_later_corrections(store_settings):
    with towns(store_settings) as context:
        write_rates(store_settings.home, "pflegebeduerftig", 5)
        before, moment = tables(context, "f=csv"), now()
        asked = f"known_at={moment.isoformat()}"
        with_origin = tables(context, "f=json", asked)
        correct(context)
        assert all(after != before[words] for words, after in tables(context, "f=csv").items())
        assert tables(context, "f=csv", asked) == before
        assert tables(context, "f=json", asked) == with_origin


def test_a_table_says_as_of_when_it_is_known_only_where_that_was_asked(store_settings):
    with towns(store_settings) as context:
        plain = take_bestand(context).herkunft
        moment = now()
        asked = take_bestand(look_back(context, moment)).herkunft
        write_rates(store_settings.home, "pflegebeduerftig", 5)
        later = take_bestand(look_back(context, moment), stichtag=STICHTAG).herkunft
    assert "known_at" not in plain.parameter
    assert asked.parameter["known_at"] == moment.isoformat().replace("+00:00", "Z")
    assert any("Stand der Kenntnis" in hint for hint in asked.hinweise)
    assert not any("quoten.toml" in hint for hint in asked.hinweise)
    assert any("quoten.toml" in hint for hint in later.hinweise), "this file is today's"


def test_nothing_was_known_before_the_first_entry(store_settings):
    begin = now()
    with towns(store_settings) as context, pytest.raises(InvalidParameter, match="noch nichts im Katalog"):
        look_back(context, begin)


def test_cells_and_context_values_come_again(store_settings):
    indikator = get_kontextindikator("sgb2_quote")

    def tell(context, wert, further):
        with context.store.of_installation().write() as connection:
            rows = [kontextwert(indikator.code, wert)]
            apply_kontext(connection, "amt", [indikator], rows, **TOLD)
            apply_zellen(connection, cells({300.0: further, 900.0: 12}), **TOLD)

    with village(store_settings, zellen=(cells({300.0: 40, 900.0: 10}),)) as context:
        first = now()
        tell(context, 8.5, 50)
        second = now()
        tell(context, 9.5, 60)
        values = [kontext_of(look_back(context, moment)) for moment in (first, second, now())]
        counted = [cells_of(look_back(context, moment)) for moment in (first, second, now())]
    assert values == [[], [8.5], [9.5]]
    assert counted == [[10, 40], [12, 50], [12, 60]]


def kontextwert(code, wert):
    return Kontextwert(quelle="amt", indikator=code, stichtag=STICHTAG, raum="05334032", wert=wert)


def kontext_of(context):
    with context.store.read() as connection:
        return [each.wert for each in load_kontextwerte(connection, STICHTAG)]


def cells_of(context):
    with context.store.read() as connection:
        (zellen,) = list_zellen(connection)
    return zellen.werte[:, 0].tolist()


def test_what_was_replaced_before_anything_was_kept_is_refused_and_not_taken_from_today(store_settings):
    with stolberg(store_settings) as context:
        moment = now()
        with context.store.of_installation().write() as connection:
            entry = history.Aenderung(
                tabelle="bevoelkerung",
                id="register",
                vorher=(days := {"stichtage": ["2025-12-31"]}),
                nachher=days,
                **TOLD,
            )
            history.append(connection, [entry])
        with pytest.raises(InvalidParameter, match="„register“ damals sagte"):
            look_back(context, moment)
        assert take_bestand(look_back(context, now()))


def test_a_table_counts_no_rate_that_came_later(store_settings, tmp_path):
    def bring(text):
        (tmp_path / "quoten.toml").write_text(HEAD.format("quoten", "quoten") + WIDE)
        (tmp_path / "quoten.csv").write_text(text)
        import_source(context, Auftrag(load_recipe(tmp_path / "quoten.toml"), tmp_path), lambda _step, _share: None)

    with towns(store_settings) as context:
        moments, answers = [], []
        for text in (None, RATES, RATES.replace("38,5", "39")):
            if text is not None:
                bring(text)
            answers.append(answer_words(context, "pflegebedarf", ["f=csv", "stichtag=2025-12-31"]))
            moments.append(now())
        assert len(set(answers)) == 3
        for moment, answer in zip(moments, answers, strict=True):
            words = ["f=csv", "stichtag=2025-12-31", f"known_at={moment.isoformat()}"]
            assert answer_words(context, "pflegebedarf", words) == answer


def layers(context, *names):
    """Read layers whole: ids in their order, columns, and places to the millimetre."""
    return [
        (batch.id, batch.columns, [str(each) for each in batch.geometries()])
        for name in names
        for batch in iterate_features(context, LayerQuery(collection=name, stichtag=STICHTAG))
    ]


POINTS = ("angebote", "pflege", "standorte", "sozialraeume")


@st.composite
def statements(draw):
    """State a home at one of two Standorte, which homes share, leave and take along."""
    place = Standort(
        schluessel=draw(st.sampled_from("XY")),
        ort=draw(st.sampled_from(["", "Dorf"])),
        punkt_25832=draw(st.sampled_from([None, KURZZEIT.standort.punkt_25832, HAUS_A.standort.punkt_25832])),
    )
    known = draw(st.sampled_from([(), (Statuszeit(status=Status.IN_BETRIEB),)]))
    stated = heim(draw(st.sampled_from("ABC")), 0, draw(st.integers(1, 3)))
    return msgspec.structs.replace(stated, standort=place, status=known)


def test_every_state_comes_again_whatever_follows(store_settings):
    """Homes and Standorte in any order: the catalogue of each moment, laid out anew, is what it was."""
    with stolberg(store_settings) as context:

        @settings(max_examples=examples(5), deadline=None)
        @given(st.lists(statements(), min_size=1, max_size=4), st.integers(0, 3))
        def check(stated, which):
            seen = []
            for each in stated:
                state(context, each)
                with context.store.read() as connection:
                    current = list_angebote_of_quelle(connection, QUELLE)
                seen.append((now(), current, layers(context, *POINTS)))
            for moment, current, _ in seen:
                with context.store.read() as connection:
                    stand = history.find_stand(connection, moment)
                    assert {each.schluessel: each for each in history.list_angebote(connection, stand)} == current
            moment, _, shown = seen[which % len(seen)]
            assert layers(look_back(context, moment), *POINTS) == shown

        check()


def test_a_moment_between_two_entries_shares_the_catalogue_of_the_first(store_settings):
    with stolberg(store_settings) as context:
        moment = now()
        one, other = look_back(context, moment), look_back(context, moment + timedelta(microseconds=1))
        assert one.store is other.store
        assert one.revision() == other.revision() != context.revision()
        state(context, heim("Haus C", 300, 20))
        assert look_back(context, now()).store is not one.store


def test_what_was_laid_out_before_something_was_erased_is_given_no_more(store_settings):
    with stolberg(store_settings) as context:
        moment = now()
        before = look_back(context, moment)
        with context.store.of_installation().write() as connection:
            history.bump(connection, history.VERGESSEN)
        after = look_back(context, moment)
        assert after.store is not before.store
        assert after.revision() != before.revision()
        assert layers(after, *POINTS) == layers(before, *POINTS)


def test_more_catalogues_than_are_kept_take_the_place_of_the_oldest_and_come_again(store_settings):
    with stolberg(store_settings) as context:
        moments = []
        for number in range(KEPT + 2):
            state(context, heim("Haus C", 300, number + 1))
            moments.append(now())
        seen = [look_back(context, moment) for moment in moments]
        sizes = [_places_of(look_again(each), "Haus C") for each in (*seen, seen[0])]
        folders = list(Path(context.fruehere._folders[0].name).iterdir())
        assert look_again(context) is context
    assert sizes == [*range(1, KEPT + 3), 1]
    assert len(folders) == KEPT
    assert not folders[0].exists(), "nothing of the past outlives the installation"


def _places_of(context, name):
    supply = read_supply(context, STICHTAG)
    return supply.sizes["plaetze_zugelassen"][supply.name == name].item()


@pytest.mark.parametrize("hidden", ["angebot", "standort", "art"])
def test_what_became_confidential_is_not_told_of_earlier_either(store_settings, hidden):
    """Of a refuge that was published by mistake the public reads nothing, at no moment; the administration all."""
    refuge = angebot("Zuflucht", "beratung.gewaltschutz", 300)
    with stolberg(store_settings, refuge) as context:
        moment = now()
        changed = {
            "angebot": {"vertraulich": True},
            "standort": {"standort": msgspec.structs.replace(refuge.standort, vertraulich=True)},
            "art": {"art": "pflege.wg_selbst"},
        }[hidden]
        state(context, msgspec.structs.replace(refuge, **changed))
        public = seen_by(context, Audience.PUBLIC)
        then, then_public = look_back(context, moment), look_back(public, moment)
        assert "Zuflucht" in str(layers(then, *POINTS))
        assert "Zuflucht" not in str(layers(then_public, *POINTS)) + str(layers(public, *POINTS))
        assert len(layers(then_public, "standorte")[0][0]) == len(layers(then, "standorte")[0][0]) - 1
        assert row(take_bestand(then), art=refuge.art, ebene="kommune", gebiet="05334032")["angebote"] == 1
        assert not [each for each in take_bestand(then_public).records() if each["art"] == refuge.art]


def test_what_was_confidential_once_is_told_from_then_on_where_it_is_public(store_settings):
    refuge = angebot("Zuflucht", "beratung.gewaltschutz", 300, vertraulich=True)
    with stolberg(store_settings, refuge) as context:
        secret = now()
        state(context, msgspec.structs.replace(refuge, vertraulich=False))
        told = now()
        state(context, heim("Haus C", 300, 20))
        public = seen_by(context, Audience.PUBLIC)
        names = ["Zuflucht" in str(layers(look_back(public, moment), "angebote")) for moment in (secret, told)]
    assert names == [False, True]


ASKED = {
    "demand/vergleich": ("regel=dauerpflege_anteil",),
    "siting": ("ziel=begegnung", "anzahl=1"),
    "catchments": ("art=pflege.dauerpflege", "modus=zu_fuss", "max_minuten=30", "altersgruppe=alle"),
    "vergleich": ('szenario={"aenderungen": []}',),
}
"""What a figure cannot do without."""


def test_every_layer_and_figure_comes_again_as_it_was_known(store_settings):
    day = f"stichtag={STICHTAG}"
    build_streets(store_settings.home)
    with towns(store_settings, zellen=(cells({300.0: 40}),)) as context:
        write_rates(store_settings.home, "pflegebeduerftig", 5)
        names = [each.id for each in list_collections(context)]
        shown = layers(context, *names)
        told = {name: answer_words(context, name, ["f=csv", day, *ASKED.get(name, ())]) for name in FIGURES}
        moment = now()
        state(context, *(msgspec.structs.replace(each, status=()) for each in ANGEBOTE))
        assert layers(context, *names) != shown
        asked = [day, f"known_at={moment.isoformat()}"]
        again = {name: answer_words(context, name, ["f=csv", *asked, *ASKED.get(name, ())]) for name in FIGURES}
        # The address of what would close a gap asks as of the moment too.
        of_moment = f"&known_at={look_back(context, moment).kenntnis.text}".encode()
        again = {name: answer.replace(of_moment, b"") for name, answer in again.items()}
        assert layers(look_back(context, moment), *names) == shown
    assert again == told
    assert {"klaerungsbedarf", "veraenderungen", "massnahmen"} < set(names)


def test_without_a_day_a_layer_shows_the_day_as_of_which_it_is_known(store_settings):
    with stolberg(store_settings) as context:
        then = look_back(context, now())
        assert then.today() == now().astimezone(ORTSZEIT).date()
