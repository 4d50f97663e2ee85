"""Choose how a layer looks: from its kind, its target, or the values its areas have now."""

from collections.abc import Callable, Mapping

import numpy as np

from infrastruktur.domain.art import taxonomie
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.ziel import get_ziel
from infrastruktur.planning.provision import get_indikator
from infrastruktur.reports.flaechenstile import (
    style_coverage,
    style_kommunen,
    style_luecken,
    style_provision,
    style_raeume,
)
from infrastruktur.reports.punktstile import style_angebote, style_kategorie, style_standorte
from infrastruktur.reports.stil import Stil
from infrastruktur.usecases.assess_provision import assess_provision, list_indikatoren
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_layers import LUECKEN
from infrastruktur.usecases.publish_table import choose_stichtag
from infrastruktur.usecases.read_layer import get_collection

_COVERAGE = "erreichbarkeit_"
_ALIKE: Mapping[str, Callable[[], Stil]] = {
    "angebote": style_angebote,
    "standorte": style_standorte,
    "sozialraeume": style_raeume,
    "kommunen": style_kommunen,
    LUECKEN: style_luecken,
}


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
    for kategorie in taxonomie().values():
        if kategorie.collection == known:
            return style_kategorie(kategorie)
    figure, _, ebene = known.rpartition("_")
    if figure.startswith(_COVERAGE):
        ziele = context.ziele(choose_stichtag(context, None))
        return style_coverage(get_ziel(ziele, figure.removeprefix(_COVERAGE)))
    return _style_indikator(context, figure, Ebene(ebene))


def _style_indikator(context: Context, code: str, ebene: Ebene) -> Stil:
    """Divide what this audience sees: a limit never tells a number that the layer hides."""
    table = assess_provision(context, indicator=code)
    levels = (Ebene.KOMMUNE,) if ebene is Ebene.KOMMUNE else (Ebene.SOZIALRAUM, Ebene.BEZIRK)
    werte = [row["wert"] for row in table.records() if row["ebene"] in {each.value for each in levels}]
    einheit = get_indikator(list_indikatoren(), code).einheit
    return style_provision(einheit, np.array(werte, dtype=np.float64), table.herkunft.stichtag)
