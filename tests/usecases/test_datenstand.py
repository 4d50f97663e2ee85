"""The Datenstand counts what the worklist lists, per Kommune and Fachbereich, and leaves nothing out."""

from datetime import date

from usecases.stolberg import MONSCHAU, STOLBERG, heim, stolberg
from usecases.strassendorf import STICHTAG, row, rows, seen_by

from infrastruktur.domain.klaerung import Klaerungsgrund
from infrastruktur.settings import Audience
from infrastruktur.usecases.list_areas import list_areas
from infrastruktur.usecases.list_klaerungsbedarf import list_klaerungsbedarf
from infrastruktur.usecases.state_datenstand import state_datenstand
from infrastruktur.usecases.take_bestand import OHNE_ZUORDNUNG

YEAR_AGO = date(STICHTAG.year - 1, STICHTAG.month, STICHTAG.day)
DAY_BEFORE = date(STICHTAG.year - 1, STICHTAG.month, STICHTAG.day - 1)
ANGEBOTE = (
    heim("genau ein Jahr", 3000, 20, zuletzt_geprueft=YEAR_AGO),
    heim("einen Tag länger", 3000, 20, zuletzt_geprueft=DAY_BEFORE, stand=DAY_BEFORE),
    heim("nur Stand, ohne Zahl", 3000, stand=STICHTAG),
    heim("nie", 3000, 20),
    heim("nur Ort", None, 30, ort="Stolberg", zuletzt_geprueft=STICHTAG),
    heim("ohne alles", None),
)


def test_a_kommune_is_counted_by_what_is_said_of_its_angebote(store_settings) -> None:
    with stolberg(store_settings, *ANGEBOTE) as context:
        table = state_datenstand(context)
        monschau = row(table, gebiet=MONSCHAU, fachbereich="pflege")
        stolberg_pflege = row(table, gebiet=STOLBERG, fachbereich="pflege")
        nowhere = row(table, gebiet_name=OHNE_ZUORDNUNG, fachbereich="alle", ebene="kommune")
    assert {name: monschau[name] for name in ("angebote", "bestaetigt", "mit_plaetzen", "ohne_platzzahl")} == {
        "angebote": 4,
        "bestaetigt": 2,
        "mit_plaetzen": 4,
        "ohne_platzzahl": 1,
    }
    shares = ("bestaetigt_prozent", "ohne_platzzahl_prozent", "ohne_punkt_prozent")
    assert [monschau[name] for name in shares] == [50.0, 25.0, 0.0]
    assert stolberg_pflege["ohne_punkt"] == 1
    assert [nowhere[name] for name in ("angebote", "bestaetigt", "ohne_platzzahl", "ohne_punkt")] == [1, 0, 1, 1]


def test_it_counts_what_the_worklist_lists(store_settings) -> None:
    with stolberg(store_settings, *ANGEBOTE) as context:
        counted = rows(state_datenstand(context, ebene="kommune", fachbereich="alle"))
        listed = list_klaerungsbedarf(context, STICHTAG).rows()
    reasons = [each["grund"] for each in listed]
    unconfirmed = sum(each["angebote"] - each["bestaetigt"] for each in counted)
    assert unconfirmed == reasons.count(Klaerungsgrund.NICHT_BESTAETIGT)
    assert sum(each["ohne_punkt"] for each in counted) == reasons.count(Klaerungsgrund.OHNE_PUNKT)


def test_fachbereiche_add_up_to_all_and_kommunen_to_the_region(store_settings) -> None:
    with stolberg(store_settings, *ANGEBOTE) as context:
        table = state_datenstand(context)
    for name in ("angebote", "bestaetigt", "mit_plaetzen", "ohne_platzzahl", "ohne_punkt"):
        whole = {
            ebene: sum(each[name] for each in rows(table, ebene=ebene, fachbereich="alle"))
            for ebene in ("kommune", "region")
        }
        assert whole["kommune"] == whole["region"]
        of_one = rows(table, gebiet=MONSCHAU)
        assert 2 * row(table, gebiet=MONSCHAU, fachbereich="alle")[name] == sum(each[name] for each in of_one)


def test_the_public_counts_no_confidential_angebot(store_settings) -> None:
    with stolberg(store_settings, heim("vertraulich", 3000, 20, vertraulich=True)) as context:
        public = row(state_datenstand(seen_by(context, Audience.PUBLIC)), gebiet=MONSCHAU, fachbereich="alle")
        staff = row(state_datenstand(seen_by(context, Audience.STAFF)), gebiet=MONSCHAU, fachbereich="alle")
    assert (public["angebote"], public["bestaetigt_prozent"], public["grund"]) == (0, None, "keine_daten")
    assert staff["angebote"] == 1


def test_the_layer_has_one_area_a_kommune(store_settings) -> None:
    with stolberg(store_settings, *ANGEBOTE) as context:
        layer = list_areas(context, "datenstand_kommune", None)
    assert list(layer.id) == sorted({MONSCHAU, STOLBERG})
    assert dict(zip(layer.id, layer.columns["bestaetigt_prozent"], strict=True))[MONSCHAU] == 50.0
