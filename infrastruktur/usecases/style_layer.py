"""Choose how a layer looks: from its kind, its target, or the values its areas have now."""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np

from infrastruktur.domain.art import taxonomie
from infrastruktur.domain.kontext import get_kontextindikator
from infrastruktur.domain.ziel import get_ziel
from infrastruktur.planning.provision import get_indikator
from infrastruktur.reports.flaechenstile import (
    ANGEBOTE,
    ERWARTET,
    SALDO,
    Floats,
    style_alle_luecken,
    style_bedarf,
    style_bestand,
    style_coverage,
    style_datenstand,
    style_kommunen,
    style_kontext,
    style_luecken,
    style_massnahmen,
    style_pflege,
    style_provision,
    style_quartiere,
    style_raeume,
)
from infrastruktur.reports.punktstile import (
    style_angebote,
    style_kategorie,
    style_klaerungsbedarf,
    style_standorte,
    style_veraenderungen,
)
from infrastruktur.reports.stil import Stil
from infrastruktur.usecases.assess_provision import list_indikatoren
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_figure_layers import (
    BEDARF_VORSATZ,
    BESTAND_VORSATZ,
    DATENSTAND_EBENE,
    GESAMT_VORSATZ,
    KONTEXT_VORSATZ,
    LUECKEN,
    PFLEGE_VORSATZ,
    QUARTIERE,
    TEILUNG_VORSATZ,
)
from infrastruktur.usecases.describe_layers import KLAERUNGSBEDARF, MASSNAHMEN, VERAENDERUNGEN
from infrastruktur.usecases.list_areas import list_areas
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_layer import get_collection

_COVERAGE = "erreichbarkeit_"
_ALIKE: Mapping[str, Callable[[], Stil]] = {
    "angebote": style_angebote,
    "standorte": style_standorte,
    KLAERUNGSBEDARF: style_klaerungsbedarf,
    VERAENDERUNGEN: style_veraenderungen,
    "sozialraeume": style_raeume,
    "kommunen": style_kommunen,
    LUECKEN: style_luecken,
    QUARTIERE: style_quartiere,
    DATENSTAND_EBENE: style_datenstand,
    MASSNAHMEN: style_massnahmen,
}

_BY_COLUMN: Mapping[str, tuple[str, Callable[[Floats, date], Stil]]] = {
    BESTAND_VORSATZ: (ANGEBOTE, style_bestand),
    PFLEGE_VORSATZ: (ERWARTET, style_pflege),
    BEDARF_VORSATZ: (SALDO, style_bedarf),
}
"""The column that is drawn of layers with several numbers."""


def style_layer(context: Context, collection_id: str) -> Stil:
    """Give the style of a layer as it is on the latest Stichtag.

    Raises
    ------
    NotFound
        There is no such layer.

    """
    known = get_collection(context, collection_id).id
    if known in _ALIKE:
        return _ALIKE[known]()
    if known.startswith(GESAMT_VORSATZ):
        return style_alle_luecken()
    for kategorie in taxonomie().values():
        if kategorie.collection == known:
            return style_kategorie(kategorie)
    return _style_figure(context, known)


def _style_figure(context: Context, known: str) -> Stil:
    """Divide what this audience sees: a limit never tells a number that the layer hides."""
    figure, day = known.rpartition("_")[0], choose_stichtag(context, None)
    if figure.startswith(_COVERAGE):
        return style_coverage(get_ziel(context.ziele(day), figure.removeprefix(_COVERAGE)))
    columns = list_areas(context, known, None).columns
    for vorsatz, (spalte, style) in _BY_COLUMN.items():
        if known.startswith(vorsatz):
            return style(np.array(columns.get(spalte, ()), dtype=np.float64), day)
    shown = np.array(columns.get("wert", ()), dtype=np.float64)
    if figure.startswith(KONTEXT_VORSATZ):
        return style_kontext(get_kontextindikator(figure.removeprefix(KONTEXT_VORSATZ)).einheit, shown, day)
    if figure.startswith(TEILUNG_VORSATZ):
        return style_provision("Plätze je 1.000 Personen", shown, day)
    return style_provision(get_indikator(list_indikatoren(), figure).einheit, shown, day)
