"""The sections of the overview, each a heading, a figure or table that stands alone, and its sources."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

import shapely

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert
from infrastruktur.reports.anzeige import grund, quellenzeile, zahl
from infrastruktur.reports.diagramm import Balken, bar_chart, bar_text
from infrastruktur.reports.karte import KLASSEN, classify, draw_legend, draw_map
from infrastruktur.reports.tafel import table

Record = dict[str, Wert]

RANG_LAENGE = 12
_MOST_WITHOUT = 0.2
_LESART = "In Klammern: für mehr als ein Fünftel fehlt die Aussage; „≥“: mindestens, der genaue Anteil ist geheim."
_RAEUME = (Ebene.SOZIALRAUM, Ebene.BEZIRK)
_DAUERPFLEGE = "vq_dp80"
_KATEGORIEN = {
    "pflege": "Pflege",
    "beratung": "Beratung",
    "quartier": "Quartiersangebote",
    "schule": "Schulen",
    "alltag": "Gesundheit und Nahversorgung",
}
_KURZ = {Grund.GEHEIM: "g", Grund.KEINE_BEVOELKERUNG: "–", Grund.KEIN_FAHRPLAN: "f"}


def kennzahlen(bestand: Sequence[Record], provision: Sequence[Record], luecken: Sequence[Record]) -> str:
    """Say four numbers of the region: homes, their places, places per 100, targets met."""
    homes = [r for r in bestand if r["ebene"] == Ebene.REGION and r["art"] == "pflege.dauerpflege"]
    rate = [r for r in provision if r["ebene"] == Ebene.REGION and r["indicator"] == _DAUERPFLEGE]
    region = [r for r in luecken if r["ebene"] == Ebene.REGION and r["bis_zum_ziel"] is not None]
    judged = [r for r in region if not _is_limited(r)]
    cards = [
        *(("Einrichtungen der Dauerpflege", zahl(r["angebote"])) for r in homes),
        *(("Plätze, zugelassen", _at_least(r, zahl(r["plaetze_zugelassen"]))) for r in homes),
        *(("Dauerpflegeplätze je 100 Personen 80+", _at_least(r, zahl(r["wert"], 1))) for r in rate),
        ("Ziele in der Region erreicht", _von(sum(r["bis_zum_ziel"] == 0 for r in judged), len(judged))),
    ]
    items = "".join(f"<div><dt>{escape(label)}</dt><dd>{value}</dd></div>" for label, value in cards)
    return f'<dl class="kennzahlen">{items}</dl>'


def _von(part: int, whole: int) -> str:
    return f"{part} von {whole}" if whole else "–"


def _is_limited(row: Record) -> bool:
    """Tell whether so many are without a statement that a share speaks of too few: official tables bracket it."""
    without, people = row.get("ohne_aussage"), row["personen"]
    if not isinstance(without, int | float) or not isinstance(people, int | float):
        return False
    return without > _MOST_WITHOUT * people


def _share(row: Record, unit: str = "") -> str:
    """Write the share a target is judged on; where secrecy hides it, the share of all people bounds it from below."""
    share = _anteil(row)
    if share is None:
        return f"≥ {zahl(row['anteil_prozent'])}{unit}"
    return f"({zahl(share)}{unit})" if _is_limited(row) else f"{zahl(share)}{unit}"


def _at_least(row: Record, text: str) -> str:
    return f"≥ {text}" if row["ohne_platzzahl"] and text != "–" else text


def dauerpflege(provision: Tabelle, kommunen: Mapping[str, str]) -> str:
    """Show places per 100 people 80+ by Kommune, as bars and as the table they come from."""
    rows = [r for r in provision.records() if r["indicator"] == _DAUERPFLEGE]
    by_key = {str(r["gebiet"]): r for r in rows if r["ebene"] == Ebene.KOMMUNE}
    region = next((r for r in rows if r["ebene"] == Ebene.REGION), None)
    if not by_key:
        return ""
    shown = [(name, by_key[key]) for key, name in kommunen.items() if key in by_key]
    line = region["wert"] if region and isinstance(region["wert"], float | int) else None
    chart = bar_chart(
        "Dauerpflegeplätze je 100 Personen 80+ nach Kommunen",
        [_balken(name, row) for name, row in shown],
        linie=line,
        linie_text=f"Region {zahl(line, 1)}",
    )
    values = table(
        "Dauerpflegeplätze und Personen 80+ nach Kommunen",
        ("Kommune", "Plätze", "Personen 80+", "Plätze je 100", "Einrichtungen ohne Platzzahl"),
        [_dauerpflege_row(name, row) for name, row in shown] + ([_dauerpflege_row("Region", region)] if region else []),
        last_is_region=region is not None,
    )
    return (
        "<section><h2>Dauerpflege: Plätze je 100 Personen ab 80 Jahren</h2>"
        "<p>Vollstationäre Plätze am Stichtag, je Kommune und im Vergleich mit der Region (gestrichelt). "
        "„≥“: mindestens so viele, weil Platzzahlen fehlen. Die Quote beschreibt, sie ist kein Bedarf.</p>"
        f"<figure>{chart}</figure>{values}{quellenzeile(provision.herkunft)}</section>"
    )


def _balken(name: str, row: Record) -> Balken:
    wert = float(row["wert"]) if isinstance(row["wert"], float | int) else None
    return Balken(
        name=name, wert=wert, text=bar_text(wert, mindestens=bool(row["ohne_platzzahl"]), sonst=grund(row["grund"]))
    )


def _dauerpflege_row(name: str, row: Record) -> list[str]:
    wert = _at_least(row, zahl(row["wert"], 1)) if row["wert"] is not None else grund(row["grund"])
    return [name, zahl(row["zaehler"]), zahl(row["nenner"]), wert, zahl(row["ohne_platzzahl"])]


def ziele(gaps: Tabelle, titles: Mapping[str, str]) -> str:
    """Show for the whole region how far each target is met: the gap said twice."""
    rows = {str(r["ziel"]): r for r in gaps.records() if r["ebene"] == Ebene.REGION}
    if not rows:
        return ""
    values = table(
        "Ziele in der ganzen Region",
        ("Ziel", "Gruppe", "Personen", "ohne Aussage", "ohne Zugang", "davon bis zum Ziel", "erreicht", "Zielwert"),
        [_ziel_row(title, rows[code]) for code, title in titles.items() if code in rows],
        text_columns=2,
    )
    return (
        f'<section class="neue-seite"><h2>Erreichbarkeit: Wie weit sind die Ziele erreicht?</h2>{_badge(gaps)}'
        "<p>„Ohne Zugang“ sind alle, die kein Angebot in der gesetzten Zeit erreichen; „davon bis zum Ziel“ "
        "fehlen, bis der Zielwert erreicht ist. Das Ziel wird an den Personen gemessen, zu denen eine Aussage "
        f"möglich ist. {_LESART}</p>{values}{quellenzeile(gaps.herkunft)}</section>"
    )


def _ziel_row(title: str, row: Record) -> list[str]:
    if row["personen"] is None or row["anteil_prozent"] is None:
        reason = grund(row["grund"])
        known = [zahl(row["personen"]), zahl(row["ohne_aussage"])]
        return [title, _gruppe(row), *known, reason, "–", "–", _prozent(row["ziel_prozent"])]
    counts = [zahl(row[name]) for name in ("personen", "ohne_aussage")]
    without = zahl(row["ohne_zugang"]) if row["ohne_zugang"] is not None else grund(row["grund"])
    share, missing = _share(row, " %"), zahl(row["bis_zum_ziel"])
    return [title, _gruppe(row), *counts, without, missing, share, _prozent(row["ziel_prozent"])]


def erreichbarkeit(
    coverage: Tabelle, luecken: Sequence[Record], kommunen: Mapping[str, str], *, ziele: Mapping[str, str]
) -> str:
    """Show the share reached for each target and Kommune; below target carries a sign, not a colour."""
    cells = {(str(r["ziel"]), str(r["gebiet"])): r for r in luecken}
    region = {str(r["gebiet"]) for r in luecken if r["ebene"] == Ebene.REGION}
    columns = [*kommunen.items(), *((key, "Region") for key in sorted(region))]
    body = []
    for code, title in ziele.items():
        row = [_share_cell(cells.get((code, key))) for key, _ in columns]
        body.append(f'<tr><th scope="row">{escape(title)}</th>{"".join(row)}</tr>')
    head = "".join(f'<th scope="col"><span>{escape(name)}</span></th>' for _, name in columns)
    return (
        f"<section><h3>Anteil der Personen, die das Angebot erreichen, nach Kommunen</h3>{_badge_of(luecken)}"
        f"<p>In Prozent der Personen der Gruppe, zu denen eine Aussage möglich ist. {_LESART} ▼ unter dem Zielwert; "
        "g geheim; – keine Bevölkerung; f kein Fahrplan; ? keine Daten oder ohne Aussage.</p>"
        '<div class="breit"><table class="matrix"><caption>Anteil erreicht in Prozent</caption>'
        f'<thead><tr><th scope="col" class="text">Ziel</th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
        f"</div>{quellenzeile(coverage.herkunft)}</section>"
    )


def _share_cell(row: Record | None) -> str:
    if row is None or row["anteil_prozent"] is None:
        sign = {code.value: text for code, text in _KURZ.items()}.get(str(row["grund"]) if row else "", "?")
        return f'<td class="fehlt">{sign}</td>'
    share, wanted = _anteil(row), row["ziel_prozent"]
    if isinstance(wanted, int | float) and isinstance(share, int | float) and share < wanted:
        return f'<td class="unter">▼ {_share(row)}</td>'
    return f"<td>{_share(row)}</td>"


def rangfolgen(gaps: Tabelle, titles: Mapping[str, str], kommune_of: Callable[[Wert], str]) -> str:
    """Rank the gaps of all targets twice: most people, and furthest from the target."""
    rows = [r for r in gaps.records() if r["ebene"] in _RAEUME]
    open_gaps = [r for r in rows if isinstance(r["bis_zum_ziel"], int | float) and r["bis_zum_ziel"] > 0]
    missing = Counter(grund(r["grund"]) for r in rows if r["bis_zum_ziel"] is None)
    unranked = ", ".join(f"{count} {reason}" for reason, count in sorted(missing.items())) or "keine"
    tables = [
        _ranking(caption, open_gaps, value, titles=titles, kommune_of=kommune_of)
        for caption, value in (
            ("Nach Personen: wo fehlt es den meisten", _people),
            ("Nach Anteil: wo ist der Abstand zum Ziel am größten", _points),
        )
    ]
    return (
        f'<section class="neue-seite"><h2>Die größten Lücken in den Sozialräumen</h2>{_badge(gaps)}'
        "<p>Zwei Reihenfolgen, weil Sozialräume sehr verschieden groß sind: Viele Personen fehlen eher in großen, "
        f"ein hoher Anteil eher in kleinen Räumen. Gleiche Werte teilen sich einen Rang. {_LESART} "
        f"Nicht gereiht: {unranked}.</p>"
        f"{''.join(tables)}{quellenzeile(gaps.herkunft)}</section>"
    )


def _people(row: Record) -> float:
    value = row["bis_zum_ziel"]
    return float(value) if isinstance(value, int | float) else 0.0


def _points(row: Record) -> float:
    share, wanted = _anteil(row), row["ziel_prozent"]
    return round(wanted - share, 6) if isinstance(share, int | float) and isinstance(wanted, int | float) else 0.0


def _anteil(row: Record) -> Wert:
    """Give the share the target is judged on: of the people with a statement."""
    return row.get("anteil_beurteilt_prozent", row["anteil_prozent"])


def _ranking(
    caption: str,
    rows: Sequence[Record],
    value: Callable[[Record], float],
    *,
    titles: Mapping[str, str],
    kommune_of: Callable[[Wert], str],
) -> str:
    ordered = sorted(rows, key=lambda r: (-value(r), str(r["gebiet"]), str(r["ziel"])))
    body = []
    for row in ordered[:RANG_LAENGE]:
        rank = 1 + sum(value(other) > value(row) for other in ordered)
        place = f"{row['gebiet_name']}, {kommune_of(row['gebiet'])}"
        counts = [zahl(row["ohne_zugang"]), zahl(row["bis_zum_ziel"])]
        shares = [_share(row, " %"), _prozent(row["ziel_prozent"])]
        body.append([str(rank), place, titles[str(row["ziel"])], _gruppe(row), *counts, *shares])
    head = ("Rang", "Sozialraum", "Ziel", "Gruppe", "ohne Zugang", "bis zum Ziel", "erreicht", "Zielwert")
    if not body:
        return f"<p><strong>{escape(caption)}:</strong> keine Lücke.</p>"
    return table(caption, head, body, text_columns=4)


def karte(
    herkunft: Herkunft,
    rows: Sequence[Record],
    ziel: str,
    *,
    raeume: Mapping[str, shapely.Geometry],
    kommunen: Mapping[str, tuple[str, shapely.Geometry]],
) -> str:
    """Map by how many percentage points each Sozialraum misses one target."""
    klassen = {str(r["gebiet"]): classify(_gap_points(r), _text(r["grund"])) for r in rows}
    counts = Counter(k.name for k in klassen.values())
    unstated = len(raeume) - len(klassen)
    counts[KLASSEN[-1].name] += unstated
    said = "; ".join(f"{k.text}: {counts[k.name]} Räume" for k in KLASSEN if counts[k.name])
    svg = draw_map(
        f"Karte: Abstand zum Ziel „{ziel}“", said, raeume_25832=raeume, klassen=klassen, kommunen_25832=kommunen
    )
    return (
        f'<section class="neue-seite"><h2>Karte: {escape(ziel)}</h2>{_badge_of(rows)}'
        "<p>Um wie viele Prozentpunkte ein Sozialraum das Ziel verfehlt. Jeder Raum trägt das Zeichen seiner "
        "Klasse; in Klammern die Zahl der Räume. Dieselben Werte stehen in der Tabelle danach.</p>"
        f"<figure>{svg}<figcaption>{draw_legend(counts)}</figcaption></figure>"
        f"{quellenzeile(herkunft)}</section>"
    )


def _gap_points(row: Record) -> float | None:
    share = _anteil(row)
    if not isinstance(share, int | float):
        return None
    return 0.0 if row["bis_zum_ziel"] == 0 else max(_points(row), 0.0)


def kartenwerte(herkunft: Herkunft, rows: Sequence[Record], ziel: str, kommune_of: Callable[[Wert], str]) -> str:
    """List the map's values, a table for each Kommune: the map's equal for those who cannot see it."""
    of_kommune: dict[str, list[list[str]]] = {}
    for row in sorted(rows, key=lambda r: str(r["gebiet"])):
        counts = [zahl(row[name]) for name in ("personen", "ohne_zugang", "ohne_aussage", "bis_zum_ziel")]
        share = _prozent(_anteil(row)) if _anteil(row) is not None else grund(row["grund"])
        of_kommune.setdefault(kommune_of(row["gebiet"]), []).append([str(row["gebiet_name"]), *counts, share])
    head = ("Raum", "Personen", "ohne Zugang", "ohne Aussage", "bis zum Ziel", "erreicht")
    tables = "".join(table(kommune, head, body) for kommune, body in of_kommune.items())
    return (
        f'<section class="neue-seite"><h3>Werte der Karte: {escape(ziel)}</h3>{_badge_of(rows)}'
        f'<div class="zweispaltig">{tables}</div>{quellenzeile(herkunft)}</section>'
    )


def bestand(tabelle: Tabelle, kommunen: Mapping[str, str]) -> str:
    """Show Angebote in operation, and places below them, by kind and Kommune."""
    rows = tabelle.records()
    cells = {(str(r["art"]), str(r["gebiet"])): r for r in rows}
    region = sorted({str(r["gebiet"]) for r in rows if r["ebene"] == Ebene.REGION})
    columns = [*kommunen.items(), *((key, "Region") for key in region)]
    titles = {str(r["art"]): str(r.get("art_titel") or r["art"]) for r in rows}
    body = []
    for category, name in _KATEGORIEN.items():
        arten = [art for art in titles if art.startswith(f"{category}.") and _exists(art, columns, cells)]
        if arten:
            body.append(f'<tr><th scope="rowgroup" colspan="{len(columns) + 1}">{escape(name)}</th></tr>')
        body += [_bestand_row(titles[art], [cells.get((art, key)) for key, _ in columns]) for art in arten]
    head = "".join(f'<th scope="col"><span>{escape(name)}</span></th>' for _, name in columns)
    return (
        '<section class="neue-seite"><h2>Bestand nach Kommunen und Art</h2>'
        "<p>Angebote in Betrieb am Stichtag; darunter die zugelassenen Plätze. „≥“: mindestens so viele, weil "
        "Platzzahlen fehlen; „–“: nichts verzeichnet. Arten ohne Angebot in der Region sind nicht aufgeführt.</p>"
        '<div class="breit"><table class="matrix"><caption>Angebote in Betrieb und zugelassene Plätze (Pl.)</caption>'
        f'<thead><tr><th scope="col" class="text">Art</th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
        f"</div>{quellenzeile(tabelle.herkunft)}</section>"
    )


def _exists(art: str, columns: Iterable[tuple[str, str]], cells: Mapping[tuple[str, str], Record]) -> bool:
    return any(cells[art, key]["angebote"] for key, _ in columns if (art, key) in cells)


def _bestand_row(title: str, rows: Sequence[Record | None]) -> str:
    cells = []
    for row in rows:
        places = row["plaetze_zugelassen"] if row else None
        small = f"<small>{_at_least(row, zahl(places))} Pl.</small>" if row and places else ""
        cells.append(f"<td>{zahl(row['angebote'] if row else None)}{small}</td>")
    return f'<tr><th scope="row">{escape(title)}</th>{"".join(cells)}</tr>'


def _badge(gaps: Tabelle) -> str:
    return _badge_of(gaps.records())


def _badge_of(rows: Sequence[Record]) -> str:
    """Say the status of the targets wherever they are used (until a resolution is stored)."""
    states = sorted({str(r["ziel_status"]) for r in rows if r.get("ziel_status")})
    return "".join(f'<p class="arbeitswert">Ziele: {escape(state)}</p>' for state in states)


def _gruppe(row: Record) -> str:
    return parse_gruppe(str(row["altersgruppe"])).titel


def _prozent(value: Wert) -> str:
    return "–" if value is None else f"{zahl(value)} %"


def _text(value: Wert) -> str | None:
    return None if value is None else str(value)
