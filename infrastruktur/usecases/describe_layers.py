"""Describe the layers: which there are, with which columns; a new figure brings its layers along.

Static: nothing here asks the catalogue, so the service description can be written without one.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache

from infrastruktur.domain.art import Art, Kategorie, list_arten, taxonomie
from infrastruktur.domain.klaerung import TITEL
from infrastruktur.domain.kontext import list_kontextindikatoren
from infrastruktur.domain.kriterium import Kriteriensatz, parse_kriterien
from infrastruktur.domain.layer import Collection, Property
from infrastruktur.domain.massnahme import STATUS_TITEL
from infrastruktur.domain.massnahme import TITEL as MASSNAHME_TITEL
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Spalte, Typ
from infrastruktur.domain.unterschied import TITEL as UNTERSCHIEDE
from infrastruktur.domain.ziel import Ziel, parse_ziele
from infrastruktur.planning.columns import COVERAGE, KONTEXT, PROVISION
from infrastruktur.planning.datenstand import DATENSTAND
from infrastruktur.planning.quarter import Zustand
from infrastruktur.reports.anzeige import WORTE
from infrastruktur.resources import folder
from infrastruktur.usecases.assess_provision import list_indikatoren

EBENEN = {Ebene.SOZIALRAUM: "je Sozialraum oder Bezirk", Ebene.KOMMUNE: "je Kommune"}
KLAERUNGSBEDARF, VERAENDERUNGEN = "klaerungsbedarf", "veraenderungen"
LUECKEN, QUARTIERE = "luecken", "versorgungsquartiere"
GESAMT_VORSATZ = "luecken_gesamt_"
KONTEXT_VORSATZ = "kontext_"
DATENSTAND_EBENE = "datenstand_kommune"
MASSNAHMEN = "massnahmen"

_JSON = {
    Typ.TEXT: ("string", None),
    Typ.GANZZAHL: ("integer", None),
    Typ.ZAHL: ("number", None),
    Typ.DATUM: ("string", "date"),
    Typ.WAHRHEIT: ("boolean", None),
}


@cache
def describe_collections() -> tuple[Collection, ...]:
    """Describe all layers in the order a person would look for them."""
    return (
        *_catalogue_layers(),
        describe_klaerungsbedarf(),
        describe_veraenderungen(),
        describe_massnahmen(),
        *_area_layers(),
        *_figure_layers(),
    )


@cache
def list_default_ziele() -> tuple[Ziel, ...]:
    """Read the default targets; figure layers show no others, so that nobody has to type a parameter."""
    path = folder("schemas") / "ziele.toml"
    return parse_ziele(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


@cache
def list_default_kriterien() -> tuple[Kriteriensatz, ...]:
    """Read the variants of the default criteria set; the layer shows no other."""
    path = folder("schemas") / "kriterien.toml"
    saetze = parse_kriterien(path.read_text(encoding="utf-8"), path.name)
    return tuple(satz for satz in saetze if satz.code == saetze[0].code)


def _catalogue_layers() -> list[Collection]:
    whole = Collection(
        id="angebote",
        titel="Angebote",
        beschreibung="Jedes Angebot am Punkt seines Standorts; ohne Punkt mit leerer Geometrie.",
        geometry="Point",
        properties=_angebot_properties(list_arten()),
    )
    return [whole, *map(_kategorie_layer, taxonomie().values()), _standort_layer()]


def _kategorie_layer(kategorie: Kategorie) -> Collection:
    return Collection(
        id=kategorie.collection,
        titel=kategorie.titel,
        beschreibung=f"Teilmenge der Ebene „Angebote“: {kategorie.titel}.",
        geometry="Point",
        properties=_angebot_properties(kategorie.arten),
        teilmenge_von="angebote",
    )


def _text(name: str, titel: str, werte: Mapping[str, str] | None = None) -> Property:
    return Property(name=name, titel=titel, type="string", werte=werte or {})


def _titles(feld: str) -> Mapping[str, str]:
    """Look up how a field's values are called; the schemas of all categories share these fields."""
    return next(each.werte for each in next(iter(taxonomie().values())).felder if each.name == feld)


def _day(name: str, titel: str) -> Property:
    return Property(name=name, titel=titel, type="string", format="date")


