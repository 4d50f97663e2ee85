"""Lay down what a source states of the assumptions of a plan, and say what that changes."""

import os
from dataclasses import dataclass

import msgspec

from infrastruktur.domain.errors import ImportStopped
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tafelwerk import Tafelwerk, list_angaben, parse_tafelwerk
from infrastruktur.intake.reading import Reading
from infrastruktur.settings import Settings
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.raeume import get_region, list_raeume

_SHOWN = 5


@dataclass(frozen=True)
class Tafelvergleich:
    """How many single statements a Tafelwerk brings, changes and leaves, and which it no longer makes."""

    neu: int
    geaendert: int
    unveraendert: int
    verschwunden: tuple[str, ...]


def lay_tafelwerk(settings: Settings, reading: Reading, *, dry_run: bool) -> Tafelvergleich:
    """Replace the source's file in the installation's home as a whole; a dry run only compares.

    Raises
    ------
    ImportStopped
        A row was refused, or the source looks like half of one: nothing was changed.

    """
    recipe, werk = reading.recipe, reading.tafelwerk
    path = settings.tafeln / f"{recipe.quelle}.json"
    before = dict(list_angaben(parse_tafelwerk(path.read_bytes(), path.name))) if path.is_file() else {}
    if werk is None:
        if not dry_run:
            raise ImportStopped(_say_refused(reading))
        return Tafelvergleich(0, 0, len(before), ())
    after = dict(list_angaben(werk))
    gone = tuple(key for key in before if key not in after)
    if len(after) < recipe.min_zeilen or (before and len(gone) / len(before) > recipe.max_anteil_verschwunden):
        raise ImportStopped(
            f"{recipe.titel}: {len(gone)} von {len(before)} Angaben fehlen in der Quelle, {len(after)} sind da. "
            "Nichts wurde geändert. Ist die Quelle vollständig, „max_anteil_verschwunden“ im Rezept erhöhen."
        )
    if not dry_run and before != after:
        _write(settings, werk)
    return Tafelvergleich(
        neu=sum(key not in before for key in after),
        geaendert=sum(key in before and before[key] != said for key, said in after.items()),
        unveraendert=sum(before.get(key) == said for key, said in after.items()),
        verschwunden=gone,
    )


def _say_refused(reading: Reading) -> str:
    rows = [
        refusal.grund if refusal.zeile is None else f"Zeile {refusal.zeile}: {refusal.grund}"
        for refusal in reading.abgelehnt
    ]
    more = f" … und {len(rows) - _SHOWN} weitere." if len(rows) > _SHOWN else ""
    return (
        f"{reading.recipe.titel}: Eine Tafel wird ganz übernommen oder gar nicht. Nichts wurde geändert. "
        f"{' '.join(rows[:_SHOWN])}{more}"
    )


def _write(settings: Settings, werk: Tafelwerk) -> None:
    """Write aside and rename, so that nobody reads half a file."""
    settings.tafeln.mkdir(parents=True, exist_ok=True)
    path = settings.tafeln / f"{werk.quelle}.json"
    aside = path.with_suffix(f".{os.getpid()}")
    aside.write_bytes(msgspec.json.format(msgspec.json.encode(werk), indent=1))
    aside.replace(path)


def name_unknown_areas(connection: Connection, werk: Tafelwerk) -> tuple[str, ...]:
    """Name areas of counts and forecasts that the catalogue does not have: nothing will be computed from them."""
    region = get_region(connection)
    known = {raum.schluessel for raum in list_raeume(connection, (Ebene.KOMMUNE, Ebene.SOZIALRAUM, Ebene.BEZIRK), None)}
    known |= {region.schluessel} if region else set()
    named = {zaehlung.gebiet for zaehlung in werk.zaehlung}
    named |= {zeile[0] for prognose in werk.prognose for zeile in prognose.zeilen}
    unknown = sorted(named - known)
    if not unknown or not known:
        return ()
    more = f" und {len(unknown) - _SHOWN} weitere" if len(unknown) > _SHOWN else ""
    return (f"{werk.titel}: Der Katalog kennt diese Gebiete nicht: {', '.join(unknown[:_SHOWN])}{more}.",)
