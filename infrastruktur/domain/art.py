"""The taxonomy: categories, kinds of Angebote and sizes, read from the JSON Schemas in `schemas/`.

One source serves validation, spreadsheet templates, forms, queryables and documentation, so a kind
that is added to a schema is known everywhere at once.
"""

import json
import math
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, cast

import jsonschema
import msgspec

from infrastruktur import resources
from infrastruktur.domain.angebot import Angebot, Kapazitaet, Status, normal_text
from infrastruktur.domain.errors import NotFound

CATEGORIES = ("pflege", "beratung", "quartier", "schule", "alltag")


class Groesse(msgspec.Struct, frozen=True):
    """A size a Kapazität is stated in."""

    code: str
    titel: str
    einheit: str
    ganzzahlig: bool


class Art(msgspec.Struct, frozen=True):
    """A kind of Angebot; `groesse` is the code of its main size, None where it is only counted."""

    code: str
    titel: str
    kategorie: str
    groesse: str | None


class Feld(msgspec.Struct, frozen=True):
    """A property of an Angebot as forms and templates show it; `werte` is the closed list, code → title."""

    name: str
    titel: str
    ueberschrift: str
    schema: dict[str, Any]
    pflicht: bool
    werte: dict[str, str]


class Feldfehler(msgspec.Struct, frozen=True):
    """What is wrong with a property, in a sentence that says what to do."""

    feld: str
    meldung: str


class Kategorie(msgspec.Struct, frozen=True):
    """A category with its collection, kinds, sizes, and its JSON Schema without references."""

    code: str
    titel: str
    collection: str
    arten: tuple[Art, ...]
    groessen: tuple[Groesse, ...]
    felder: tuple[Feld, ...]
    schema: dict[str, Any]