_GRUND = _text("grund", "Grund, wenn ein Wert fehlt", {grund.value: worte for grund, worte in WORTE.items()})
_UMRISS = _text("umriss", "Fassung des Umrisses")
_PLACE = (
    _text("strasse", "Straße"),
    _text("hausnummer", "Hausnummer"),
    _text("plz", "Postleitzahl"),
    _text("ort", "Ort"),
    _text("kommune", "Kommune (AGS)"),
    _text("sozialraum", "Sozialraum (Schlüssel)"),
)


def _angebot_properties(arten: Iterable[Art]) -> tuple[Property, ...]:
    return (
        _text("id", "Kennung"),
        _text("name", "Name"),
        _text("art", "Art", {art.code: art.titel for art in arten}),
        _text("traeger", "Träger"),
        _text("status", "Status", _titles("status")),
        Property(name="kapazitaet", titel="Kapazität am Stichtag", type="number"),
        _text("einheit", "Einheit der Kapazität"),
        _text("oeffnungszeiten", "Öffnungszeiten"),
        _day("stand", "Stand der Angaben"),
        _day("zuletzt_geprueft", "Zuletzt geprüft"),
        *_PLACE,
    )


def _standort_layer() -> Collection:
    return Collection(
        id="standorte",
        titel="Standorte",
        beschreibung="Orte mit Adresse; ein Standort trägt ein oder mehrere Angebote.",
        geometry="Point",
        properties=(
            _text("id", "Kennung"),
            *_PLACE,
            _text("barrierefrei", "Barrierefrei", _titles("barrierefrei")),
            Property(name="angebote", titel="Zahl der Angebote", type="integer"),
        ),
    )


def describe_klaerungsbedarf() -> Collection:
    """Describe the layer of what needs care: a row per Angebot and reason, at the Angebot's point."""
    return Collection(
        id=KLAERUNGSBEDARF,
        titel="Klärungsbedarf",
        beschreibung="Angebote, die jemand ansehen sollte, je Grund eine Zeile, und Maßnahmen, zu denen es zwei "
        "Angaben gibt; ohne Punkt mit leerer Geometrie. "
        "Zu einem früheren Stand der Kenntnis gelten Adresstabelle und Straßennetz von heute.",
        geometry="Point",
        properties=(
            _text("id", "Kennung: die des Angebots und der Grund"),
            Property(name="angebot", titel="Kennung des Angebots", type="string", format="uuid"),
            Property(name="massnahme", titel="Kennung der Maßnahme", type="string", format="uuid"),
            _text("name", "Name"),
            _text("art", "Art", {art.code: art.titel for art in list_arten()}),
            _text("kommune", "Kommune (AGS)"),
            _text("traeger", "Träger"),
            _text("grund", "Grund", {grund.value: titel for grund, titel in TITEL.items()}),
            _text("erlaeuterung", "Erläuterung"),
            Property(name="abstand_m", titel="Abstand", type="integer", einheit="m"),
            _day("stand", "Stand der Angaben"),
            _day("zuletzt_geprueft", "Zuletzt geprüft"),
        ),
    )


def describe_veraenderungen() -> Collection:
    """Describe the layer of what changed between two Stichtage: a row per Angebot and difference."""
    return Collection(
        id=VERAENDERUNGEN,
        titel="Veränderungen zwischen zwei Stichtagen",
        beschreibung="Was sich an Angeboten zwischen zwei Tagen geändert hat, oder zwischen zwei Ständen der Kenntnis "
        "berichtigt wurde, je Unterschied eine Zeile; ohne Angabe gegenüber dem Jahr davor.",
        geometry="Point",
        properties=(
            _text("id", "Kennung: die des Angebots und der Unterschied"),
            Property(name="angebot", titel="Kennung des Angebots", type="string", format="uuid"),
            _text("name", "Name"),
            _text("art", "Art", {art.code: art.titel for art in list_arten()}),
            _text("was", "Was sich geändert hat", {was.value: titel for was, titel in UNTERSCHIEDE.items()}),
            _text("vorher", "Vorher"),
            _text("nachher", "Nachher"),
            Property(name="differenz", titel="Mehr oder weniger in Betrieb", type="number"),
            _text("einheit", "Einheit der Kapazität"),
            _text("traeger", "Träger"),
            *_PLACE,
            _day("stichtag_vorher", "Verglichener Stichtag"),
            _day("stichtag", "Stichtag"),
        ),
    )


