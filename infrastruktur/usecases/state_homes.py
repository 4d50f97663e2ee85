"""Say of each area how many of its old people live in homes, and how many of them were left out."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from infrastruktur.domain.errors import NotAssessable
from infrastruktur.domain.gruppe import Gruppe, parse_gruppe
from infrastruktur.domain.tabelle import Tabelle, Wert
from infrastruktur.domain.ziel import Ziel
from infrastruktur.usecases.choose_areas import Gebietsschnitt, Stufenschnitt
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.leave_out_homes import OLD_FROM
from infrastruktur.usecases.measure_reach import measure_reach
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.read_annahmen import name_annahme
from infrastruktur.usecases.spread_population import Gitter, spread_population
from infrastruktur.usecases.take_out_homes import Abzug, count_residents_of, open_homes

OHNE_HEIME = "ohne_heime"


def state_homes(context: Context, messung: Messung, schnitt: Gebietsschnitt) -> list[dict[str, Wert]]:
    """Fill the columns `in_heimen` and `annahme_in_heimen` of each area of what was measured; {} for younger groups."""
    taken = [(teil.wohnorte.gitter, teil.abzug) for teil in messung.teile]
    gruppe = messung.ziel.gruppe
    if isinstance(schnitt, Stufenschnitt) and gruppe.von >= OLD_FROM and any(abzug is None for _, abzug in taken):
        said = recall_homes(context, gruppe.code, messung.stichtag)
        return [said[str(name["ebene"]), str(name["gebiet"])] for name in schnitt.namen]
    return state_homes_of(context, messung.ziel.gruppe, messung.stichtag, schnitt, taken)


def state_homes_of(
    context: Context,
    gruppe: Gruppe,
    stichtag: date,
    schnitt: Gebietsschnitt,
    taken: Sequence[tuple[Gitter, Abzug | None]],
) -> list[dict[str, Wert]]:
    """Fill them for a group, of whose parts those were `taken` out of their cells, if any.

    Where residents were left out it is those who could not be: they are still among the people of the area.
    """
    n = len(schnitt.namen)
    if gruppe.von < OLD_FROM:
        return [{} for _ in range(n)]
    heime = open_homes(context, stichtag)
    try:
        bewohner = count_residents_of(heime, gruppe)
    except NotAssessable as error:
        return [{"annahme_in_heimen": str(error)} for _ in range(n)]
    area = schnitt.place(heime.supply)
    here, known = area >= 0, (area >= 0) & ~np.isnan(bewohner)
    total = np.bincount(area[known], weights=bewohner[known], minlength=n)
    homes, silent = np.bincount(area[here], minlength=n), np.bincount(area[here & ~known], minlength=n)
    left_out = _sum_taken(taken, schnitt)
    titel = "" if heime.annahme is None else heime.annahme.titel
    return [
        _state(titel, int(homes[at]), int(silent[at]), float(total[at]), None if left_out is None else left_out[at])
        for at in range(n)
    ]


def recall_homes(context: Context, altersgruppe: str, stichtag: date) -> dict[tuple[str, str], dict[str, Wert]]:
    """State those of all areas of all levels by level and key."""

    def state() -> dict[tuple[str, str], dict[str, Wert]]:
        gruppe = parse_gruppe(altersgruppe)
        return {
            (str(name["ebene"]), str(name["gebiet"])): said
            for schnitt in map(Stufenschnitt, spread_population(context, stichtag).gebiete.stufen)
            for name, said in zip(schnitt.namen, state_homes_of(context, gruppe, stichtag, schnitt, ()), strict=True)
        }

    place = (context.catalogue_revision(), context.szenario.angebote, context.public)
    key = ("in_heimen", *place, stichtag, altersgruppe, name_annahme(context, stichtag))
    return context.figures.recall(key, state)


def restate_homes(context: Context, table: Tabelle, stichtag: date, altersgruppe: str | None = None) -> Tabelle:
    """State a table anew of whose areas nothing has changed but the homes; nobody may have been left out of it.

    Each row is about its own age group, or all of them about `altersgruppe`.
    """
    wert, annahme = (table.spalte(name) for name in ("in_heimen", "annahme_in_heimen"))
    zeilen, said = [], dict[str, dict[tuple[str, str], dict[str, Wert]]]()
    for row, zeile in zip(table.records(), table.zeilen, strict=True):
        written = list(zeile)
        if row["annahme_in_heimen"] is not None:
            code = altersgruppe or str(row["altersgruppe"])
            if code not in said:
                said[code] = recall_homes(context, code, stichtag)
            told = said[code][str(row["ebene"]), str(row["gebiet"])]
            written[wert], written[annahme] = told.get("in_heimen"), told["annahme_in_heimen"]
        zeilen.append(tuple(written))
    return table.with_rows(zeilen)


def _sum_taken(taken: Sequence[tuple[Gitter, Abzug | None]], schnitt: Gebietsschnitt) -> list[float] | None:
    """Sum who was taken out by area (n,); None where nobody was to be."""
    if not taken:
        return None
    total = np.zeros(len(schnitt.namen))
    for gitter, abzug in taken:
        if abzug is None:
            return None
        area, share = schnitt.of_pieces(gitter)
        inside = area >= 0
        total += np.bincount(area[inside], weights=(abzug.je_stueck * share)[inside], minlength=len(total))
    found: list[float] = total.tolist()
    return found


def _state(titel: str, homes: int, silent: int, total: float, taken: float | None) -> dict[str, Wert]:
    if silent:
        said = f"{silent} von {homes} Heimen nennen weder Bewohner:innen noch Plätze."
        return {"annahme_in_heimen": said}
    if taken is None:
        return {"in_heimen": total, "annahme_in_heimen": f"{_count(homes)}; {titel}"}
    said = f"{_count(homes)}; {titel}; von {total:.1f} abgezogen {taken:.1f}".replace(".", ",")
    return {"in_heimen": max(0.0, total - taken), "annahme_in_heimen": said}


def _count(number: int) -> str:
    return f"{number} {'Heim' if number == 1 else 'Heime'}"


def name_bevoelkerung(bevoelkerung: str) -> dict[str, str]:
    """Name among the parameters of a table that residents of homes were left out."""
    return {} if bevoelkerung == "alle" else {"bevoelkerung": bevoelkerung}


def list_abzuege(context: Context, ziele: Sequence[Ziel], stichtag: date) -> Iterator[str]:
    """Say of each target that leaves residents of homes out how many there are, and how many could not be taken out."""
    for ziel in ziele:
        if ziel.bevoelkerung != OHNE_HEIME:
            continue
        try:
            abzuege = [teil.abzug for teil in measure_reach(context, ziel, stichtag).teile if teil.abzug is not None]
        except NotAssessable:
            continue
        there, taken = sum(each.bewohner for each in abzuege), sum(each.abgezogen for each in abzuege)
        said = (
            f"{ziel.titel}: ohne Heimbewohner:innen; von geschätzt {there:.1f} abgezogen {taken:.1f}, "
            f"nicht abgezogen {max(0.0, there - taken):.1f}, weil in der Zelle ihres Heims so viele nicht gezählt sind "
            "oder das Heim in keiner liegt."
        ).replace(".", ",", 3)
        unknown = max((each.unbekannt for each in abzuege), default=0)
        yield said + (f" {unknown} Heime nennen weder Bewohner:innen noch Plätze." if unknown else "")
