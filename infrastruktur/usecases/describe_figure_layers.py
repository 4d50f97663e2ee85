"""Describe the layers of figures; a new figure brings its layers along.

One row an area, so that no polygons lie on one another: what a figure says in several rows stands side by side.
"""

import tomllib
from collections.abc import Iterator
from functools import cache

from infrastruktur.domain.art import get_art
from infrastruktur.domain.bedarf import Bedarfsregel, parse_bedarf
from infrastruktur.domain.kontext import list_kontextindikatoren
from infrastruktur.domain.kriterium import Kriteriensatz, parse_kriterien
from infrastruktur.domain.layer import Collection, Property
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Spalte, Typ
from infrastruktur.domain.ziel import Ziel, parse_ziele
from infrastruktur.planning.columns import BESTAND_JE_GEBIET, CATCHMENTS, COVERAGE, KONTEXT, PROVISION
from infrastruktur.planning.datenstand import DATENSTAND
from infrastruktur.planning.plan_columns import BEDARFSPLANUNG, PFLEGE_JE_GEBIET
from infrastruktur.planning.quarter import Zustand
from infrastruktur.planning.spalten import GEBIET, GRUND, STICHTAG, anzahl, text, zahl
from infrastruktur.reports.anzeige import WORTE
from infrastruktur.resources import folder
from infrastruktur.usecases.assess_provision import list_indikatoren
from infrastruktur.usecases.prepare_teilung import TEILUNGEN

EBENEN = {Ebene.SOZIALRAUM: "je Sozialraum oder Bezirk", Ebene.KOMMUNE: "je Kommune"}
LUECKEN, QUARTIERE = "luecken", "versorgungsquartiere"
GESAMT_VORSATZ = "luecken_gesamt_"
KONTEXT_VORSATZ = "kontext_"
BESTAND_VORSATZ = "bestand_"
BEDARF_VORSATZ = "platzbedarf_"
PFLEGE_VORSATZ = "pflegebeduerftige_"
TEILUNG_VORSATZ = "plaetze_im_wettbewerb_"
DATENSTAND_EBENE = "datenstand_kommune"
UMRISS = text("umriss", "Fassung des Umrisses")
_GRUENDE = {grund.value: worte for grund, worte in WORTE.items()}
_JSON = {
    Typ.TEXT: ("string", None),
    Typ.GANZZAHL: ("integer", None),
    Typ.ZAHL: ("number", None),
    Typ.DATUM: ("string", "date"),
    Typ.WAHRHEIT: ("boolean", None),
}


