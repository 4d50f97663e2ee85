"""The pages of the API: readable without eyes, without a mouse and without a script (WCAG 2.1 AA, BITV 2.0).

Checks of our own on the elements, and Chromium as the judge of what a browser makes of them.
"""

import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pytest
import shapely
from served import served

from infrastruktur.http.pages import STYLE
from infrastruktur.reports import anzeige
from infrastruktur.reports.lageplan import ORT, ZEICHEN, draw_lageplan, draw_zeichenerklaerung

ISOCHRONES = "/reach/isochrones?punkt={centre}&modus=zu_fuss&minuten=5,10"
CHROMIUM = shutil.which("chromium")
PAGES = (
    "/",
    "/conformance",
    "/api.html",
    "/collections",
    "/collections/angebote",
    "/collections/kommunen",
    "/collections/angebote/items?limit=5&offset=5",
    "/collections/kommunen/items",
    "/collections/luecken/items",
    "/collections/klaerungsbedarf/items",
    "/collections/kommunen/items/05334001",
    "/planning/gaps?ebene=kommune",
    "/planning/provision",
    "/planning/provision/explain?indicator=vq_dp80&gebiet=05334001",
    "/collections/angebote/schema",
    "/collections/luecken/queryables",
    "/collections/luecken/sortables",
    "/collections/angebote/tiles",
    "/collections/angebote/tiles/WebMercatorQuad",
    "/tileMatrixSets",
    "/tileMatrixSets/WebMercatorQuad",
    "/stichtage",
    "/aenderungen?limit=3",
    "/processes",
    "/processes/siting",
    "/jobs",
    ISOCHRONES,
    "/reach/matrix?von={centre}&nach={centre}&modus=zu_fuss",
    "/reach/nearby?punkt={centre}&modus=rad&minuten=10",
)
MAPPED = ("/collections/angebote", "/collections/angebote/items", "/collections/kommunen/items", ISOCHRONES)


class Elements(HTMLParser):
    """The elements of a page with their attributes and the text inside each."""

    def __init__(self, page):
        super().__init__()
        self.found, self._open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [])
        self.found.append(element)
        if tag not in {"meta", "link", "path"}:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs), []))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        for _, _, words in self._open:
            words.append(data)

    def all(self, *tags):
        return [(attributes, "".join(words).strip()) for tag, attributes, words in self.found if tag in tags]


def read(api, path):
    return api.get(path.replace("{centre}", api.centre), accept="text/html")


def page(api, path):
    response = read(api, path)
    assert response.status_code == 200
    return Elements(response.text)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_its_language_and_its_title(api, path):
    elements = page(api, path)
    assert elements.all("html")[0][0]["lang"] == "de"
    assert elements.all("title")[0][1]
    assert read(api, path).headers["content-language"] == "de"


@pytest.mark.parametrize("path", PAGES)
def test_headings_go_down_by_one_and_begin_with_one(api, path):
    levels = [int(tag[1]) for tag, _, _ in page(api, path).found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


@pytest.mark.parametrize("path", PAGES)
def test_the_first_link_leads_past_the_menu(api, path):
    elements = page(api, path)
    first, text = elements.all("a")[0]
    assert text == "Zum Inhalt springen"
    (main,) = [attributes for tag, attributes, _ in elements.found if tag == "main"]
    assert first["href"] == f"#{main['id']}"
    assert main["tabindex"] == "-1", "so that the next Tab goes on from here"


@pytest.mark.parametrize("path", PAGES)
def test_every_link_has_words_and_every_region_a_name(api, path):
    elements = page(api, path)
    assert all(text and attributes["href"] for attributes, text in elements.all("a"))
    regions = [attributes["aria-label"] for attributes, _ in elements.all("nav")]
    regions += [each["aria-label"] for each, _ in elements.all("div") if each.get("role") == "region"]
    assert all(regions)


@pytest.mark.parametrize("path", PAGES)
def test_every_table_has_a_caption_and_every_head_its_scope(api, path):
    elements = page(api, path)
    captions = [text for _, text in elements.all("caption")]
    assert len(captions) == len(elements.all("table"))
    assert all(captions)
    assert all(attributes["scope"] in {"col", "row"} and text for attributes, text in elements.all("th"))


@pytest.mark.parametrize("path", PAGES)
def test_ids_are_unique_and_what_is_referred_to_exists(api, path):
    elements = page(api, path)
    ids = [attributes["id"] for _, attributes, _ in elements.found if "id" in attributes]
    assert len(set(ids)) == len(ids)
    for _, attributes, _ in elements.found:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(attributes.get(name, "").split()) <= set(ids)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_loaded_run_or_styled_in_place(api, path):
    for tag, attributes, _ in page(api, path).found:
        assert tag not in {"script", "img", "iframe", "link", "form"}
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)


