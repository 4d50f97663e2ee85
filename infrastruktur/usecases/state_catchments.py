"""State what falls to the people of each area, or of each cell, as rows of the table."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import LimitExceeded, NotFound
from infrastruktur.domain.tabelle import Wert, build_zeile
from infrastruktur.planning.catchment import OHNE_PLATZZAHL
from infrastruktur.planning.catchment_areas import (
    OHNE_ANGEBOT,
    OHNE_AUSSAGE,
    PERSONEN,
    PLAETZE,
    Wohnende,
    je_tausend,
    tally_supply,
)
from infrastruktur.planning.columns import CATCHMENTS
from infrastruktur.usecases.measure_catchments import Einzug
from infrastruktur.usecases.place_supply import areas_of
from infrastruktur.usecases.prepare_teilung import ZELLE
from infrastruktur.usecases.publish_table import name_area
from infrastruktur.usecases.spread_population import Gebiete, Stufe

Floats = NDArray[np.float64]
Zeile = tuple[Wert, ...]
Beside = Mapping[tuple[str, str], Mapping[str, Wert]]
"""Columns by level and key."""

MAX_ZELLEN = 20_000
"""As many rows take 1.5 s to state and to write, and 17 MB of GeoJSON."""


def rows_without(gebiete: Gebiete, known: Mapping[str, Wert]) -> list[Zeile]:
    """Name every area, where nothing can be said of any."""
    return [build_zeile(CATCHMENTS, {**name_area(raum), **known}) for stufe in gebiete.stufen for raum in stufe.raeume]


def rows_of_areas(einzug: Einzug, gebiete: Gebiete, known: Mapping[str, Wert], beside: Beside) -> list[Zeile]:
    """State each area of each level, and what stands beside it."""
    return [zeile for stufe in gebiete.stufen for zeile in _rows_of_stufe(einzug, stufe, known, beside)]


def _rows_of_stufe(einzug: Einzug, stufe: Stufe, known: Mapping[str, Wert], beside: Beside) -> Iterator[Zeile]:
    if not stufe.raeume:
        return
    stated = zip(stufe.raeume, _state(stufe.sum_up(einzug.tally), _count_supply(einzug, stufe)), strict=True)
    for raum, columns in stated:
        more = beside[raum.ebene.value, raum.schluessel]
        yield build_zeile(CATCHMENTS, {**name_area(raum), **known, **columns, **more})


def rows_of_cells(einzug: Einzug, gebiete: Gebiete, known: Mapping[str, Wert], *, gebiet: str | None) -> list[Zeile]:
    """State each cell with people of the group, or what of it lies in one area, by its id; named after its area.

    Raises
    ------
    LimitExceeded
        There are more than `MAX_ZELLEN`.
    NotFound
        There is no such area.

    """
    zellen = einzug.teile[0].wohnorte.gitter.zellen
    wohnende = _narrow(einzug.wohnende, _leaves_of(gebiete, gebiet))
    cells, row_of = np.unique(wohnende.demand % len(zellen), return_inverse=True)
    if len(cells) > MAX_ZELLEN:
        raise LimitExceeded(
            f"Das sind {len(cells)} Zellen, möglich sind {MAX_ZELLEN}. Bitte mit „gebiet“ eine Kommune oder einen "
            "Sozialraum wählen."
        )
    counts = tally_supply(
        einzug.catchment,
        Wohnende(wohnende.personen, row_of.astype(np.int32), wohnende.demand),
        len(cells),
        ohne_aussage=einzug.ohne_aussage,
    )
    unknown = np.zeros(len(cells), dtype=np.int64)
    np.maximum.at(unknown, row_of, einzug.catchment.reached[wohnende.demand, OHNE_PLATZZAHL])
    main = _main_area(wohnende, row_of, len(cells))
    named = (
        {"ebene": ZELLE, "gebiet": zellen.gitter_id[cell], "gebiet_name": gebiete.leaves[leaf].titel}
        for cell, leaf in zip(cells.tolist(), main.tolist(), strict=True)
    )
    stated = _state(counts, {"ohne_platzzahl": unknown})
    return [build_zeile(CATCHMENTS, {**name, **known, **columns}) for name, columns in zip(named, stated, strict=True)]


def _leaves_of(gebiete: Gebiete, gebiet: str | None) -> NDArray[np.bool_]:
    """Tell which leaves (n_leaves,) an area is made up of; without one all."""
    for stufe in gebiete.stufen:
        for at, raum in enumerate(stufe.raeume):
            if raum.schluessel == gebiet:
                return np.asarray(stufe.of_leaf == at)
    if gebiet is not None:
        raise NotFound(f"Das Gebiet „{gebiet}“ gibt es an diesem Tag nicht. Gemeint ist ein Schlüssel wie 05334002.")
    return np.ones(len(gebiete.leaves), dtype=np.bool_)


def _narrow(wohnende: Wohnende, leaves: NDArray[np.bool_]) -> Wohnende:
    """Keep the pieces of some leaves that hold people, or whose people are unknown."""
    kept = leaves[wohnende.area] & (wohnende.personen != 0)
    return Wohnende(wohnende.personen[kept], wohnende.area[kept], wohnende.demand[kept])


def _main_area(wohnende: Wohnende, row_of: NDArray[np.intp], n_cells: int) -> NDArray[np.int32]:
    """Find for each cell (n_cells,) the leaf most of its people live in."""
    main = np.zeros(n_cells, dtype=np.int32)
    rising = np.argsort(np.nan_to_num(wohnende.personen), kind="stable")
    main[row_of[rising]] = wohnende.area[rising]
    return main


def _state(counts: Floats, more: Mapping[str, NDArray[np.generic]]) -> Iterator[dict[str, Wert]]:
    """Fill the columns that follow from a tally (n, 5), and those given (n,), row by row."""
    wert, grund = je_tausend(counts)
    columns = {
        "personen": counts[:, PERSONEN],
        "erreicht": np.maximum(counts[:, PERSONEN] - counts[:, OHNE_ANGEBOT] - counts[:, OHNE_AUSSAGE], 0.0),
        "nicht_erreicht": counts[:, OHNE_ANGEBOT],
        "ohne_aussage": counts[:, OHNE_AUSSAGE],
        "wert": wert,
        "plaetze": counts[:, PLAETZE],
        **more,
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    for row, why in zip(rows, grund, strict=True):
        yield {**dict(zip(columns, row, strict=True)), "grund": None if why is None else why.value}


def _count_supply(einzug: Einzug, stufe: Stufe) -> dict[str, NDArray[np.generic]]:
    """Count per area what is not shared out (n_raeume,), and of what is, how much is of unknown size."""
    area, places = areas_of(einzug.supply, stufe), np.nan_to_num(einzug.kapazitaet)
    columns: dict[str, NDArray[np.generic]] = {"ohne_platzzahl": (stufe.sum_up(einzug.in_reach) > 0).sum(axis=1)}
    for name, some in (("unerreicht", einzug.unerreicht), ("ohne_ort", ~einzug.am_netz)):
        inside = some & (area >= 0)
        columns[name] = np.bincount(area[inside], minlength=len(stufe.raeume))
        columns[f"plaetze_{name}"] = np.bincount(area[inside], weights=places[inside], minlength=len(stufe.raeume))
    return columns
