"""State how good what the catalogue says of a Kommune is: confirmed lately, without places, without a point.

What nobody can place in a Kommune has a row of its own, so that nothing is left out of the count.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np

from infrastruktur.domain.art import list_arten, taxonomie
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.planning.datenstand import ALLE, DATENSTAND, Angaben, count_datenstand, is_confirmed
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.place_supply import areas_of, read_placed
from infrastruktur.usecases.publish_table import choose_stichtag, publish_table, recall_table
from infrastruktur.usecases.spread_population import Stufe, spread_population
from infrastruktur.usecases.take_bestand import GROESSE, list_gebiete, of_region

_EBENEN = (Ebene.KOMMUNE, Ebene.REGION)


def state_datenstand(
    context: Context, *, stichtag: date | None = None, ebene: str | None = None, fachbereich: str | None = None
) -> Tabelle:
    """State of each Kommune and the Region, and each Fachbereich and `ALLE`, how good what is said of it is."""
    day = choose_stichtag(context, stichtag)
    table = recall_table(context, ("datenstand", day), lambda: _state(context, day), keep=False)
    return publish_table(context, table, ebene=ebene, fachbereich=fachbereich)


def _state(context: Context, day: date) -> Tabelle:
    supply = of_region(read_placed(context, day))
    stufen = [each for each in spread_population(context, day).gebiete.stufen if each.raeume]
    rows = [
        build_zeile(DATENSTAND, {**row, "stichtag": day})
        for stufe in stufen
        if stufe.raeume[0].ebene in _EBENEN
        for row in _rows(stufe, supply, day)
    ]
    hinweise = (
        "Bestätigt ist, was in den zwölf Monaten vor dem Stichtag oder danach angegeben oder geprüft wurde.",
        "Gezählt sind auch geplante und ruhende Angebote, geschlossene nicht.",
        "Ohne Zuordnung: Angebote, deren Kommune niemand kennt; sie sind in keiner anderen Zeile.",
    )
    herkunft = Herkunft(titel="Datenstand", stichtag=day, hinweise=hinweise)
    return Tabelle(name="datenstand", spalten=DATENSTAND, zeilen=tuple(rows), herkunft=herkunft)


def _rows(stufe: Stufe, supply: Supply, day: date) -> Iterator[dict[str, Wert]]:
    """Give the rows of a level, area by area, all Fachbereiche first; of what lies in no area, where there is any."""
    gebiete, angaben = list_gebiete(stufe), _ask(stufe, supply, day)
    titel = {ALLE: "Alle Fachbereiche", **{code: each.titel for code, each in taxonomie().items()}}
    counted = {code: count_datenstand(angaben.of(code), len(gebiete)) for code in titel}
    for at, gebiet in enumerate(gebiete):
        for code, rows in counted.items():
            if gebiet["gebiet"] is not None or rows[at]["angebote"]:
                yield {**gebiet, "fachbereich": code, "fachbereich_titel": titel[code], **rows[at]}


def _ask(stufe: Stufe, supply: Supply, day: date) -> Angaben:
    areas = areas_of(supply, stufe)
    in_places = np.isin(supply.art, [art.code for art in list_arten() if art.groesse == GROESSE])
    unknown = np.isnan(supply.sizes.get(GROESSE, np.full(len(supply), np.nan)))
    return Angaben(
        gebiet=np.where(areas < 0, len(stufe.raeume), areas).astype(np.int32),
        fachbereich=np.array([art.partition(".")[0] for art in supply.art.tolist()], dtype=np.str_),
        bestaetigt=is_confirmed(supply.stand, supply.zuletzt_geprueft, day),
        mit_plaetzen=in_places,
        ohne_platzzahl=in_places & unknown,
        ohne_punkt=np.isnan(supply.xy_25832[:, 0]),
    )
