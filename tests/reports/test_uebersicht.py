"""The overview: complete without colour, without a network, and without a number nobody may see."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
import shapely

from infrastruktur.domain.tabelle import Herkunft, Spalte, Tabelle, Wert
from infrastruktur.planning.columns import BESTAND, COVERAGE, GAPS, PROVISION
from infrastruktur.reports import anzeige
from infrastruktur.reports.karte import GEHEIM, LEER, NULL, OHNE, WERTE, classify
from infrastruktur.reports.uebersicht import Uebersicht, write_uebersicht

DAY = date(2025, 12, 31)
AACHEN, ROETGEN, REGION = "05334002", "05334024", "05334"

# Six Sozialräume of one kilometre, three in each Kommune:
#
#   AC01 AC02 AC03 | R01 R02 R03
RAEUME = ("AC01", "AC02", "AC03", "R01", "R02", "R03")
KEYS = [f"{AACHEN if label.startswith('AC') else ROETGEN}-{label}" for label in RAEUME]
OUTLINES = {
    key: shapely.box(294_000 + 1000 * n, 5_628_000, 295_000 + 1000 * n, 5_629_000) for n, key in enumerate(KEYS)
}
KOMMUNEN = {
    AACHEN: shapely.box(294_000, 5_628_000, 297_000, 5_629_000),
    ROETGEN: shapely.box(297_000, 5_628_000, 300_000, 5_629_000),
}
NAMES = {AACHEN: "Beispiel Aachen", ROETGEN: "Roetgen <b>&</b>", REGION: "Beispielregion"}


def _table(name: str, spalten: tuple[Spalte, ...], rows: list[dict[str, Wert]]) -> Tabelle:
    herkunft = Herkunft(titel=name, stichtag=DAY, quellen=(f"Quelle zu {name}",), hinweise=("Probe",))
    zeilen = tuple(tuple(row.get(s.name) for s in spalten) for row in rows)
    return Tabelle(name=name, spalten=spalten, zeilen=zeilen, herkunft=herkunft)


def _area(key: str) -> dict[str, Wert]:
    ebene = {5: "region", 8: "kommune"}.get(len(key), "sozialraum")
    return {"ebene": ebene, "gebiet": key, "gebiet_name": NAMES.get(key, key[-4:].strip("-")), "stichtag": DAY}


def _gap(key: str, erreicht: float | None, ohne: float | None, *, grund: str | None = None) -> dict[str, Wert]:
    counted = erreicht is not None and ohne is not None and erreicht + ohne > 0
    share = 100 * erreicht / (erreicht + ohne) if counted else None  # type: ignore[operator]
    missing = max(0.0, 0.7 * (erreicht + ohne) - erreicht) if counted else None  # type: ignore[operator]
    return {
        **_area(key),
        "ziel": "begegnung",
        "ziel_titel": "Begegnung: zu Fuß in 15 Minuten",
        "altersgruppe": "ab75",
        "ziel_status": "Arbeitswert, nicht beschlossen",
        "ziel_prozent": 70.0,
        "grund": grund,
        "personen": None if erreicht is None else erreicht + (ohne or 0),
        "erreicht": erreicht,
        "ohne_zugang": ohne,
        "ohne_aussage": 0.0,
        "bis_zum_ziel": missing,
        "anteil_prozent": share,
        "anteil_beurteilt_prozent": share,
    }


GAP_ROWS = [
    _gap(KEYS[0], 300.0, 700.0),
    _gap(KEYS[1], 70.0, 30.0),
    _gap(KEYS[2], None, None, grund="geheim"),
    _gap(KEYS[3], 10.0, 90.0),
    _gap(KEYS[4], 0.0, 0.0, grund="keine_bevoelkerung"),
    _gap(KEYS[5], None, None, grund="keine_daten"),
    _gap(AACHEN, 370.0, 730.0),
    _gap(ROETGEN, None, None, grund="geheim"),
    _gap(REGION, 380.0, 820.0),
]


def _bestand(key: str, art: str, angebote: int, plaetze: float | None, ohne: int = 0) -> dict[str, Wert]:
    return {**_area(key), "art": art, "angebote": angebote, "plaetze_zugelassen": plaetze, "ohne_platzzahl": ohne}


BESTAND_ROWS = [
    *(_bestand(key, "pflege.dauerpflege", n, p, o) for key, n, p, o in [(AACHEN, 3, 240.0, 1), (ROETGEN, 0, 0.0, 0)]),
    _bestand(REGION, "pflege.dauerpflege", 3, 1240.0, 1),
    *(_bestand(key, "pflege.hospiz", 0, None) for key in (AACHEN, ROETGEN, REGION)),
]


def _quote(key: str, wert: float | None, grund: str | None = None, ohne: int = 0) -> dict[str, Wert]:
    counts = {"zaehler": 240.0, "nenner": 1640.0, "wert": wert, "grund": grund, "ohne_platzzahl": ohne}
    return {**_area(key), "indicator": "vq_dp80", **counts}


PROVISION_ROWS = [_quote(AACHEN, 14.6341, ohne=1), _quote(ROETGEN, None, "keine_platzzahl", 1), _quote(REGION, 12.05)]


@pytest.fixture
def uebersicht() -> Uebersicht:
    coverage = [{**row, "nicht_erreicht": row["ohne_zugang"]} for row in GAP_ROWS]
    return Uebersicht(
        region_titel="Beispielregion",
        hinweis="Beispiel: alles erfunden",
        bestand=_table("Bestand", BESTAND, BESTAND_ROWS),
        provision=_table("Versorgungsquoten", PROVISION, PROVISION_ROWS),
        coverage=_table("Erreichbarkeit", COVERAGE, coverage),
        gaps=_table("Lücken", GAPS, GAP_ROWS),
        kommunen_25832=KOMMUNEN,
        raeume_25832=OUTLINES,
    )


@pytest.fixture
def page(uebersicht: Uebersicht, tmp_path: Path) -> str:
    write_uebersicht(tmp_path / "uebersicht.html", uebersicht)
    return (tmp_path / "uebersicht.html").read_text("utf-8")


class _Reader(HTMLParser):
    """Check that tags close in order, and keep what a screen reader would go by."""

    VOID = frozenset({"meta", "br", "link", "rect", "line", "path", "circle"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_self_contained(page: str) -> None:
    reader = _Reader(page)
    assert reader.open == []
    assert '<html lang="de">' in page
    loaded = [value for _, attrs in reader.tags for name, value in attrs.items() if name in {"src", "href"}]
    assert loaded == []
    assert "@import" not in page
    assert "http" not in page


def test_headings_come_in_order_and_every_table_says_what_it_is(page: str) -> None:
    reader = _Reader(page)
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(reader.headings, reader.headings[1:], strict=False))
    count = Counter(tag for tag, _ in reader.tags)
    assert count["table"] == count["caption"] > 5
    assert all(attrs.get("scope") in {"row", "col", "rowgroup"} for tag, attrs in reader.tags if tag == "th")


def test_drawings_have_a_title_and_a_description(page: str) -> None:
    reader = _Reader(page)
    ids = {attrs["id"] for _, attrs in reader.tags if "id" in attrs}
    drawn = [attrs for tag, attrs in reader.tags if tag == "svg" and attrs.get("aria-hidden") != "true"]
    assert len(drawn) == 2
    for attrs in drawn:
        assert attrs["role"] == "img"
        assert set(str(attrs["aria-labelledby"]).split()) <= ids


def test_working_values_and_origins_are_said_in_every_section(page: str) -> None:
    sections = re.findall(r"<section.*?</section>", page, flags=re.DOTALL)
    assert len(sections) == 7
    assert all("Stichtag 31.12.2025" in s and "Quelle zu" in s for s in sections)
    using_targets = [s for s in sections if "Ziel" in s]
    assert len(using_targets) == 5
    assert all("Arbeitswert, nicht beschlossen" in s for s in using_targets)


def test_r8_nought_secret_empty_and_unknown_are_four_signs_on_the_map(page: str) -> None:
    karte = page[page.index('<svg class="karte"') : page.index("<figcaption>")]
    signs = Counter(re.findall(r'class="zeichen [^"]*"[^>]*>([^<]+)<', karte))
    assert signs == {"3": 1, "0": 1, "g": 1, "4": 1, "–": 1, "?": 1}
    assert "geheim (weniger als 10 Personen oder daraus errechenbar) <b>(1)</b>" in page


@pytest.mark.parametrize(
    ("punkte", "grund", "klasse"),
    [
        (0.0, None, NULL),
        (10.0, None, WERTE[0]),
        (10.1, None, WERTE[1]),
        (50.0, None, WERTE[2]),
        (90.0, None, WERTE[3]),
        (None, "geheim", GEHEIM),
        (None, "keine_bevoelkerung", LEER),
        (None, "keine_daten", OHNE),
        (None, "kein_fahrplan", OHNE),
    ],
)
def test_classes(punkte: float | None, grund: str | None, klasse: object) -> None:
    assert classify(punkte, grund) is klasse


def test_an_area_that_no_row_speaks_of_is_without_a_statement(uebersicht: Uebersicht, tmp_path: Path) -> None:
    more = replace(
        uebersicht, raeume_25832={**OUTLINES, f"{ROETGEN}-R04": shapely.box(300_000, 5_628_000, 301_000, 5_629_000)}
    )
    write_uebersicht(tmp_path / "u.html", more)
    assert "keine Daten oder ohne Aussage <b>(2)</b>" in (tmp_path / "u.html").read_text("utf-8")


def _rows(page: str, caption: str) -> list[list[str]]:
    table = page[page.index(f"<caption>{caption}</caption>") :]
    body = table[table.index("<tbody>") : table.index("</tbody>")]
    return [re.findall(r"<t[hd][^>]*>([^<]*)", row) for row in re.findall(r"<tr.*?</tr>", body, flags=re.DOTALL)]


def test_two_rankings_put_different_areas_first(page: str) -> None:
    people = _rows(page, "Nach Personen: wo fehlt es den meisten")
    share = _rows(page, "Nach Anteil: wo ist der Abstand zum Ziel am größten")
    assert [row[:2] for row in people] == [
        ["1", "AC01, Beispiel Aachen"],
        ["2", "R01, Roetgen &lt;b&gt;&amp;&lt;/b&gt;"],
    ]
    assert people[0][4:] == ["700", "400", "30 %", "70 %"]
    assert [row[1][:3] for row in share] == ["R01", "AC0"]
    assert "Nicht gereiht: 1 geheim, 1 keine Bevölkerung, 1 keine Daten oder ohne Aussage" in page


def test_dauerpflege_is_a_lower_bound_where_capacity_is_unknown(page: str) -> None:
    rows = _rows(page, "Dauerpflegeplätze und Personen 80+ nach Kommunen")
    assert [row[3] for row in rows] == ["≥ 14,6", "Platzzahl unbekannt", "12,1"]
    assert re.search(r'<text class="fehlt"[^>]*>Platzzahl unbekannt</text>', page)
    assert re.search(r'<text class="wert"[^>]*>≥ 14,6</text>', page)


def test_bestand_lists_only_what_exists_somewhere(page: str) -> None:
    assert "pflege.hospiz" not in page
    assert "≥ 1\u202f240 Pl." in page


def test_nothing_that_was_given_is_markup(page: str) -> None:
    assert "Roetgen <b>" not in page


def test_without_outlines_there_is_no_map_but_a_page(uebersicht: Uebersicht, tmp_path: Path) -> None:
    write_uebersicht(tmp_path / "u.html", replace(uebersicht, raeume_25832={}))
    text = (tmp_path / "u.html").read_text("utf-8")
    assert '<svg class="karte"' not in text
    assert "Die größten Lücken" in text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234567, 0, "1\u202f234\u202f567"),
        (0.05, 1, "0,1"),
        (2.5, 0, "3"),
        (-3.14, 1, "−3,1"),
        (-0.01, 1, "0,0"),
        (None, 0, "–"),
    ],
)
def test_numbers_are_written_as_germans_read_them(value: Wert, decimals: int, text: str) -> None:
    assert anzeige.zahl(value, decimals) == text
