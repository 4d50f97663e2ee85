"""Signs for what stands at a point: categories by shape and colour, kinds by tone and two letters.

On white the five colours have a contrast of 5:1 or more (WCAG 2.2, 1.4.11 asks for 3:1), and any two
of them stay apart for eyes without red, green or blue cones. A kind keeps its category's shape and
hue, so that several layers at once still read as one map.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import cycle

from infrastruktur.domain.angebot import Barrierefrei, Status
from infrastruktur.domain.art import Kategorie, taxonomie
from infrastruktur.domain.klaerung import TITEL
from infrastruktur.domain.unterschied import TITEL as UNTERSCHIEDE
from infrastruktur.domain.unterschied import Was
from infrastruktur.reports.stil import GRAU, TINTE, WEISS, Beginnt, Blass, Einer, Form, Klasse, Stil, Zeichen

KATEGORIEN: Mapping[str, tuple[Form, str]] = {
    "pflege": (Form.KREIS, "#0057b8"),
    "beratung": (Form.RAUTE, "#c04a00"),
    "quartier": (Form.FUENFECK, "#a0277d"),
    "schule": (Form.QUADRAT, "#1b7a3d"),
    "alltag": (Form.DREIECK, "#333333"),
}
_ANDERE = (Form.STERN, GRAU)
"""A category that has no sign yet: grey, and of a shape that no other has."""
_ZUGANG: Mapping[Barrierefrei, tuple[str, Form, str]] = {
    Barrierefrei.JA: ("barrierefrei", Form.KREIS, "#0057b8"),
    Barrierefrei.TEILWEISE: ("teilweise barrierefrei", Form.RAUTE, "#a0277d"),
    Barrierefrei.NEIN: ("nicht barrierefrei", Form.QUADRAT, "#333333"),
    Barrierefrei.UNBEKANNT: ("Barrierefreiheit unbekannt", Form.DREIECK, GRAU),
}
_VERAENDERUNG: Mapping[Was, tuple[Form, str]] = {
    Was.EROEFFNET: (Form.KREIS, "#1b7a3d"),
    Was.ANGEKUENDIGT: (Form.KREIS, "#1b7a3d"),
    Was.GESCHLOSSEN: (Form.QUADRAT, "#333333"),
    Was.ENTFALLEN: (Form.QUADRAT, "#333333"),
}
_BLASS = Blass("status", Status.IN_BETRIEB.value)
_NICHT_IN_BETRIEB = "blass: nicht in Betrieb"
_LIGHT = 0.72
_SMALL_MM, _USUAL_MM = 2.4, 3.4
_WITH_LETTERS_MM: Mapping[Form, float] = {
    Form.KREIS: 5.2,
    Form.RAUTE: 6.4,
    Form.FUENFECK: 5.8,
    Form.QUADRAT: 4.8,
    Form.DREIECK: 6.8,
    Form.STERN: 8.0,
}
"""Size at which two letters fit into a shape."""


def style_angebote() -> Stil:
    """Tell the categories apart."""
    return Stil(
        titel=f"Angebote nach Bereich ({_NICHT_IN_BETRIEB})",
        geometrie="Point",
        klassen=tuple(map(_klasse_of_kategorie, taxonomie().values())),
        sonst=Zeichen(form=Form.STERN, fuellung=GRAU),
        anzeige="name",
        blass=_BLASS,
    )


def style_kategorie(kategorie: Kategorie) -> Stil:
    """Tell the kinds of one category apart."""
    kuerzel = abbreviate([art.titel for art in kategorie.arten])
    klassen = tuple(
        Klasse(titel=art.titel, bedingungen=(Einer("art", (art.code,)),), symbol=_draw_art(kategorie, place, letters))
        for place, (art, letters) in enumerate(zip(kategorie.arten, kuerzel, strict=True))
    )
    return Stil(
        titel=f"{kategorie.titel} nach Art ({_NICHT_IN_BETRIEB})",
        geometrie="Point",
        klassen=klassen,
        sonst=Zeichen(form=_look_of(kategorie)[0], fuellung=GRAU),
        anzeige="name",
        blass=_BLASS,
    )


def style_standorte() -> Stil:
    """Tell apart where people get in who cannot climb stairs."""
    klassen = tuple(
        Klasse(
            titel=titel,
            bedingungen=(Einer("barrierefrei", (each.value,)),),
            symbol=Zeichen(form=form, fuellung=colour),
        )
        for each, (titel, form, colour) in _ZUGANG.items()
    )
    return Stil(
        titel="Standorte nach Barrierefreiheit",
        geometrie="Point",
        klassen=klassen,
        sonst=Zeichen(form=Form.STERN, fuellung=GRAU),
        anzeige="strasse",
    )


def style_klaerungsbedarf() -> Stil:
    """Tell the reasons apart: white signs with dark letters, unlike any Angebot."""
    klassen = tuple(
        Klasse(
            titel=TITEL[grund],
            bedingungen=(Einer("grund", (grund.value,)),),
            symbol=Zeichen(
                form=form,
                fuellung=WEISS,
                rand=TINTE,
                groesse_mm=_WITH_LETTERS_MM[form],
                kuerzel=letters,
                schrift=TINTE,
            ),
        )
        for grund, form, letters in zip(TITEL, cycle(_WITH_LETTERS_MM), abbreviate(list(TITEL.values())), strict=False)
    )
    return Stil(
        titel="Klärungsbedarf nach Grund",
        geometrie="Point",
        klassen=klassen,
        sonst=Zeichen(form=Form.STERN, fuellung=GRAU),
        anzeige="name",
    )


def style_veraenderungen() -> Stil:
    """Tell apart what came, what went and what is otherwise, by letters and by ground."""
    symbols = {was: _VERAENDERUNG.get(was, (Form.RAUTE, "#a0277d")) for was in UNTERSCHIEDE}
    letters_of = dict(zip(symbols, abbreviate(list(UNTERSCHIEDE.values())), strict=True))
    klassen = tuple(
        Klasse(
            titel=UNTERSCHIEDE[was],
            bedingungen=(Einer("was", (was.value,)),),
            symbol=Zeichen(
                form=form,
                fuellung=WEISS,
                rand=colour,
                groesse_mm=_WITH_LETTERS_MM[form],
                kuerzel=letters_of[was],
                schrift=colour,
            ),
        )
        for was, (form, colour) in symbols.items()
    )
    return Stil(
        titel="Veränderungen nach dem, was sich geändert hat",
        geometrie="Point",
        klassen=klassen,
        sonst=Zeichen(form=Form.STERN, fuellung=GRAU),
        anzeige="name",
    )


def abbreviate(titel: Sequence[str]) -> list[str]:
    """Give each title two letters of its own.

    The initials of two words, else the first letter with the next that leaves the pair free, in the
    order of the titles: `Dauerpflege` → `Da`, `Ambulanter Pflegedienst` → `AP`.
    """
    given: list[str] = []
    taken: set[str] = set()
    for each in titel:
        initials = "".join(re.findall(r"\b[A-ZÄÖÜ]", each))
        first, *others = re.findall(r"\w", each)
        pairs = [initials[:2]] if len(initials) > 1 else []
        pairs += [f"{first}{letter.lower()}" for letter in (*others, *"123456789")]
        given.append(next(pair for pair in pairs if pair.casefold() not in taken))
        taken.add(given[-1].casefold())
    return given


def lighten(colour: str, share: float) -> str:
    """Mix a colour #rrggbb with `share` of white, 0 to 1."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * share):02x}" for part in parts)


def _look_of(kategorie: Kategorie) -> tuple[Form, str]:
    return KATEGORIEN.get(kategorie.code, _ANDERE)


def _klasse_of_kategorie(kategorie: Kategorie) -> Klasse:
    form, colour = _look_of(kategorie)
    symbol = Zeichen(form=form, fuellung=colour, groesse_mm=_SMALL_MM if kategorie.code == "alltag" else _USUAL_MM)
    return Klasse(titel=kategorie.titel, bedingungen=(Beginnt("art", f"{kategorie.code}."),), symbol=symbol)


def _draw_art(kategorie: Kategorie, place: int, kuerzel: str) -> Zeichen:
    """Alternate dark, light and white ground, so that neighbours in the legend differ in tone too."""
    form, colour = _look_of(kategorie)
    tones = ((colour, WEISS, WEISS), (lighten(colour, _LIGHT), colour, TINTE), (WEISS, colour, colour))
    ground, rand, schrift = tones[place % len(tones)]
    size_mm = _WITH_LETTERS_MM[form]
    return Zeichen(form=form, fuellung=ground, rand=rand, groesse_mm=size_mm, kuerzel=kuerzel, schrift=schrift)
