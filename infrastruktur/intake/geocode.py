"""Points for addresses, by exact match only: a point that is nearly right is wrong and looks right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from infrastruktur.domain.adresse import SAME_HOUSE_M, Adresse, address_key
from infrastruktur.domain.angebot import Angebot, Standort
from infrastruktur.domain.errors import Refused
from infrastruktur.domain.geometry import describe_implausible, transform_xy
from infrastruktur.intake.mapping import map_values
from infrastruktur.intake.recipe import Recipe
from infrastruktur.intake.record import Record


@dataclass(frozen=True)
class AddressTable:
    """Points by address; None where several houses share one."""

    points: Mapping[str, tuple[float, float] | None]

    def find(self, standort: Standort) -> tuple[float, float] | None:
        return self.points.get(address_key(standort.strasse, standort.hausnummer, standort.plz) or "?")


def build_table(adressen: Iterable[Adresse]) -> AddressTable:
    """Index addresses; points of one address further apart than `SAME_HOUSE_M` make it ambiguous."""
    points: dict[str, tuple[float, float] | None] = {}
    for adresse in adressen:
        first = points.setdefault(adresse.schluessel, adresse.punkt_25832)
        if first is not None and np.hypot(*np.subtract(first, adresse.punkt_25832)) > SAME_HOUSE_M:
            points[adresse.schluessel] = None
    return AddressTable(points)


def apply_addresses(angebote: Iterable[Angebot], table: AddressTable) -> tuple[tuple[Angebot, ...], dict[str, int]]:
    """Give Angebote without a point the one of their address, and count found and missing ones."""
    counts = {"Adresse gefunden": 0, "ohne Punkt": 0}
    placed: list[Angebot] = []
    for angebot in angebote:
        if angebot.standort.punkt_25832 is None:
            point = table.find(angebot.standort)
            counts["ohne Punkt" if point is None else "Adresse gefunden"] += 1
            standort = msgspec.structs.replace(angebot.standort, punkt_25832=point)
            placed.append(msgspec.structs.replace(angebot, standort=standort))
        else:
            placed.append(angebot)
    return tuple(placed), counts


def map_adresse(record: Record, recipe: Recipe) -> Adresse:
    """Build an address.

    Raises
    ------
    Refused
        Street, house number or postcode is missing, or the point is implausible.

    """
    values = map_values(record, recipe)
    if missing := [n for n in ("strasse", "hausnummer", "plz", "ostwert", "nordwert") if n not in values]:
        raise Refused(f"Es fehlt: {', '.join(missing)}.")
    if wrong := describe_implausible(values["ostwert"], values["nordwert"], recipe.epsg):
        raise Refused(wrong)
    point = np.array([[values["ostwert"], values["nordwert"]]])
    east, north = transform_xy(point, recipe.epsg, 25832)[0].tolist()
    return Adresse(values["strasse"], values["hausnummer"], values["plz"], (east, north))
