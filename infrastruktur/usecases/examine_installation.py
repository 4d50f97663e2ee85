"""Examine an installation as a new administrator would: is all there, and what needs care."""

from collections.abc import Iterator
from contextlib import closing

import msgspec
import numpy as np

from infrastruktur.domain.errors import InfrastrukturError
from infrastruktur.routing.network import load_network, verify_network
from infrastruktur.routing.profiles import Modus
from infrastruktur.settings import Settings
from infrastruktur.storage import lage, raeume
from infrastruktur.storage.zeilenrechte import LEAKPROOF, is_leakproof
from infrastruktur.usecases.context import Context, open_context
from infrastruktur.usecases.freeze_stichtag import list_stichtage, verify_stichtag


class Befund(msgspec.Struct, frozen=True):
    """One thing that was looked at, in a sentence."""

    gut: bool
    text: str


def examine_installation(settings: Settings) -> list[Befund]:
    """Look at store, region, Standorte and networks; what cannot be looked at is a finding, not an error."""
    return [*_examine_catalogue(settings), *_examine_network(settings)]


def _examine_catalogue(settings: Settings) -> list[Befund]:
    try:
        with closing(open_context(settings)) as context:
            return [
                Befund(gut=True, text=f"Katalog lesbar ({context.store.kind})."),
                _region(context),
                _points(context),
                *_stichtage(context),
                *_index(context),
            ]
    except InfrastrukturError as error:
        return [Befund(gut=False, text=str(error))]


def _region(context: Context) -> Befund:
    with context.store.read() as connection:
        region = raeume.get_region(connection)
    if region is None:
        return Befund(gut=False, text="Es ist keine Region eingelesen.")
    return Befund(gut=True, text=f"Region {region.name}, Stichtag {region.stichtag}.")


def _points(context: Context) -> Befund:
    with context.store.of_installation().read() as connection:
        _, xy = lage.list_standort_points(connection)
    missing = int(np.isnan(xy[:, 0]).sum())
    return Befund(gut=True, text=f"{len(xy)} Standorte, davon {missing} ohne Punkt.")


def _stichtage(context: Context) -> Iterator[Befund]:
    """Say of each frozen Stichtag whether the history still gives what was frozen."""
    for each in list_stichtage(context):
        if verify_stichtag(context, each):
            yield Befund(gut=True, text=f"Stichtag {each.id} ergibt, was festgeschrieben wurde.")
        else:
            yield Befund(gut=False, text=f"Stichtag {each.id} ergibt nicht mehr, was festgeschrieben wurde.")


def _index(context: Context) -> list[Befund]:
    if context.store.kind == "geopackage" or context.store.glance(is_leakproof):
        return []
    text = f"Kartenausschnitte lesen alle Zeilen. Bitte als Verwalter der Datenbank ausführen: {LEAKPROOF};"
    return [Befund(gut=False, text=text)]


def _examine_network(settings: Settings) -> list[Befund]:
    try:
        report = verify_network(settings.network)
        for modus in Modus:
            load_network(settings.network, modus)
    except InfrastrukturError as error:
        return [Befund(gut=False, text=str(error))]
    return [Befund(gut=True, text=f"Straßennetz aus {report.source}, alle Dateien unversehrt.")]