def describe_massnahmen() -> Collection:
    """Describe the layer of Maßnahmen: each on the outline of its Sozialraum, or of its Kommune."""
    ziele = {ziel.code: ziel.titel for ziel in list_default_ziele()}
    werte = {
        "fachbereich": {code: each.titel for code, each in taxonomie().items()},
        "status": {status.value: titel for status, titel in STATUS_TITEL.items()},
        "ziel": ziele,
    }
    stated = [
        Property(
            name=name,
            titel=titel,
            type="string",
            format="date" if name == "frist" else None,
            werte=werte.get(name, {}),
            weitere=name == "ziel",
        )
        for name, titel in MASSNAHME_TITEL.items()
    ]
    return Collection(
        id=MASSNAHMEN,
        titel="Maßnahmen",
        beschreibung="Was bis wann geschehen soll, auf dem Gebiet, für das es gedacht ist; ohne Aufgegebenes.",
        geometry="MultiPolygon",
        properties=(
            _text("id", "Kennung"),
            *stated,
            _text("gebiet_name", "Gebiet"),
            _day("status_seit", "Status seit"),
        ),
    )


def _area_layers() -> list[Collection]:
    shared = (_text("schluessel", "Schlüssel"), _text("name", "Name"), _text("ebene", "Ebene"))
    validity = (_day("gueltig_von", "Gültig von"), _day("gueltig_bis", "Gültig bis (letzter Tag)"), _UMRISS)
    return [
        Collection(
            id="sozialraeume",
            titel="Sozialräume",
            beschreibung="Sozialräume, oder Statistische Bezirke an ihrer Stelle.",
            geometry="MultiPolygon",
            properties=(*shared, _text("bezeichnung", "Bezeichnung"), _text("kommune", "Kommune (AGS)"), *validity),
        ),
        Collection(
            id="kommunen",
            titel="Kommunen",
            beschreibung="Die Kommunen der Region.",
            geometry="MultiPolygon",
            properties=(*shared, _text("region", "Region (Schlüssel)"), *validity),
        ),
    ]


def _figure_layers() -> list[Collection]:
    layers = [
        _figure_layer(f"{each.code}_{ebene}", f"{each.titel}, {words}", each.hinweis or each.titel, PROVISION)
        for each in list_indikatoren()
        for ebene, words in EBENEN.items()
        if each.allows(ebene, public=True)
    ]
    layers += [
        _figure_layer(
            f"erreichbarkeit_{ziel.code}_{ebene}",
            f"Erreichbarkeit, {words}: {ziel.titel}",
            f"Anteil von {ziel.gruppe.titel}, der das Ziel erreicht. {ziel.status}.",
            COVERAGE,
        )
        for ziel in list_default_ziele()
        for ebene, words in EBENEN.items()
    ]
    layers += [
        _figure_layer(
            f"{KONTEXT_VORSATZ}{each.code}_{ebene}",
            f"Kontext, {words}: {each.titel}",
            " ".join(part for part in (each.bezug, each.deutung) if part),
            KONTEXT,
        )
        for each in list_kontextindikatoren()
        for ebene, words in EBENEN.items()
        if each.allows(ebene)
    ]
    layers.append(
        _figure_layer(
            DATENSTAND_EBENE,
            "Datenstand, je Kommune",
            "Welcher Anteil der Angebote in zwölf Monaten bestätigt wurde, wie vielen Platzzahl oder Punkt fehlt.",
            DATENSTAND,
        )
    )
    every = [_gesamt_layer(ebene, words) for ebene, words in EBENEN.items()]
    return [*layers, _luecken_layer(), *every, _quartiere_layer()]


def _figure_layer(id_: str, titel: str, beschreibung: str, spalten: tuple[Spalte, ...]) -> Collection:
    return Collection(
        id=id_,
        titel=titel,
        beschreibung=beschreibung,
        geometry="MultiPolygon",
        properties=(*map(_property, spalten), _UMRISS),
    )


def _property(spalte: Spalte) -> Property:
    json_type, json_format = _JSON[spalte.typ]
    werte = _GRUND.werte if spalte.name == _GRUND.name else {}
    return Property(
        name=spalte.name, titel=spalte.titel, type=json_type, format=json_format, einheit=spalte.einheit, werte=werte
    )


