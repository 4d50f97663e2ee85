"""The schemas are true to themselves: their examples are valid, their counter-examples are not."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from infrastruktur import resources
from infrastruktur.domain.art import CATEGORIES, find_art, get_art, get_groesse, get_kategorie, list_arten, taxonomie
from infrastruktur.domain.errors import NotFound

FILES = sorted(resources.folder("schemas").glob("*.schema.json"))
ARTEN = {
    "pflege": "dauerpflege kurzzeit_solitaer tagespflege nachtpflege ambulant betreuungsdienst aua wg_selbst "
    "wg_anbieter servicewohnen hospiz hospizdienst quartierspflege",
    "beratung": "pflege pflegestuetzpunkt wohnberatung senioren demenz sozial schulden sucht erziehung schwangerschaft "
    "schwangerschaftskonflikt migration eutb wohnungslos gewaltschutz psychosozial arbeitslosen selbsthilfe bildung "
    "unbestimmt",
    "quartier": "stadtteilbuero mehrgenerationenhaus familienzentrum begegnungsstaette seniorentreff "
    "nachbarschaftstreff buergerhaus mittagstisch tafel unbestimmt",
    "schule": "grundschule hauptschule realschule sekundarschule gesamtschule gymnasium foerderschule berufskolleg "
    "waldorfschule weiterbildungskolleg klinikschule primus gemeinschaftsschule unbestimmt",
    "alltag": "kita hausarzt apotheke krankenhaus lebensmittel haltestelle",
}


def _load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _validator(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    """Validate over the files and their references, not over what the package makes of them."""
    registry = Registry().with_resources((s["$id"], Resource.from_contents(s)) for s in map(_load, FILES))
    return jsonschema.Draft202012Validator(
        schema, registry=registry, format_checker=jsonschema.FormatChecker(formats=("date",))
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_schema_is_draft_2020_12(path: Path) -> None:
    schema = _load(path)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(f"/{path.name}")


@pytest.mark.parametrize("code", CATEGORIES)
def test_examples_are_valid_and_counterexamples_are_not(code: str) -> None:
    schema = _load(resources.folder("schemas") / f"{code}.schema.json")
    resolved = jsonschema.Draft202012Validator(get_kategorie(code).schema)
    for example in schema["examples"]:
        assert not list(_validator(schema).iter_errors(example))
        assert not list(resolved.iter_errors(example))
    for wrong in schema["x-gegenbeispiele"]:
        assert list(_validator(schema).iter_errors(wrong)), wrong
        assert list(resolved.iter_errors(wrong)), wrong


def _properties() -> list[tuple[str, str]]:
    return [(code, feld.name) for code, kategorie in taxonomie().items() for feld in kategorie.felder]


@pytest.mark.parametrize(("code", "name"), _properties())
def test_property_says_what_a_form_needs(code: str, name: str) -> None:
    feld = next(feld for feld in get_kategorie(code).felder if feld.name == name)
    assert feld.titel
    assert feld.ueberschrift
    checked = jsonschema.Draft202012Validator(feld.schema, format_checker=jsonschema.FormatChecker(formats=("date",)))
    if name != "art":
        for example in feld.schema["examples"]:
            assert not list(checked.iter_errors(example)), example
    for wrong in feld.schema.get("x-gegenbeispiele", ()):
        assert list(checked.iter_errors(wrong)), wrong


def test_taxonomy_has_the_agreed_codes() -> None:
    assert {code: " ".join(art.code.split(".")[1] for art in list_arten(code)) for code in CATEGORIES} == ARTEN
    assert [kategorie.collection for kategorie in taxonomie().values()] == [
        "pflege",
        "beratung",
        "quartiersangebote",
        "schulen",
        "alltag",
    ]


def test_main_size_of_each_art_belongs_to_its_category() -> None:
    for kategorie in taxonomie().values():
        sizes = {groesse.code for groesse in kategorie.groessen}
        assert all(art.groesse is None or art.groesse in sizes for art in kategorie.arten)


def test_art_is_found_by_code_and_by_title_as_people_write_it() -> None:
    for art in list_arten():
        assert find_art(art.code) == art
        assert find_art(f"  {art.titel.upper()} ") == art, "titles are unique over the categories"
    assert find_art("Wellness") is None


def test_unknown_codes_are_not_found() -> None:
    with pytest.raises(NotFound, match=r"Die Art „pflege\.wellness“ gibt es nicht"):
        get_art("pflege.wellness")
    with pytest.raises(NotFound, match="Bekannt sind: plaetze_zugelassen"):
        get_groesse("quadratmeter")
    with pytest.raises(NotFound, match="Bekannt sind: pflege"):
        list_arten("wellness")
    assert get_groesse("vzae").ganzzahlig is False
    assert get_groesse("plaetze_zugelassen").einheit == "Plätze"
