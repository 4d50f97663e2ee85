"""What a terminal shows: sentences, progress, and tables a person reads."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from infrastruktur.usecases.build_network import Ortsnetz
    from infrastruktur.usecases.make_report import Report

_PAPER_WIDTH = 120
_FURTHER = 5
out = Console() if sys.stdout.isatty() else Console(width=_PAPER_WIDTH)
err = Console(stderr=True)


class _Shown:
    """Progress on standard error: one line a step, as the rooms below name their steps."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=1.0)
        self._step = ""

    def __call__(self, step: str, share: float) -> None:
        if step != self._step:
            if self._step:
                self._bar.update(self._task, completed=1.0)
                self._bar.stop_task(self._task)
                self._task = self._bar.add_task("", total=1.0)
            self._step = step
        self._bar.update(self._task, description=step, completed=min(share, 1.0))


@contextmanager
def show_progress() -> Iterator[_Shown]:
    """Show how far work is, as long as it lasts."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as bar:
        yield _Shown(bar)


def show_report(report: "Report") -> None:
    """Print the worst gaps as a table a person can read, then what nothing can be said about."""
    title = f"{report.titel}: die {len(report.worst)} größten Lücken am {report.stichtag:%d.%m.%Y}"
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("Gebiet", no_wrap=True)
    table.add_column("Ziel")
    table.add_column("Gruppe")
    for heading in ("Personen", "ohne\nAussage", "ohne\nZugang", "fehlen\nzum Ziel", "erreicht"):
        table.add_column(heading, justify="right")
    for gap in report.worst:
        people = [write_number(each) for each in (gap.personen, gap.ohne_aussage, gap.ohne_zugang, gap.bis_zum_ziel)]
        share = "geheim" if gap.anteil_prozent is None else f"{int(gap.anteil_prozent + 0.5)} %"
        table.add_row(escape(gap.gebiet), escape(gap.ziel), gap.gruppe, *people, share)
    out.print(table)
    say("Alle Ziele sind Arbeitswerte, nicht beschlossen. Zahlen unter 10 Personen sind geheim.")
    from infrastruktur.reports import anzeige  # noqa: PLC0415 - only tables need it

    for grund, targets in sorted(report.ohne_zahl.items()):
        counted = ", ".join(f"{titel} ({areas})" for titel, areas in targets.items())
        say(f"Ohne Zahl, {anzeige.grund(grund)} (Zahl der Gebiete): {counted}")
    say(report.hinweis)
    say(f"Tabellen, Ebenen und uebersicht.html liegen in {report.folder}/")


def say(text: str) -> None:
    """Print a sentence as it is."""
    out.print(text, highlight=False, soft_wrap=True, markup=False)


def write_number(value: float | None) -> str:
    """Write a whole number as Germans do; what is hidden is secret."""
    return "geheim" if value is None else f"{value:,.0f}".replace(",", ".")


def show_ortsnetz(built: "Ortsnetz") -> None:
    """Say which place was meant, of which day the streets are, and what else has this name; then what was built."""
    ort, herkunft = built.ort, built.herkunft
    stand = "unbekannten Datums" if herkunft.stand is None else f"vom {herkunft.stand:%d.%m.%Y %H:%M} UTC"
    say(
        f"{ort.name}: {ort.size}, Daten {stand}, {write_number(herkunft.ways)} Wege, "
        f"{write_number(herkunft.restrictions)} Abbiegeregeln, keine Haustüren. © OpenStreetMap-Mitwirkende, ODbL."
    )
    if ort.weitere:
        say(f"So heißen auch: {'; '.join(ort.weitere[:_FURTHER])}. War ein anderer gemeint, bitte genauer angeben.")
    out.print(built.report)
