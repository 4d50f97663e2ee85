"""The main job from sources to gaps: the way every installation goes, on the example or on open data."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.example import write_example
from infrastruktur.settings import Settings
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.import_region import import_region
from infrastruktur.usecases.import_source import Bericht
from infrastruktur.usecases.make_report import Report, make_report
from infrastruktur.usecases.migrate_store import migrate_store

Progress = Callable[[str, float], None]

_HOME = {"example": "demo", "aachen": "aachen"}


@dataclass(frozen=True)
class Demonstration:
    """The installation a demo leaves behind, what each source brought, and what was found."""

    settings: Settings
    berichte: tuple[Bericht, ...]
    report: Report


def run_demo(settings: Settings, region: str, home: Path | None, progress: Progress) -> Demonstration:
    """Write or find a region's sources, import them, build the network, compute, and write the results.

    Raises
    ------
    SourceRefused
        The real data of a region is not where `settings.data` says.

    """
    settings = msgspec.structs.replace(settings, home=home or Path("var") / _HOME[region])
    data = _example_sources(settings, progress) if region == "example" else settings.data
    if not data.is_dir():
        raise SourceRefused(
            str(data), "Hier liegen keine Quelldateien. Bitte INFRASTRUKTUR_DATA auf ihren Ordner setzen."
        )
    migrate_store(settings)
    context = open_context(settings)
    try:
        imported = import_region(context, region, data, progress)
        return Demonstration(settings, imported.berichte, make_report(context, None, progress))
    finally:
        context.close()


def _example_sources(settings: Settings, progress: Progress) -> Path:
    """Write the example's files once: the same version writes the same bytes."""
    folder = settings.home / "quellen"
    done = folder / ".vollstaendig"
    if not done.is_file():
        write_example(folder, progress=progress)
        done.touch()
    return folder
