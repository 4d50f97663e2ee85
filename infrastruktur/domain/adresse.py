"""Addresses, and when two are the same: exactly, for a point that is nearly right is wrong and looks right."""

from enum import StrEnum

import msgspec
import numpy as np

from infrastruktur.domain.angebot import normal_text
from infrastruktur.domain.geometry import Floats

SAME_HOUSE_M = 25.0
"""Points of one address this near to each other are one house (its node and its outline, in OSM)."""

SAME_ADDRESS_M = 100.0
"""How far points of one address may lie apart: a school's grounds, a hospital's."""


class Guete(StrEnum):
    """How well a point is known."""

    ANGEGEBEN = "angegeben"
    """Somebody stated it."""
    HAUS = "haus"
    """The address table knows the house."""
    MEHRDEUTIG = "mehrdeutig"
    """The address table knows several places of this address: none was taken."""
    UNBEKANNT = "unbekannt"
    """The address table does not know the address, or it is not complete."""


GUETE_TITEL = {
    Guete.ANGEGEBEN: "Der Punkt ist der angegebene.",
    Guete.HAUS: "Der Punkt ist der des Hauses, wie die Adresstabelle es kennt.",
    Guete.MEHRDEUTIG: "Zu dieser Adresse kennt die Adresstabelle mehrere Orte. Bitte den Punkt setzen.",
    Guete.UNBEKANNT: "Die Adresstabelle kennt diese Adresse nicht. Bitte Schreibweise prüfen oder den Punkt setzen.",
}


def find_house(places_25832: Floats | None) -> tuple[tuple[float, float] | None, Guete]:
    """Find the point of an address among those the address table has of it (n, 2), None for an unknown address."""
    if places_25832 is None or not len(places_25832):
        return None, Guete.UNBEKANNT
    if not is_one_house(places_25832):
        return None, Guete.MEHRDEUTIG
    east, north = places_25832[0].tolist()
    return (east, north), Guete.HAUS


def is_one_house(places_25832: Floats) -> bool:
    return bool(np.hypot(*np.ptp(places_25832, axis=0)) <= SAME_HOUSE_M)


class Adresse(msgspec.Struct, frozen=True):
    """An address with its point in EPSG:25832."""

    strasse: str
    hausnummer: str
    plz: str
    punkt_25832: tuple[float, float]

    @property
    def schluessel(self) -> str:
        return address_key(self.strasse, self.hausnummer, self.plz)


def address_key(strasse: str, hausnummer: str, plz: str) -> str:
    """Fold an address to compare it; "" when a part is missing, which matches nothing."""
    parts = (normal_text(strasse), normal_text(hausnummer).replace(" ", ""), plz.strip())
    return "|".join(parts) if all(parts) else ""