@pytest.mark.parametrize("path", MAPPED)
def test_a_map_is_an_image_with_a_name_and_words_beside_it(api, path):
    elements = page(api, path)
    drawn = [attributes for attributes, _ in elements.all("svg") if "viewbox" in attributes and "role" in attributes]
    (one,) = drawn
    assert one["role"] == "img"
    named = {each["id"]: text for each, text in elements.all("title", "desc") if "id" in each}
    assert all(named[id_] for id_ in one["aria-labelledby"].split())
    ((_, words),) = elements.all("figcaption")
    assert words


def test_a_map_shows_every_point_of_the_page_with_the_sign_of_its_category(api):
    """26 Angebote, one without a point: twenty-two of Pflege, one each of Schule, Alltag and Quartier."""
    text = api.get("/collections/angebote/items", accept="text/html").text
    drawn = re.findall(r'<path class="(z-\w+)" transform', text)
    assert len(drawn) == 25
    assert drawn.count("z-pflege") == 22
    assert {drawn.count(name) for name in ("z-schule", "z-alltag", "z-quartier")} == {1}
    assert "wo 25 der 26 Objekte dieser Seite liegen" in text
    for words in ("Pflege", "Schule", "Alltag", "Quartier"):
        assert f"</svg> {words}</li>" in text


def test_a_page_without_a_place_has_words_and_no_map(api):
    text = api.get("/collections/beratung/items", accept="text/html").text
    assert "gibt es keine Karte" in text
    assert "<svg" not in text


def test_pages_turn_both_ways(api):
    elements = page(api, "/collections/angebote/items?limit=5&offset=5")
    turns = {text: attributes["href"] for attributes, text in elements.all("a") if text.endswith(" Seite")}
    assert set(turns) >= {"Vorige Seite", "Nächste Seite"}
    for name, first in (("Vorige Seite", 0), ("Nächste Seite", 10)):
        turned = api.get(api.relative(turns[name]), accept="application/geo+json").json()
        straight = api.json(f"/collections/angebote/items?limit=5&offset={first}")
        assert turned["features"] == straight["features"]


def test_each_row_leads_to_its_own_page(api):
    elements = page(api, "/collections/kommunen/items")
    rows = [each["href"] for each, text in elements.all("a") if text in {"Westdorf", "Ostdorf"}]
    assert [api.get(api.relative(each), accept="text/html").status_code for each in rows] == [200, 200]


# Figures


def test_a_figure_is_read_as_a_table_with_its_day_and_its_reasons(api):
    text = api.get("/planning/provision?ebene=kommune", accept="text/html").text
    assert "<h1>Versorgungsquoten</h1>" in text
    assert "Stichtag 31.12.2025" in text
    rows = api.json("/planning/provision?ebene=kommune")["zeilen"]
    shown = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', text)
    assert [name for name, _ in shown] == [row["gebiet_name"] for row in rows]
    for row, (_, cells) in zip(rows, shown, strict=True):
        said = anzeige.grund(row["grund"]) if row["wert"] is None else anzeige.zahl(row["wert"], 2)
        assert f"<td>{said}</td>" in cells, row
    assert {row["wert"] is None for row in rows} == {True, False}