def _luecken_layer() -> Collection:
    """One row an area, so that no polygons lie on one another: the largest gap, and each target's own."""
    own = [
        Property(
            name=f"bis_zum_ziel_{ziel.code}", titel=f"Bis zum Ziel: {ziel.titel}", type="number", einheit="Personen"
        )
        for ziel in list_default_ziele()
    ]
    return Collection(
        id=LUECKEN,
        titel="Lücken, je Sozialraum oder Bezirk",
        beschreibung="Die größte Lücke je Gebiet und die fehlenden Personen je Ziel. Arbeitswerte, nicht beschlossen.",
        geometry="MultiPolygon",
        properties=(
            _text("ebene", "Ebene"),
            _text("gebiet", "Gebietsschlüssel"),
            _text("gebiet_name", "Gebiet"),
            Property(name="ziele_verfehlt", titel="Zahl der verfehlten Ziele", type="integer"),
            Property(name="ziele_ohne_aussage", titel="Zahl der Ziele ohne Aussage", type="integer"),
            _text("groesste_luecke", "Größte Lücke"),
            Property(name="bis_zum_ziel", titel="Größte Lücke: Personen", type="number", einheit="Personen"),
            _GRUND,
            *own,
            _day("stichtag", "Stichtag"),
            _UMRISS,
        ),
    )


def _gesamt_layer(ebene: Ebene, words: str) -> Collection:
    """One row an area of the whole list: targets, criteria and missing places, the largest first."""
    return Collection(
        id=f"{GESAMT_VORSATZ}{ebene}",
        titel=f"Alle Lücken, {words}",
        beschreibung="Verfehlte Ziele und Kriterien und fehlende Plätze, das Größte zuerst. Arbeitswerte, nicht "
        "beschlossen.",
        geometry="MultiPolygon",
        properties=(
            _text("ebene", "Ebene"),
            _text("gebiet", "Gebietsschlüssel"),
            _text("gebiet_name", "Gebiet"),
            Property(name="luecken", titel="Zahl aller Lücken", type="integer"),
            Property(name="aus_zielen", titel="Davon verfehlte Ziele", type="integer"),
            Property(name="aus_kriterien", titel="Davon verfehlte Kriterien", type="integer"),
            Property(name="aus_plaetzen", titel="Davon fehlende Plätze", type="integer"),
            _text("groesste_luecke", "Größte Lücke"),
            Property(name="bis_zum_ziel", titel="Größte Lücke: Personen", type="number", einheit="Personen"),
            Property(name="fehlende_plaetze", titel="Größte Lücke: Plätze", type="number", einheit="Plätze"),
            Property(name="rang_liste_personen", titel="Rang der größten Lücke in der ganzen Liste", type="integer"),
            _text("liste", "Alle Lücken in Worten"),
            _day("stichtag", "Stichtag"),
            _UMRISS,
        ),
    )


def _quartiere_layer() -> Collection:
    """One row an area: how many criteria it meets and lacks, what is missing first, and the state of each."""
    titles = {each.code: each.titel for satz in list_default_kriterien() for each in reversed(satz.kriterium)}
    counted = {
        Zustand.ERFUELLT: "erfüllte",
        Zustand.TEILWEISE: "teilweise erfüllte",
        Zustand.NICHT_ERFUELLT: "nicht erfüllte",
        Zustand.NICHT_BEWERTBAR: "nicht bewertbare",
    }
    return Collection(
        id=QUARTIERE,
        titel="Versorgungsquartiere, je Sozialraum oder Bezirk",
        beschreibung="Was zum Versorgungsquartier fehlt, je Gebiet. Arbeitswerte, nicht beschlossen.",
        geometry="MultiPolygon",
        properties=(
            _text("ebene", "Ebene"),
            _text("gebiet", "Gebietsschlüssel"),
            _text("gebiet_name", "Gebiet"),
            _text("satz_variante", "Variante des Kriteriensatzes"),
            *(
                Property(name=each.value, titel=f"Zahl {words}r Kriterien", type="integer")
                for each, words in counted.items()
            ),
            _text("fehlt_zuerst", "Was zuerst fehlt"),
            Property(name="bis_zum_ziel", titel="Was zuerst fehlt: Personen", type="number", einheit="Personen"),
            _GRUND,
            *(
                _text(f"zustand_{code}", f"Zustand: {titel.partition(':')[0]}")
                for code, titel in sorted(titles.items())
            ),
            _day("stichtag", "Stichtag"),
            _UMRISS,
        ),
    )