@cache
def load_schema(name: str) -> Mapping[str, Any]:
    """Load one schema file as it stands; `name` is a category or `angebot`."""
    text = (resources.folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return MappingProxyType(schema)


@cache
def taxonomie() -> Mapping[str, Kategorie]:
    """Map the code of each category to what its schema says."""
    return MappingProxyType({code: _build_kategorie(code) for code in CATEGORIES})


def get_kategorie(code: str) -> Kategorie:
    if code not in taxonomie():
        raise NotFound(f"Die Kategorie „{code}“ gibt es nicht. Bekannt sind: {', '.join(taxonomie())}.")
    return taxonomie()[code]


def get_art(code: str) -> Art:
    """Pick a kind by its code, such as `pflege.tagespflege`."""
    art = _arten_by_code().get(code)
    if art is None:
        raise NotFound(f"Die Art „{code}“ gibt es nicht. Alle Arten stehen in der Vorlage ihrer Kategorie.")
    return art


def find_art(text: str) -> Art | None:
    """Find a kind by its code or German title as people write it; None when there is none."""
    return _arten_by_code().get(text.strip()) or _arten_by_text().get(normal_text(text))


def list_arten(kategorie: str | None = None) -> tuple[Art, ...]:
    """List all kinds, or those of one category, in the schema's order."""
    if kategorie is not None:
        return get_kategorie(kategorie).arten
    return tuple(art for known in taxonomie().values() for art in known.arten)


def get_groesse(code: str) -> Groesse:
    """Pick a size by its code, such as `plaetze_zugelassen`."""
    groesse = _groessen().get(code)
    if groesse is None:
        raise NotFound(f"Die Größe „{code}“ gibt es nicht. Bekannt sind: {', '.join(_groessen())}.")
    return groesse


def list_groessen() -> tuple[Groesse, ...]:
    """List all sizes, in the schema's order."""
    return tuple(_groessen().values())


def angebot_record(angebot: Angebot) -> dict[str, Any]:
    """Write an Angebot as the flat record the schemas describe; of dated facts, the latest statement."""
    standort = angebot.standort
    x, y = standort.punkt_25832 or (None, None)
    status = max(angebot.status, key=lambda piece: piece.gueltig_von or date.min, default=None)
    opening = next((p.gueltig_von for p in angebot.status if p.status is Status.IN_BETRIEB and p.gueltig_von), None)
    record: dict[str, Any] = {
        "schluessel": angebot.schluessel,
        "standort": standort.schluessel,
        "art": angebot.art,
        "name": angebot.name,
        "traeger": angebot.traeger,
        "traeger_art": angebot.traeger_art or None,
        "strasse": standort.strasse,
        "hausnummer": standort.hausnummer,
        "plz": standort.plz or None,
        "ort": standort.ort,
        "ostwert": x,
        "nordwert": y,
        "status": status and status.status.value,
        "status_ab": status and status.gueltig_von,
        "in_betrieb_ab": opening,
        "barrierefrei": standort.barrierefrei.value,
        "vertraulich": angebot.vertraulich or standort.vertraulich,
        "stand": angebot.stand,
        "zuletzt_geprueft": angebot.zuletzt_geprueft,
        **angebot.attribute,
        **{latest.groesse: _plain(latest) for latest in _latest(angebot.kapazitaeten)},
    }
    return {name: _json(value) for name, value in record.items() if value is not None}


def _latest(kapazitaeten: tuple[Kapazitaet, ...]) -> list[Kapazitaet]:
    return sorted(kapazitaeten, key=lambda piece: piece.gueltig_von or date.min)


def _plain(kapazitaet: Kapazitaet) -> float | int:
    wert = kapazitaet.wert
    return int(wert) if wert == wert // 1 else wert


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


@cache
def _arten_by_code() -> dict[str, Art]:
    return {art.code: art for art in list_arten()}


@cache
def _arten_by_text() -> dict[str, Art]:
    by_code = {normal_text(art.code): art for art in list_arten()}
    return by_code | {normal_text(art.titel): art for art in list_arten()}


@cache
def _groessen() -> dict[str, Groesse]:
    return {code: _build_groesse(code, definition) for code, definition in load_schema("angebot")["$defs"].items()}


def _build_groesse(code: str, definition: Mapping[str, Any]) -> Groesse:
    return Groesse(code, definition["title"], definition["x-einheit"], definition["type"] == "integer")


def _build_kategorie(code: str) -> Kategorie:
    schema = _resolve(code)
    properties: dict[str, Any] = schema["properties"]
    return Kategorie(
        code=code,
        titel=schema["title"],
        collection=schema["x-collection"],
        arten=tuple(
            Art(kind["const"], kind["title"], code, kind.get("x-groesse")) for kind in properties["art"]["oneOf"]
        ),
        groessen=tuple(_build_groesse(name, rule) for name, rule in properties.items() if rule.get("x-groesse")),
        felder=tuple(_build_feld(name, rule, schema["required"]) for name, rule in properties.items()),
        schema=schema,
    )


def _build_feld(name: str, rule: dict[str, Any], required: list[str]) -> Feld:
    werte = {choice["const"]: choice["title"] for choice in rule.get("oneOf", ())}
    if rule.get("type") == "boolean":
        werte = {"ja": "ja", "nein": "nein"}
    return Feld(name, rule["title"], rule["x-ueberschrift"], rule, name in required, werte)


def _resolve(code: str) -> dict[str, Any]:
    """Put the shared properties and sizes in place of the references to them."""
    shared, own = load_schema("angebot"), load_schema(code)
    properties: dict[str, Any] = dict(shared["properties"])
    for name, rule in own["properties"].items():
        size = shared["$defs"][name] if "$ref" in rule else {}
        properties[name] = {**properties.get(name, {}), **size, **{k: v for k, v in rule.items() if k != "$ref"}}
    kept = {name: value for name, value in own.items() if name not in {"$ref", "unevaluatedProperties"}}
    kept |= {"type": "object", "required": shared["required"], "properties": properties, "additionalProperties": False}
    return kept


def validate_angebot(angebot: Angebot) -> list[str]:
    """Say in German what is wrong with an Angebot, a sentence each; an empty list when nothing is."""
    art = _arten_by_code().get(angebot.art)
    if art is None:
        return [f"Die Art „{angebot.art}“ gibt es nicht."]
    return validate_record(get_kategorie(art.kategorie), angebot_record(angebot))


def validate_record(kategorie: Kategorie, record: Mapping[str, Any]) -> list[str]:
    """Check a flat record against the schema of its category; German sentences, sorted."""
    return sorted({fehler.meldung for fehler in list_fehler(kategorie, record)})


def list_fehler(kategorie: Kategorie, record: Mapping[str, Any]) -> list[Feldfehler]:
    """Check a flat record against the schema of its category, and name the property each sentence is about."""
    felder = {feld.name: feld for feld in kategorie.felder}
    errors = _validator(kategorie.code).iter_errors(dict(record))
    found = [Feldfehler(_about(felder, error), _say(felder, error)) for error in errors]
    for feld in kategorie.felder:
        value, whole = record.get(feld.name), record.get(feld.schema.get("x-teilmenge-von", ""))
        if isinstance(value, float) and not math.isfinite(value):
            found.append(Feldfehler(feld.name, f"„{feld.ueberschrift}“ ist keine endliche Zahl."))
        elif isinstance(value, int | float) and isinstance(whole, int | float) and value > whole:
            said = f"„{feld.ueberschrift}“ ist mit {value} größer als die Gesamtzahl {whole}, deren Teil es ist."
            found.append(Feldfehler(feld.name, said))
    return found


def _about(felder: Mapping[str, Feld], error: jsonschema.ValidationError) -> str:
    """Name the property a violation is about; of several that are missing or foreign, the first."""
    if error.absolute_path:
        return str(error.absolute_path[0])
    record = cast("dict[str, Any]", error.instance)
    names = cast("list[str]", error.validator_value) if str(error.validator) == "required" else list(record)
    return next((name for name in names if (name in record) != (name in felder)), "")


@cache
def _validator(code: str) -> jsonschema.Draft202012Validator:
    checker = jsonschema.FormatChecker(formats=("date",))
    return jsonschema.Draft202012Validator(get_kategorie(code).schema, format_checker=checker)


_TYPES = {"string": "ein Text", "integer": "eine ganze Zahl", "number": "eine Zahl", "boolean": "ja oder nein"}
_SENTENCES: Mapping[str, Callable[[str, Any, Any], str]] = {
    "type": lambda titel, value, rule: f"„{titel}“ muss {_TYPES[rule]} sein, nicht „{value}“.",
    "minimum": lambda titel, value, rule: f"„{titel}“ muss mindestens {rule} sein, nicht {value}.",
    "maximum": lambda titel, value, rule: f"„{titel}“ darf höchstens {rule} sein, nicht {value}.",
    "minLength": lambda titel, _value, _rule: f"„{titel}“ fehlt.",
    "maxLength": lambda titel, value, rule: f"„{titel}“ ist mit {len(value)} Zeichen zu lang (höchstens {rule}).",
    "pattern": lambda titel, value, _rule: f"„{titel}“: „{value}“ hat nicht die erwartete Form.",
    "format": lambda titel, value, _rule: f"„{titel}“: „{value}“ ist kein Datum.",
}


def _say(felder: Mapping[str, Feld], error: jsonschema.ValidationError) -> str:
    """Translate one violation; `felder` gives the headings a clerk knows the properties by."""
    keyword = str(error.validator)
    record, rule = cast("dict[str, Any]", error.instance), cast("Any", error.validator_value)
    if keyword == "required":
        missing = [name for name in rule if name not in record]
        return " ".join(f"„{felder[name].ueberschrift}“ fehlt." for name in missing)
    if keyword == "additionalProperties":
        foreign = [name for name in record if name not in felder]
        return f"Hier nicht vorgesehen: {', '.join(_heading(name) for name in foreign)}."
    feld = felder[str(error.absolute_path[0])]
    if keyword == "oneOf":
        return (
            f"„{feld.ueberschrift}“: „{error.instance}“ gibt es nicht. Möglich sind: {', '.join(feld.werte.values())}."
        )
    return _SENTENCES[keyword](feld.ueberschrift, error.instance, rule)


def _heading(name: str) -> str:
    return f"„{name_property(name)}“"


def name_property(name: str) -> str:
    """Name a property of any category by its heading."""
    felder = (feld for kategorie in taxonomie().values() for feld in kategorie.felder)
    return next((feld.ueberschrift for feld in felder if feld.name == name), name)