def test_a_reason_stands_only_where_it_is_the_reason(api):
    """A limit in metres that a target in minutes has not is no secret, and no missing timetable."""
    asked = "/planning/gaps?ebene=kommune"
    rows = api.json(asked)["zeilen"]
    text = api.get(asked, accept="text/html").text
    heads = [unescape(each) for each in re.findall(r'<th scope="col">(.*?)</th>', text)]
    at = heads.index("Höchstens Meter (m)") - 1
    cells = [re.findall(r"<td>(.*?)</td>", row)[at] for row in re.findall(r'<tr><th scope="row">(.*?)</tr>', text)]
    assert cells == ["–" if row["max_meter"] is None else anzeige.zahl(row["max_meter"], 0) for row in rows]
    assert {row["grund"] is None for row in rows} == {True, False}


def test_a_gap_leads_by_a_link_to_what_would_close_it(api):
    proposals = [each["href"] for each, text in page(api, "/planning/gaps?ebene=region").all("a") if text == "ansehen"]
    assert proposals
    assert all("/planning/siting?" in each for each in proposals)


@pytest.mark.parametrize(
    "asked",
    [
        "bestand?vergleich=2026-12-31",
        "bestandsbericht?",
        "provision?ebene=kommune",
        "coverage?ziel=begegnung",
        "coverage?art=pflege.tagespflege&modus=pkw&max_minuten=10&altersgruppe=ab75",
        "gaps?umfang=gesamt",
        "versorgungsquartiere?variante=laendlich&ebene=kommune",
        "catchments?art=pflege.tagespflege&modus=pkw&altersgruppe=ab75&ebene=kommune",
        "siting?ziel=begegnung&anzahl=2",
    ],
)
def test_a_row_leads_by_a_link_to_how_its_number_came_about(api, asked):
    """Each link is a question that is answered, or refused because the number is not the public's to recompute."""
    leading = [each["href"] for each, text in page(api, f"/planning/{asked}").all("a") if text == "nachrechnen"]
    assert leading
    answers = [api.get(api.relative(each)) for each in leading[:: max(1, len(leading) // 8)]]
    assert {answer.status_code for answer in answers} <= {200, 409}, [answer.text for answer in answers]
    if not asked.startswith(("siting", "pflegebedarf")):
        assert 200 in {answer.status_code for answer in answers}


def test_a_long_table_says_where_the_rest_is(api, monkeypatch):
    monkeypatch.setattr("infrastruktur.http.figure_pages.MOST_ROWS", 2)
    text = api.get("/planning/gaps?ebene=kommune", accept="text/html").text
    rows = len(api.json("/planning/gaps?ebene=kommune")["zeilen"])
    assert text.count('<th scope="row">') == 2
    assert f"Die ersten 2 von {rows} Zeilen" in text


def test_the_landing_page_leads_to_figures_that_open(api):
    leading = [each["href"] for each, _ in page(api, "/").all("a") if "/planning/" in each["href"]]
    assert len(leading) > 8
    for each in leading:
        assert api.get(api.relative(each)).status_code in {200, 403, 409}, each


# Documents


def test_columns_are_read_as_a_table_with_titles_and_words_for_values(api):
    text = api.get("/collections/angebote/schema", accept="text/html").text
    rows = re.findall(r"<tr><td>(\w+)</td>", text)
    assert set(rows) == set(api.json("/collections/angebote/schema")["properties"])
    assert "pflege.tagespflege" in text
    assert "Einheit der Kapazität" in text


def test_a_way_is_read_line_by_line_as_a_terminal_shows_it(api):
    asked = "/planning/provision/explain?indicator=vq_dp80&gebiet=05334001"
    text = api.get(asked, accept="text/html").text
    (lines,) = re.findall(r"<pre>(.*)</pre>", text, re.DOTALL)
    assert unescape(lines).splitlines() == api.json(asked)["rechenweg"]


def test_what_is_near_is_read_as_a_table_and_says_what_it_cannot_know(api):
    asked = f"/reach/nearby?punkt={api.centre}&modus=rad&minuten=10"
    text = api.get(asked, accept="text/html").text
    found = api.json(asked)
    assert [unescape(name) for name in re.findall(r'<th scope="row">(.*?)</th>', text)] == [
        str(row[found["spalten"][0]["name"]]) for row in found["zeilen"]
    ]
    assert f"<dt>gefunden</dt><dd>{found['befund']['gefunden']}</dd>" in text


def test_what_is_reached_is_drawn_and_stands_in_a_table(api):
    text = read(api, ISOCHRONES).text
    features = api.json(ISOCHRONES.replace("{centre}", api.centre))["features"]
    bands = [feature["properties"]["minuten"] for feature in features]
    assert text.count('<path class="flaeche"') == len(bands) == 2
    assert all(f"<td>{minutes}</td>" in text for minutes in bands)
    streets = read(api, f"{ISOCHRONES}&kanten=ja").text
    assert "<svg" not in streets
    assert "Hier gibt es keine Karte." in streets


def test_each_entry_has_its_history_as_a_page(api):
    (entry,) = api.json("/collections/angebote/items?limit=1")["features"]
    text = api.get(f"/collections/angebote/items/{entry['id']}/history", accept="text/html").text
    assert "Geschichte eines Eintrags" in text
    assert "Änderungen" in text


# The drawing


def test_a_point_lies_where_it_lies_and_the_bar_is_to_scale():
    """Two points 4 km apart, east and west, in a frame of 5 km: 800 of 1,000 units apart, and 1 km is 200."""
    places = [shapely.Point(300_000, 5_600_000), shapely.Point(304_000, 5_600_000)]
    drawn = draw_lageplan("T", "B", lage_25832=places, zeichen=[ORT, ZEICHEN["pflege"]], grenzen_25832=[])
    assert 'class="z-ort" transform="translate(100.0 ' in drawn
    assert 'class="z-pflege" transform="translate(900.0 ' in drawn
    assert re.search(r'class="massstab" d="M20 \d+V\d+H220V\d+"', drawn)
    assert ">1 km<" in drawn


def test_words_are_escaped():
    hostile = '<b>"&'
    place = [shapely.Point(0, 0)]
    drawn = draw_lageplan(hostile, hostile, lage_25832=place, zeichen=[ORT], grenzen_25832=[])
    assert "<b>" not in drawn


def test_every_sign_has_a_form_of_its_own_and_a_colour():
    signs = (*ZEICHEN.values(), ORT)
    assert len({each.form for each in signs}) == len({each.text for each in signs}) == len(signs)
    assert all(f".{each.name}{{fill:#" in STYLE for each in signs)
    assert draw_zeichenerklaerung(signs).count("<li>") == len(signs)


# Colours (WCAG 2.1, 1.4.3 and 1.4.11)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["ffffff", "f4f6f8"])
def test_words_and_signs_stand_out_from_their_ground(ground):
    written = re.findall(r"(?:^|[{;])color:#(\w{6})", STYLE) + re.findall(r"\.z-\w+\{fill:#(\w{6})", STYLE)
    assert len(written) == 2 + len(ZEICHEN) + 1
    for colour in written:
        assert contrast(colour, ground) >= 4.5, colour
    for colour in (*re.findall(r"outline:3px solid #(\w{6})", STYLE), "767676"):
        assert contrast(colour, ground) >= 3, colour


# A browser


@pytest.fixture(scope="module")
def url(geopackage_api):
    with served(geopackage_api.settings) as listening:
        yield listening.url


def browse(url, *options, folder):
    plain = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", f"--user-data-dir={folder}")
    return subprocess.run([CHROMIUM, *plain, *options, url], capture_output=True, text=True, timeout=120, check=True)


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium fehlt: apt-get install chromium")
@pytest.mark.parametrize("path", ["/collections/angebote/items?f=html", "/collections/kommunen?f=html"])
def test_a_browser_shows_the_page_and_refuses_nothing(url, tmp_path, path):
    shown = browse(f"{url}{path}", "--dump-dom", folder=tmp_path)
    assert "Content Security Policy" not in shown.stderr, shown.stderr
    assert "Refused" not in shown.stderr
    assert '<svg class="lageplan"' in shown.stdout
    picture = tmp_path / "page.png"
    browse(f"{url}{path}", f"--screenshot={picture}", "--window-size=1000,1400", folder=tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")
