"""Show the context of areas: what a Sozialraummonitoring says of them, on its newest day or over the years.

A value is never computed from others: a Kommune's is the one its source states, no mean of its parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from infrastruktur.domain.kontext import PERSONEN, Kontextindikator, Kontextwert, get_kontextindikator
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.planning.columns import KONTEXT
from infrastruktur.storage import kontext, quellen, raeume
from infrastruktur.storage.engine import Connection
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.publish_table import choose_stichtag, name_area, narrow_table, publish_table, recall_table

_ORDER = {Ebene.REGION: 0, Ebene.KOMMUNE: 1, Ebene.BEZIRK: 2, Ebene.SOZIALRAUM: 3}
_AREAS = (Ebene.KOMMUNE, Ebene.SOZIALRAUM, Ebene.BEZIRK)


@dataclass(frozen=True)
class KontextFrage:
    """What is asked for; None is all. With `zeitreihe` every Stichtag up to the one named, else the newest."""

    stichtag: date | None = None
    ebene: str | None = None
    gebiet: str | None = None
    thema: str | None = None
    indicator: str | None = None
    zeitreihe: bool = False


@dataclass(frozen=True)
class _Gebiete:
    """The areas a value may be of, in all versions of their outlines, and the Region."""

    versionen: Mapping[str, tuple[Raum, ...]]
    region: raeume.Region | None

    def name(self, key: str, day: date) -> dict[str, Wert]:
        """Name an area as it was on a day."""
        if self.region is not None and key == self.region.schluessel:
            return {"ebene": Ebene.REGION.value, "gebiet": key, "gebiet_name": self.region.name or self.region.titel}
        raum = self.find(key, day)
        return {"gebiet": key} if raum is None else name_area(raum)

    def find(self, key: str, day: date) -> Raum | None:
        return next((raum for raum in self.versionen.get(key, ()) if _holds(raum, day)), None)

    def changed(self, key: str, since: date, until: date) -> bool:
        """Tell whether the outline of an area is another one on the later day."""
        return self.find(key, since) != self.find(key, until)


def _holds(raum: Raum, day: date) -> bool:
    return (raum.gueltig_von or date.min) <= day <= (raum.gueltig_bis or date.max)


def show_kontext(context: Context, frage: KontextFrage | None = None) -> Tabelle:
    """State the values, each beside those of its Kommune and Region on the same day.

    Raises
    ------
    NotFound
        There is no such indicator.

    """
    asked = frage or KontextFrage()
    only = None if asked.indicator is None else get_kontextindikator(asked.indicator).code
    day = choose_stichtag(context, asked.stichtag)
    question = ("kontext", day, asked.zeitreihe)
    table = recall_table(context, question, lambda: _show(context, day, zeitreihe=asked.zeitreihe), keep=False)
    beside = _place_beside(publish_table(context, table))
    return narrow_table(beside, ebene=asked.ebene, gebiet=asked.gebiet, thema=asked.thema, indicator=only)


def _show(context: Context, stichtag: date, *, zeitreihe: bool) -> Tabelle:
    with context.store.read() as connection:
        values = kontext.load_kontextwerte(connection, stichtag, zeitreihe=zeitreihe)
        indikatoren = {each.code: each for each in kontext.list_kontextindikatoren(connection)}
        sources = {each.schluessel: each for each in quellen.list_quellen(connection)}
        gebiete = _load_gebiete(connection)
    places = {code: at for at, code in enumerate(indikatoren)}
    rows = [
        {**gebiete.name(each.raum, each.stichtag), **_state(each, indikatoren[each.indikator], sources)}
        | {"hinweis": _warn(gebiete, each, stichtag)}
        for each in values
    ]
    rows.sort(key=lambda row: _sort_key(row, places))
    herkunft = Herkunft(
        titel="Kontext",
        stichtag=stichtag,
        parameter={"indikatoren": list(indikatoren), "zeitreihe": zeitreihe},
        hinweise=(
            "Jeder Wert gilt für seinen eigenen Stichtag.",
            "Werte einer Kommune oder der Region sind die der Quelle, keine Mittel ihrer Teile.",
        ),
    )
    zeilen = tuple(build_zeile(KONTEXT, row) for row in rows)
    return Tabelle(name="kontext", spalten=KONTEXT, zeilen=zeilen, herkunft=herkunft)


def _load_gebiete(connection: Connection) -> _Gebiete:
    versionen: dict[str, tuple[Raum, ...]] = {}
    for raum in raeume.list_raeume(connection, _AREAS, None):
        versionen[raum.schluessel] = (*versionen.get(raum.schluessel, ()), raum)
    return _Gebiete(versionen, raeume.get_region(connection))


def _state(wert: Kontextwert, indikator: Kontextindikator, sources: Mapping[str, quellen.Quelle]) -> dict[str, Wert]:
    source = sources.get(wert.quelle)
    return {
        "thema": indikator.thema.value,
        "indicator": indikator.code,
        "indicator_titel": indikator.titel,
        "wert": wert.wert,
        "einheit": indikator.einheit,
        "stichtag": wert.stichtag,
        "quelle": wert.quelle if source is None else f"{source.titel} ({source.namensnennung})",
        "grund": None if wert.grund is None else wert.grund.value,
        "eingeschraenkt": wert.eingeschraenkt,
        "anzahl": wert.wert if indikator.einheit == PERSONEN else None,
        "bezug": indikator.bezug,
        "richtung": indikator.richtung.value,
        "deutung": indikator.deutung,
        "lizenz": "" if source is None else source.lizenz,
    }


def _warn(gebiete: _Gebiete, wert: Kontextwert, stichtag: date) -> str:
    if gebiete.changed(wert.raum, wert.stichtag, stichtag):
        return f"Der Umriss des Gebiets ist am {stichtag:%d.%m.%Y} ein anderer: Mit späteren Werten nicht vergleichbar."
    return ""


def _sort_key(row: Mapping[str, Wert], places: Mapping[str, int]) -> tuple[int, int, str, str]:
    ebene = _ORDER.get(Ebene(str(row["ebene"])), 9) if row.get("ebene") else len(_ORDER)
    return places[str(row["indicator"])], ebene, str(row["gebiet"]), str(row["stichtag"])


def _place_beside(table: Tabelle) -> Tabelle:
    """Fill the comparisons from what is shown: nothing hidden comes back as a difference."""
    records = table.records()
    shown = {_key(row, row["ebene"], row["gebiet"]): row["wert"] for row in records}
    regions = {_key(row, Ebene.REGION, ""): row["wert"] for row in records if row["ebene"] == Ebene.REGION}
    for row in records:
        upper: dict[str, Wert] = {}
        if row["ebene"] in (Ebene.SOZIALRAUM, Ebene.BEZIRK):
            upper["kommune"] = shown.get(_key(row, Ebene.KOMMUNE, str(row["gebiet"]).partition("-")[0]))
        if row["ebene"] != Ebene.REGION:
            upper["region"] = regions.get(_key(row, Ebene.REGION, ""))
        # A count of people is no measure of a larger area: only its size.
        for name, wert in upper.items() if row["anzahl"] is None and row["einheit"] != PERSONEN else ():
            row.update({f"wert_{name}": wert, f"differenz_{name}": _less(row["wert"], wert)})
    return table.with_rows([tuple(row.values()) for row in records])


def _key(row: Mapping[str, Wert], ebene: Wert, gebiet: Wert) -> tuple[Wert, ...]:
    return row["indicator"], row["stichtag"], row["quelle"], str(ebene), gebiet


def _less(wert: Wert, other: Wert) -> float | None:
    if not isinstance(wert, int | float) or not isinstance(other, int | float):
        return None
    return round(float(wert) - float(other), 9)
