"""Proposals for people, as pages and on a map: what would change beside what stands there, and who decides.

Both show what the list itself shows its reader, and nothing else. That is why it is none of the collections: what is in
it differs from person to person, and layers are kept for all readers of a kind.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from infrastruktur.domain.art import find_art
from infrastruktur.domain.eingabe import Konflikt
from infrastruktur.domain.permission import ROLLENTITEL
from infrastruktur.domain.vorschlag import ABSICHTEN, TITEL
from infrastruktur.http.links import Link, href, link
from infrastruktur.http.negotiation import HTML, Format
from infrastruktur.usecases.read_vorschlaege import Schritt, Vorschlagsbild

POINTS = Format(name="geojson", media_type="application/geo+json", titel="GeoJSON mit Punkten")
_OHNE = "keine"


def name_vorschlag(bild: Vorschlagsbild) -> str:
    """Name a proposal as its page does."""
    return f"Vorschlag: „{bild.name}“ {ABSICHTEN[bild.absicht]}"


def list_for_people(base: str, bilder: Sequence[Vorschlagsbild], links: Sequence[Link]) -> dict[str, Any]:
    """Lay out the list of proposals, a row each, that leads to its page."""
    rows = [{"titel": name_vorschlag(each), **_sum_up(each), "links": [_page(base, each)]} for each in bilder]
    return {"Vorschläge": rows, "links": links}


def _page(base: str, bild: Vorschlagsbild) -> Link:
    return link("self", href(base, f"/vorschlaege/{bild.id}", {"f": HTML.name}), HTML.media_type, name_vorschlag(bild))


def show_to_people(bild: Vorschlagsbild, links: Sequence[Link]) -> dict[str, Any]:
    """Lay out a proposal: what it is about, field by field what would change, and what became of it."""
    return {
        **_sum_up(bild),
        "Ab": bild.ab,
        "Warum": bild.grund or None,
        "Vorgeschlagen von": bild.urheber,
        "Angaben": [_compare(each) for each in bild.felder] or _OHNE,
        "Schritte": [_tell(each) for each in bild.schritte],
        "links": [each for each in links if each["rel"] != "edit"],
    }


def _sum_up(bild: Vorschlagsbild) -> dict[str, Any]:
    art = find_art(bild.art)
    return {
        "Zustand": TITEL[bild.zustand],
        "Art": bild.art if art is None else art.titel,
        "Kommune": bild.kommune,
        "Träger": bild.traeger or None,
        "Was sich ändert": ", ".join(each.titel for each in bild.felder) or _OHNE,
        "Alter in Tagen": bild.alter_tage,
        "Es entscheidet": _name_deciding(bild),
    }


def _name_deciding(bild: Vorschlagsbild) -> str:
    return " oder ".join(ROLLENTITEL[each] for each in bild.entscheidet)


def _compare(feld: Konflikt) -> dict[str, Any]:
    return {
        "Angabe": feld.titel,
        "Als vorgeschlagen wurde": _say(feld.vorher),
        "Vorgeschlagen": _say(feld.ihre_angabe),
        "Steht jetzt da": _say(feld.jetzt),
        "Inzwischen geändert": feld.widerspricht,
    }


def _tell(schritt: Schritt) -> dict[str, Any]:
    return {
        "Nummer": schritt.nr,
        "Danach": TITEL[schritt.zustand],
        "Wer": schritt.akteur,
        "Wann": schritt.zeitpunkt,
        "Dazu gesagt": schritt.text or None,
    }


def _say(value: Any) -> Any:
    """Say a value in a cell; of a point, its coordinates."""
    if isinstance(value, Mapping):
        return ", ".join(f"{part:.6f}" for part in value["coordinates"])
    return value


def _write(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.12g}".replace(".", ",")
    return "keine Angabe" if value is None else str(_say(value))


# On a map


def draw_points(bilder: Iterable[Vorschlagsbild]) -> dict[str, Any]:
    """Draw proposals as features in CRS84, where the Angebot is or would be; without a point, with null geometry."""
    return {"type": "FeatureCollection", "features": [_draw(each) for each in bilder]}


def _draw(bild: Vorschlagsbild) -> dict[str, Any]:
    plain = ("id", "angebot", "name", "art", "kommune", "traeger", "ab", "grund", "begonnen", "alter_tage")
    changes = (f"{each.titel}: {_write(each.jetzt)} → {_write(each.ihre_angabe)}" for each in bild.felder)
    properties = {
        **{name: getattr(bild, name) for name in plain},
        "zustand": bild.zustand.value,
        "absicht": bild.absicht.value,
        "entscheidet": _name_deciding(bild),
        "aenderung": "; ".join(changes),
    }
    return {"type": "Feature", "id": bild.id, "geometry": bild.punkt, "properties": properties}
