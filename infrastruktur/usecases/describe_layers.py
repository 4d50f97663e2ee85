"""Describe the layers: which there are, with which columns.

Static: nothing here asks the catalogue, so the service description can be written without one.
"""

from collections.abc import Iterable, Mapping
from functools import cache

from infrastruktur.domain.art import Art, Kategorie, list_arten, taxonomie
from infrastruktur.domain.klaerung import TITEL
from infrastruktur.domain.layer import Collection, Property
from infrastruktur.domain.massnahme import STATUS_TITEL
from infrastruktur.domain.massnahme import TITEL as MASSNAHME_TITEL
from infrastruktur.domain.unterschied import TITEL as UNTERSCHIEDE
from infrastruktur.reports.anzeige import WORTE
from infrastruktur.usecases.describe_figure_layers import describe_figure_layers, list_default_ziele

KLAERUNGSBEDARF, VERAENDERUNGEN = "klaerungsbedarf", "veraenderungen"
MASSNAHMEN = "massnahmen"


@cache
def describe_collections() -> tuple[Collection, ...]:
    """Describe all layers in the order a person would look for them."""
    return (
        *_catalogue_layers(),
        describe_klaerungsbedarf(),
        describe_veraenderungen(),
        describe_massnahmen(),
        *_area_layers(),
        *describe_figure_layers(),
    )


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
