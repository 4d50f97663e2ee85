"""Addresses, and when two are the same: exactly, for a point that is nearly right is wrong and looks right."""

import msgspec

from infrastruktur.domain.angebot import normal_text

SAME_HOUSE_M = 25.0
"""Points of one address this near to each other are one house (its node and its outline, in OSM)."""


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
