"""The overview for whoever decides: a few A4 pages, one HTML file, nothing fetched from elsewhere.

It only shows what it is given. Pass protected tables for the public; every missing number says why.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.resources import files
from pathlib import Path

import shapely

from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Tabelle, Wert
from infrastruktur.reports import abschnitte
from infrastruktur.reports.anzeige import tag

Record = dict[str, Wert]


@dataclass(frozen=True)
class Uebersicht:
    """All that the page shows.

    Attributes
    ----------
    hinweis
        Said at the very top, for example that the region is invented; may be empty.
    bestand, provision, coverage, gaps
        Tables with the columns of the four figures and all levels.
    kommunen_25832, raeume_25832
        Outlines by key; `raeume` are Sozialräume, or Bezirke where there are none.
    karte_ziel
        The target whose gap is mapped; one whose code begins alike, or the first assessable one, where it is not.

    """

    region_titel: str
    hinweis: str
    bestand: Tabelle
    provision: Tabelle
    coverage: Tabelle
    gaps: Tabelle
    kommunen_25832: Mapping[str, shapely.Geometry]
    raeume_25832: Mapping[str, shapely.Geometry]
    karte_ziel: str = "begegnung"

    @cached_property
    def kommunen(self) -> dict[str, str]:
        """AGS → name, in order of the key."""
        found: dict[str, str] = {}
        for tabelle in (self.bestand, self.provision, self.gaps):
            for row in tabelle.records():
                if row["ebene"] == Ebene.KOMMUNE:
                    found[str(row["gebiet"])] = str(row["gebiet_name"])
        return dict(sorted(found.items()))

    @cached_property
    def luecken(self) -> list[Record]:
        return self.gaps.records()

    @property
    def ziele(self) -> dict[str, str]:
        """Code → title of the targets, in the order of the table."""
        return {str(row["ziel"]): str(row.get("ziel_titel") or row["ziel"]) for row in self.luecken}

    @property
    def kurztitel(self) -> dict[str, str]:
        """Code → what stands before the colon of a target's title, for tables with many columns."""
        return {code: titel.partition(":")[0] for code, titel in self.ziele.items()}

    def kommune_of(self, gebiet: Wert) -> str:
        """Name the Kommune a Sozialraum's key belongs to."""
        ags = str(gebiet).partition("-")[0]
        return self.kommunen.get(ags, ags)


def write_uebersicht(path: Path, uebersicht: Uebersicht) -> None:
    """Write the page as one UTF-8 file."""
    path.write_text(_page(uebersicht), encoding="utf-8", newline="\n")


def _page(u: Uebersicht) -> str:
    style = files("infrastruktur.reports").joinpath("uebersicht.css").read_text("utf-8")
    title = f"Überblick soziale Infrastruktur: {u.region_titel}"
    body = [
        f"<header><h1>{escape(title)}</h1>",
        f'<p class="stand">Bestand, Versorgung, Erreichbarkeit und Lücken am {tag(u.gaps.herkunft.stichtag)}</p>',
        f'<p class="hinweis">{escape(u.hinweis)}</p>' if u.hinweis else "",
        "</header><main>",
        abschnitte.kennzahlen(u.bestand.records(), u.provision.records(), u.luecken),
        abschnitte.dauerpflege(u.provision, u.kommunen),
        abschnitte.ziele(u.gaps, u.ziele),
        abschnitte.erreichbarkeit(u.coverage, u.luecken, u.kommunen, ziele=u.kurztitel),
        abschnitte.rangfolgen(u.gaps, u.kurztitel, u.kommune_of),
        *_map_section(u),
        abschnitte.bestand(u.bestand, u.kommunen),
        "</main>",
    ]
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="de">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>",
            *_without_empty(body),
            "</body>\n</html>\n",
        ]
    )


def _map_section(u: Uebersicht) -> Iterable[str]:
    """Map the chosen target, or its like for another group, or the first one that could be assessed."""
    raeume = [row for row in u.luecken if row["ebene"] in (Ebene.SOZIALRAUM, Ebene.BEZIRK)]
    assessed = Counter(str(row["ziel"]) for row in raeume if row["anteil_prozent"] is not None)
    alike = (code for code in assessed if code.startswith(u.karte_ziel))
    ziel = u.karte_ziel if u.karte_ziel in assessed else next(alike, next(iter(assessed), None))
    if ziel is None or not u.raeume_25832:
        return
    rows = [row for row in raeume if row["ziel"] == ziel and str(row["gebiet"]) in u.raeume_25832]
    borders = {key: (u.kommunen.get(key, key), outline) for key, outline in sorted(u.kommunen_25832.items())}
    yield abschnitte.karte(u.gaps.herkunft, rows, u.ziele[ziel], raeume=u.raeume_25832, kommunen=borders)
    yield abschnitte.kartenwerte(u.gaps.herkunft, rows, u.ziele[ziel], u.kommune_of)


def _without_empty(parts: Iterable[str]) -> list[str]:
    return [part for part in parts if part]