@cache
def list_default_ziele() -> tuple[Ziel, ...]:
    """Read the default targets; figure layers show no others, so that nobody has to type a parameter."""
    path = folder("schemas") / "ziele.toml"
    return parse_ziele(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


@cache
def list_default_regeln() -> tuple[Bedarfsregel, ...]:
    """Read the default need rules; layers show no others."""
    path = folder("schemas") / "bedarf.toml"
    return parse_bedarf(tomllib.loads(path.read_text(encoding="utf-8")), path.name).regel


@cache
def list_default_kriterien() -> tuple[Kriteriensatz, ...]:
    """Read the variants of the default criteria set; the layer shows no other."""
    path = folder("schemas") / "kriterien.toml"
    saetze = parse_kriterien(path.read_text(encoding="utf-8"), path.name)
    return tuple(satz for satz in saetze if satz.code == saetze[0].code)


def describe_figure_layers() -> list[Collection]:
    """Describe a layer for each figure and level that may be shown."""
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
    layers += [*_bestand_layers(), *_pflege_layers(), *_bedarf_layers(), *_teilung_layers()]
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


def _bestand_layers() -> Iterator[Collection]:
    for ebene, words in EBENEN.items():
        yield _figure_layer(
            f"{BESTAND_VORSATZ}{ebene}",
            f"Bestand, {words}",
            "Wie viele Angebote in Betrieb sind, und bekannte Plätze der Arten, die in Plätzen zählen. Was keinen "
            "Punkt hat, zählt in keinem Gebiet und steht in klaerungsbedarf.",
            BESTAND_JE_GEBIET,
        )


def _bedarf_layers() -> Iterator[Collection]:
    for regel in list_default_regeln():
        yield _figure_layer(
            f"{BEDARF_VORSATZ}{regel.code}_{Ebene.KOMMUNE}",
            f"Platzbedarf in drei Jahren, je Kommune: {regel.titel}",
            "Bedarf und Angebot am letzten Tag der Bedarfsplanung, wenn die Quoten bleiben. Informatorisch, nicht "
            "beschlossen.",
            BEDARFSPLANUNG,
        )


def _pflege_layers() -> Iterator[Collection]:
    for ebene, words in EBENEN.items():
        yield _figure_layer(
            f"{PFLEGE_VORSATZ}{ebene}",
            f"Pflegebedürftige, {words}",
            "Wie viele nach Alter und Geschlecht zu erwarten und wie viele gezählt sind, je Leistung.",
            PFLEGE_JE_GEBIET,
        )


def _teilung_layers() -> Iterator[Collection]:
    for name, frage in TEILUNGEN.items():
        for ebene, words in EBENEN.items():
            yield _figure_layer(
                f"{TEILUNG_VORSATZ}{name}_{ebene}",
                f"Plätze im Wettbewerb, {words}: {get_art(frage.art).titel}",
                "Plätze, die 1.000 Personen mit dem Auto in 30 Minuten erreichen, wenn alle sie sich teilen, die sie "
                "erreichen (E2SFCA).",
                CATCHMENTS,
            )


def _figure_layer(id_: str, titel: str, beschreibung: str, spalten: tuple[Spalte, ...]) -> Collection:
    return Collection(
        id=id_,
        titel=titel,
        beschreibung=beschreibung,
        geometry="MultiPolygon",
        properties=tuple(map(_property, (*spalten, UMRISS))),
    )


def _property(spalte: Spalte) -> Property:
    json_type, json_format = _JSON[spalte.typ]
    werte = _GRUENDE if spalte.name == GRUND.name else {}
    return Property(
        name=spalte.name, titel=spalte.titel, type=json_type, format=json_format, einheit=spalte.einheit, werte=werte
    )


def _luecken_layer() -> Collection:
    """Lay the targets side by side: the largest gap, and each target's own."""
    own = (
        zahl(f"bis_zum_ziel_{ziel.code}", f"Bis zum Ziel: {ziel.titel}", "Personen") for ziel in list_default_ziele()
    )
    return _figure_layer(
        LUECKEN,
        "Lücken, je Sozialraum oder Bezirk",
        "Die größte Lücke je Gebiet und die fehlenden Personen je Ziel. Arbeitswerte, nicht beschlossen.",
        (
            *GEBIET,
            anzahl("ziele_verfehlt", "Zahl der verfehlten Ziele"),
            anzahl("ziele_ohne_aussage", "Zahl der Ziele ohne Aussage"),
            text("groesste_luecke", "Größte Lücke"),
            zahl("bis_zum_ziel", "Größte Lücke: Personen", "Personen"),
            GRUND,
            *own,
            STICHTAG,
        ),
    )


def _gesamt_layer(ebene: Ebene, words: str) -> Collection:
    """Lay the whole list of an area in one row: targets, criteria and missing places, the largest first."""
    return _figure_layer(
        f"{GESAMT_VORSATZ}{ebene}",
        f"Alle Lücken, {words}",
        "Verfehlte Ziele und Kriterien und fehlende Plätze, das Größte zuerst. Arbeitswerte, nicht beschlossen.",
        (
            *GEBIET,
            anzahl("luecken", "Zahl aller Lücken"),
            anzahl("aus_zielen", "Davon verfehlte Ziele"),
            anzahl("aus_kriterien", "Davon verfehlte Kriterien"),
            anzahl("aus_plaetzen", "Davon fehlende Plätze"),
            text("groesste_luecke", "Größte Lücke"),
            zahl("bis_zum_ziel", "Größte Lücke: Personen", "Personen"),
            zahl("fehlende_plaetze", "Größte Lücke: Plätze", "Plätze"),
            anzahl("rang_liste_personen", "Rang der größten Lücke in der ganzen Liste"),
            text("liste", "Alle Lücken in Worten"),
            STICHTAG,
        ),
    )


def _quartiere_layer() -> Collection:
    """Lay the criteria side by side: how many an area meets and lacks, what is missing first, and the state of each."""
    titles = {each.code: each.titel for satz in list_default_kriterien() for each in reversed(satz.kriterium)}
    counted = {
        Zustand.ERFUELLT: "erfüllte",
        Zustand.TEILWEISE: "teilweise erfüllte",
        Zustand.NICHT_ERFUELLT: "nicht erfüllte",
        Zustand.NICHT_BEWERTBAR: "nicht bewertbare",
    }
    return _figure_layer(
        QUARTIERE,
        "Versorgungsquartiere, je Sozialraum oder Bezirk",
        "Was zum Versorgungsquartier fehlt, je Gebiet. Arbeitswerte, nicht beschlossen.",
        (
            *GEBIET,
            text("satz_variante", "Variante des Kriteriensatzes"),
            *(anzahl(each.value, f"Zahl {words}r Kriterien") for each, words in counted.items()),
            text("fehlt_zuerst", "Was zuerst fehlt"),
            zahl("bis_zum_ziel", "Was zuerst fehlt: Personen", "Personen"),
            GRUND,
            *(text(f"zustand_{code}", f"Zustand: {titel.partition(':')[0]}") for code, titel in sorted(titles.items())),
            STICHTAG,
        ),
    )
