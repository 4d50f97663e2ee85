"""Lay down what a source states of the assumptions of a plan, and say what that changes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from infrastruktur.domain.errors import ImportStopped
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tafelwerk import Tafelwerk, list_angaben, parse_tafelwerk
from infrastruktur.intake.reading import Reading
from infrastruktur.settings import Settings
from infrastruktur.storage.abgeloest import keep_replaced, list_former
from infrastruktur.storage.engine import Connection
from infrastruktur.storage.history import Aenderung, append
from infrastruktur.storage.raeume import get_region, list_raeume

TAFEL = "tafel"
"""What the history calls a source's Tafelwerk: no table of the catalogue, it is a file."""
_SHOWN = 5


@dataclass(frozen=True)
class Tafelvergleich:
    """How many single statements a Tafelwerk brings, changes and leaves, and which it no longer makes."""

    neu: int
    geaendert: int
    unveraendert: int
    verschwunden: tuple[str, ...]


def lay_tafelwerk(
    connection: Connection, settings: Settings, reading: Reading, *, dry_run: bool, told: Mapping[str, str]
) -> Tafelvergleich:
    """Replace the source's file in the installation's home as a whole; a dry run only compares.

    The history keeps, `told` by whom and why, what stood there before.

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
        _tell(connection, path, after, told)
        _write(settings, werk)
    return Tafelvergleich(
        neu=sum(key not in before for key in after),
        geaendert=sum(key in before and before[key] != said for key, said in after.items()),
        unveraendert=sum(before.get(key) == said for key, said in after.items()),
        verschwunden=gone,
    )


def _tell(connection: Connection, path: Path, after: Mapping[str, object], told: Mapping[str, str]) -> None:
    before = path.read_bytes() if path.is_file() else None
    if before is not None:
        keep_replaced(connection, TAFEL, (path.stem, ""), before)
    was = None if before is None else {"bytes": len(before)}
    now = {"angaben": len(after)}
    append(
        connection,
        [Aenderung(tabelle=TAFEL, id=path.stem, vorher=was, nachher=now, akteur=told["akteur"], grund=told["grund"])],
    )


def restore_tafeln(connection: Connection, settings: Settings, stand: int, folder: Path) -> None:
    """Lay all Tafelwerke into a folder as they were after an entry of the history.

    Raises
    ------
    InvalidParameter
        As `list_former`.

    """
    folder.mkdir()
    former = {quelle: inhalt for (quelle, _), inhalt in list_former(connection, TAFEL, stand).items()}
    for path in settings.tafeln.glob("*.json"):
        former.setdefault(path.stem, path.read_bytes())
    for quelle, inhalt in former.items():
        if inhalt is not None:
            (folder / f"{quelle}.json").write_bytes(inhalt)


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
