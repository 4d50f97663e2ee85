"""Bring a whole region in: its sources in order, its street network, its own targets."""

import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from infrastruktur.domain.errors import NotFound, SourceRefused
from infrastruktur.domain.ziel import parse_ziele
from infrastruktur.resources import folder
from infrastruktur.routing.network import BuildReport
from infrastruktur.storage import raeume
from infrastruktur.usecases.build_network import build_network
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.import_source import Auftrag, Bericht, find_recipe, import_source

Progress = Callable[[str, float], None]


class RegionRecipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A region file of importers/: sources in order, network, address table, own targets."""

    schluessel: str
    name: str
    titel: str
    hinweis: str
    stichtag: date
    netz: str
    quellen: tuple[str, ...]
    adressen: str | None = None
    ziel: list[dict[str, Any]] = []


@dataclass(frozen=True)
class RegionReport:
    """What every source brought, and the network where it was built anew."""

    berichte: tuple[Bericht, ...]
    netz: BuildReport | None


def load_region(name: str) -> RegionRecipe:
    """Read `importers/NAME.region.toml`.

    Raises
    ------
    NotFound
        There is no such region.
    SourceRefused
        The file has unknown, missing or unreadable fields.

    """
    path = folder("importers") / f"{name}.region.toml"
    if not path.is_file():
        known = sorted(each.name.removesuffix(".region.toml") for each in folder("importers").glob("*.region.toml"))
        raise NotFound(f"Die Region „{name}“ gibt es nicht. Bekannt sind: {', '.join(known)}.")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        parse_ziele(data, path.name)
        return msgspec.convert(data, RegionRecipe)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SourceRefused(path.name, f"Die Regionsdatei ist nicht lesbar: {error}") from error


def import_region(context: Context, name: str, data: Path, progress: Progress) -> RegionReport:
    """Import every source of a region from a data folder, then build its network.

    The same files twice change nothing, and an unchanged street file is not built again.
    """
    region = load_region(name)
    with context.store.of_installation().write() as connection:
        raeume.put_region(
            connection,
            raeume.Region(
                schluessel=region.schluessel,
                name=region.name,
                titel=region.titel,
                hinweis=region.hinweis,
                stichtag=region.stichtag,
            ),
        )
    _keep_ziele(context, name, region)
    adressen = data / region.adressen if region.adressen else None
    berichte = tuple(
        import_source(context, Auftrag(find_recipe(quelle), data, adressen=adressen), progress)
        for quelle in region.quellen
    )
    return RegionReport(berichte, build_network(context.settings, data / region.netz, progress))


def _keep_ziele(context: Context, name: str, region: RegionRecipe) -> None:
    """Lay a region's own targets where the installation looks for targets of its own."""
    if region.ziel:
        context.settings.home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder("importers") / f"{name}.region.toml", context.settings.ziele)
