"""The figures: what each answers, what it may be asked, and who computes it, for routes, command line and jobs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.flaeche import Flaeche
from infrastruktur.domain.kontext import Thema
from infrastruktur.domain.pflegestatistik import Leistung
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.http.flaeche import FLAECHE, take_flaeche
from infrastruktur.http.parameters import (
    EBENE,
    STICHTAG,
    Parameter,
    choice,
    day,
    integer,
    number,
    numbers,
    require,
    words,
)
from infrastruktur.http.proposals import link_proposals
from infrastruktur.http.travel import ALTERSGRUPPE, ART_PATTERN, MODI, MODUS, PROFIL, points, zonen
from infrastruktur.planning.catchment import Verfahren
from infrastruktur.planning.decay import FORMEN
from infrastruktur.reports.sitzungsvorlage import write_sitzungsvorlage
from infrastruktur.reports.tables import write_xlsx
from infrastruktur.usecases.assess_coverage import MAX_MINDESTENS, MAX_MINUTEN, CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_flaeche import assess_flaeche
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.compare_plaene import Vergleichsfrage, compare_plaene
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.estimate_pflegebedarf import estimate_pflegebedarf
from infrastruktur.usecases.join_kontext import join_kontext
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.list_gaps import list_gaps
from infrastruktur.usecases.plan_bedarf import KAPAZITAET, Planfrage
from infrastruktur.usecases.prepare_teilung import RICHTUNGEN, ZELLE, ZUM_ANGEBOT, CatchmentFrage
from infrastruktur.usecases.propose_sites import propose_sites
from infrastruktur.usecases.publish_plan import publish_plan
from infrastruktur.usecases.report_bestand import list_platzveraenderungen, report_bestand
from infrastruktur.usecases.search_sites import MAX_ANZAHL, MAX_PLAETZE, Moeglich, SitingFrage, Suche
from infrastruktur.usecases.share_catchments import share_catchments
from infrastruktur.usecases.show_kontext import KontextFrage, show_kontext
from infrastruktur.usecases.take_bestand import take_bestand


@dataclass(frozen=True)
class Figure:
    """One table: its words, its parameters, who computes it, whether its rows are places, and its workbook."""

    titel: str
    beschreibung: str
    parameters: tuple[Parameter, ...]
    compute: Callable[[Context, dict[str, Any]], Tabelle]
    places: bool = False
    write_workbook: Callable[[Tabelle, Path], None] = write_xlsx


ZIEL = words("ziel", "Nur dieses Ziel; ohne Angabe alle Standardziele.", pattern="[a-z0-9_]+", example="tagespflege")
_ART = words(
    "art",
    "Art des Angebots, mehrere mit | getrennt; dann sind modus, max_minuten und altersgruppe nötig.",
    pattern=r"[a-z0-9_.]+(?:\|[a-z0-9_.]+)*",
    example="pflege.tagespflege",
)
_EINE_ART = words("art", "Nur diese Art; ohne Angabe alle.", pattern="[a-z0-9_.]+", example="pflege.dauerpflege")
BEVOELKERUNG = choice(
    "bevoelkerung",
    "ohne_heime: Gruppen ab 75 ohne die, die nach der Annahme der Versorgungsquoten in Heimen leben; nur Verwaltung.",
    ("alle", "ohne_heime"),
    default="alle",
)
_COVERAGE = (
    STICHTAG,
    EBENE,
    ZIEL,
    _ART,
    integer("mindestens", "So viele verschiedene Träger müssen erreichbar sein.", (1, MAX_MINDESTENS), default=1),
    choice("modus", "Wie jemand unterwegs ist.", MODI),
    integer("max_minuten", "So lange darf der Weg höchstens dauern.", (1, MAX_MINUTEN)),
    ALTERSGRUPPE,
    replace(PROFIL, beschreibung="Wer zu Fuß unterwegs ist, etwa rollator; nur Ziele und Fragen zu Fuß."),
    BEVOELKERUNG,
    *FLAECHE,
)
INDICATOR = words("indicator", "Nur diese Quote; ohne Angabe alle.", pattern="[a-z0-9_]+", example="vq_dp80")
_KONTEXT = words(
    "kontext",
    "Diese Kontextindikatoren daneben, mehrere mit | getrennt.",
    pattern=r"[a-z0-9_]+(?:\|[a-z0-9_]+)*",
    example="grundsicherung_alter|einpersonenhaushalte",
)
AB = day("ab", "Tag des Beschlusses: Die drei Jahre zählen von ihm an; ohne Angabe vom Stichtag.")
REGEL = words("regel", "Nur diese Bedarfsregel; ohne Angabe alle.", pattern="[a-z0-9_]+", example="dauerpflege_anteil")
VARIANTE = words(
    "variante",
    "Variante neben dem Status quo; ohne Angabe kapazitaet.",
    pattern="[a-z0-9_]+",
    example="trend_fallend",
)
_CATCHMENTS = (
    STICHTAG,
    choice("ebene", "Nur diese Ebene; ohne Angabe alle Gebiete. Zellen nur für die Verwaltung.", (*Ebene, ZELLE)),
    words(
        "gebiet",
        "Zu ebene=zelle: nur Zellen dieser Kommune, dieses Sozialraums oder Bezirks.",
        pattern="[0-9A-Za-z-]+",
        example="05334002",
    ),
    choice(
        "richtung",
        "Wer fährt: Menschen zum Angebot, oder wie bei ambulanten Diensten das Angebot zu ihnen.",
        RICHTUNGEN,
        default=ZUM_ANGEBOT,
    ),
    replace(
        words(
            "art",
            "Art des Angebots, mehrere mit | getrennt, alle in derselben Größe.",
            pattern=ART_PATTERN,
            example="pflege.tagespflege",
        ),
        required=True,
    ),
    choice(
        "verfahren", "Wie geteilt wird; das Handbuch sagt, wofür welches taugt.", tuple(Verfahren), default="e2sfca"
    ),
    MODUS,
    integer(
        "max_minuten",
        "So lange darf der Weg höchstens dauern; ohne Angabe so lange, wie bei dem Verfahren üblich.",
        (1, MAX_MINUTEN),
    ),
    replace(ALTERSGRUPPE, required=True),
    choice(
        "abklingen",
        "Wie viel ein Angebot mit wachsender Entfernung noch zählt; ohne Angabe wie bei dem Verfahren üblich.",
        FORMEN,
    ),
    number("beta", "Exponent von potenz oder Abnahme je Minute von exponentiell; nur Verwaltung.", (0, 10)),
    number("sigma_minuten", "Breite der Glocke von gauss in Minuten; nur Verwaltung.", (0, MAX_MINUTEN)),
    zonen("zonen", "Zonen als Minuten:Gewicht, mit Komma getrennt; nur Verwaltung. Beispiel: 10:1,20:0.68,30:0.22."),
)
_SITING = (
    choice(
        "suche",
        "Was zählt: möglichst viele Personen, die das Ziel neu erreichen; möglichst kurze Wege aller; oder möglichst "
        "viele Personen mit einem Platz.",
        tuple(Suche),
        default=Suche.ERREICHEN,
    ),
    choice(
        "kandidaten",
        "Was möglich ist: bewohnte Zellen (so ohne Angabe) oder Standorte, an denen schon etwas steht.",
        tuple(Moeglich),
    ),
    points("punkte", "Mögliche Standorte als Punkte, mit Semikolon getrennt, statt kandidaten."),
    numbers("kosten", "Was jeder Punkt kostet, in derselben Reihenfolge, mit Semikolon getrennt."),
    number("budget", "So viel dürfen die Vorschläge zusammen kosten; anzahl kann dann fehlen.", (0, 1e12)),
    choice("traeger", "neu: Alle Vorschläge betreibt ein Träger, den es hier noch nicht gibt.", ("neu",)),
    integer("plaetze", "Zu suche=plaetze: So viele Plätze hat ein neuer Standort.", (1, MAX_PLAETZE)),
    integer(
        "plaetze_unbekannt", "Zu suche=plaetze: Annahme für Angebote, die keine Platzzahl nennen.", (0, MAX_PLAETZE)
    ),
    number("bedarf_prozent", "Zu suche=plaetze: So viele der Gruppe brauchen einen Platz; sonst alle.", (0, 100)),
)
_UMFANG = choice(
    "umfang",
    "ziele: nur die Ziele. gesamt: eine Liste aus Zielen, Kriterien der Versorgungsquartiere und negativem Platzsaldo, "
    "nach Personen und nach Anteil geordnet.",
    ("ziele", "gesamt"),
    default="ziele",
)
_QUARTIER = (
    words("gebiet", "Schlüssel eines Gebiets; ohne Angabe alle.", pattern="[0-9A-Za-z-]+", example="05334032-S07"),
    words("kriterium", "Nur dieses Kriterium; ohne Angabe alle.", pattern="[a-z0-9_]+", example="begegnung"),
    words(
        "kriteriensatz",
        "Dieser Kriteriensatz; ohne Angabe der erste.",
        pattern="[A-Za-z0-9_-]+",
        example="vq-aachen-entwurf-1",
    ),
    words(
        "variante",
        "Diese Variante für alle Gebiete; ohne Angabe die der Kommune.",
        pattern="[a-z0-9_]+",
        example="laendlich",
    ),
    choice("index", "Ob daneben ein gewichteter Index je Gebiet steht.", ("nein", "ja"), default="nein"),
    BEVOELKERUNG,
)
FIGURES = {
    "bestand": Figure(
        "Bestand",
        "Wie viele Angebote und Plätze es je Art und Gebiet gibt, auf Wunsch mit dem Unterschied zu einem anderen Tag.",
        (STICHTAG, EBENE, day("vergleich", "Tag, mit dem verglichen wird.")),
        lambda context, values: take_bestand(context, **values),
    ),
    "provision": Figure(
        "Versorgungsquoten",
        "Plätze im Verhältnis zu den Menschen, für die sie da sind, je Gebiet.",
        (
            STICHTAG,
            EBENE,
            INDICATOR,
            day("vergleich", "Tag, mit dem verglichen wird."),
            integer(
                "angenommen",
                "So groß wird jedes Angebot angenommen, das seine Größe nicht nennt; ergibt wert_bis und braucht "
                "indicator.",
                (0, 100_000),
            ),
            *FLAECHE,
        ),
        lambda context, values: _provide(context, **take_flaeche(context, values)),
    ),
    "coverage": Figure(
        "Erreichbarkeit",
        "Wie viele Menschen ein Angebot in der vorgesehenen Zeit erreichen, wie viele nicht, und für wen es keine "
        "Aussage gibt.",
        _COVERAGE,
        lambda context, values: assess_coverage(context, CoverageFrage(**take_flaeche(context, values))),
    ),
    "gaps": Figure(
        "Lücken",
        "Wo wie vielen Menschen der Zugang zu einem Ziel fehlt, nach Dringlichkeit geordnet, mit der Adresse, die "
        "einen Standort dafür vorschlägt.",
        (STICHTAG, EBENE, ZIEL, BEVOELKERUNG, *FLAECHE, _UMFANG, _KONTEXT),
        lambda context, values: _find_gaps(context, **take_flaeche(context, values)),
    ),
    "versorgungsquartiere": Figure(
        "Versorgungsquartiere",
        "Was einem Gebiet zum Versorgungsquartier fehlt: je Kriterium ein Zustand, Fehlendes zuerst, mit den Personen, "
        "die bis zum Zielwert fehlen.",
        (STICHTAG, EBENE, *_QUARTIER, *FLAECHE),
        lambda context, values: _judge(context, **take_flaeche(context, values)),
    ),
    "kontext": Figure(
        "Kontext",
        "Indikatoren des Sozialraummonitorings je Gebiet, am neuesten Stichtag oder als Zeitreihe, neben dem Wert der "
        "Kommune und der Region.",
        (
            STICHTAG,
            EBENE,
            words("gebiet", "Nur dieses Gebiet.", pattern="[0-9A-Za-z-]+", example="05334002"),
            choice("thema", "Nur dieses Thema; ohne Angabe alle.", tuple(Thema)),
            words("indicator", "Nur dieser Indikator; ohne Angabe alle.", pattern="[a-z0-9_]+", example="sgb2_quote"),
            choice(
                "zeitreihe", "Alle Stichtage bis zu dem gefragten, oder der neueste.", ("ja", "nein"), default="nein"
            ),
        ),
        lambda context, values: _show_kontext(context, **values),
    ),
    "demand": Figure(
        "Nachfrage und Bedarf",
        "Wie viele Pflegebedürftige es in drei Jahren geben wird, wie viele Plätze sie brauchen und wie viele es gibt, "
        "je Kommune und Region, in zwei Varianten (§ 7 Abs. 6 APG NRW).",
        (STICHTAG, EBENE, AB, REGEL, VARIANTE),
        lambda context, values: _plan(context, **values),
        write_workbook=write_sitzungsvorlage,
    ),
    "pflegebedarf": Figure(
        "Pflegebedürftige",
        "Wie viele Pflegebedürftige nach Alter und Geschlecht in jedem Gebiet zu erwarten sind, nach Leistung, daneben "
        "die gezählten und ihr Verhältnis, wo jemand gezählt hat.",
        (STICHTAG, EBENE, choice("leistung", "Nur diese Leistung; ohne Angabe alle.", tuple(Leistung))),
        lambda context, values: estimate_pflegebedarf(context, **values),
    ),
    "bestandsbericht": Figure(
        "Bestand nach § 7 Abs. 4 APG NRW",
        "Was es am 31.12. eines ungeraden Jahres je Kommune und Art gibt, auch Arten ohne Angebote, daneben der vorige "
        "Bericht und wie dieser aus ihm entstand; ohne Vorausschau.",
        (STICHTAG, EBENE, _EINE_ART),
        lambda context, values: report_bestand(context, **values),
    ),
    "platzveraenderungen": Figure(
        "Platzveränderungen",
        "Welche Angebote mit Plätzen an welchem Tag öffneten, schlossen, wuchsen oder schrumpften, mit dem Anlass, und "
        "was nach dem Stichtag angekündigt ist.",
        (STICHTAG, day("von", "Nach diesem Tag; ohne Angabe nach dem vorigen Bericht."), _EINE_ART),
        lambda context, values: list_platzveraenderungen(context, **values),
    ),
    "demand/vergleich": Figure(
        "Vergleich zweier Planungen",
        "Was sich zwischen zwei Planungen bewegt hat, je Kommune und Zahl: durch Bevölkerung, Quoten, Regel oder "
        "welche Angebote. Verglichen wird mit einem anderen Stichtag, einer anderen Variante oder Regel.",
        (
            STICHTAG,
            EBENE,
            AB,
            require(REGEL),
            VARIANTE,
            day("mit_stichtag", "Stichtag der alten Planung; ohne Angabe derselbe."),
            replace(REGEL, name="mit_regel", beschreibung="Bedarfsregel der alten Planung; ohne Angabe dieselbe."),
            replace(VARIANTE, name="mit_variante", beschreibung="Variante der alten Planung; ohne Angabe dieselbe."),
        ),
        lambda context, values: _compare(context, **values),
    ),
    "siting": Figure(
        "Standortvorschläge",
        "Wo neue Standorte am meisten Menschen den Zugang zu einem Ziel geben: so viele wie gefragt, oder so wenige, "
        "wie für das Ziel nötig sind. Was besteht, bleibt. Möglich sind bewohnte Zellen, bestehende Standorte oder "
        "genannte Punkte.",
        (
            words("ziel", "Dieses Ziel.", pattern="[a-z0-9_]+", example="begegnung", required=True),
            integer("anzahl", "So viele neue Standorte; ohne Angabe so wenige, wie das Ziel braucht.", (1, MAX_ANZAHL)),
            words(
                "gebiet",
                "Schlüssel einer Kommune oder eines Sozialraums: nur ihre Menschen zählen, und nur dort sind Standorte "
                "möglich. Ohne Angabe die Region.",
                pattern="[0-9A-Za-z-]+",
                example="05334002",
            ),
            STICHTAG,
            *_SITING,
        ),
        lambda context, values: propose_sites(context, SitingFrage(**_leave_out(values))),
        places=True,
    ),
    "catchments": Figure(
        "Angebot je Person im Wettbewerb",
        "Wie viele Plätze je 1.000 Personen einer Gruppe zufallen, wenn jedes Angebot unter denen geteilt wird, die es "
        "erreichen.",
        _CATCHMENTS,
        lambda context, values: share_catchments(context, CatchmentFrage(**values)),
    ),
}


def _leave_out(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was not given, so that the use case's own defaults hold."""
    return {name: value for name, value in values.items() if value is not None}


def _provide(context: Context, *, flaeche: Flaeche | None, **values: Any) -> Tabelle:
    return assess_provision(context, **values) if flaeche is None else assess_flaeche(context, flaeche, **values)


def _judge(context: Context, *, index: str, **values: Any) -> Tabelle:
    return judge_quarters(context, Quartierfrage(index=index == "ja", **values))


def _find_gaps(context: Context, *, kontext: str | None, **asked: Any) -> Tabelle:
    gaps = list_gaps(context, **asked)
    table = link_proposals(gaps, base_url=context.settings.base_url, stichtag=asked["stichtag"])
    return table if kontext is None else join_kontext(context, table, kontext)


def _show_kontext(context: Context, *, zeitreihe: str, **asked: Any) -> Tabelle:
    return show_kontext(context, KontextFrage(**asked, zeitreihe=zeitreihe == "ja"))


def _plan(
    context: Context, *, stichtag: date | None, ab: date | None, variante: str | None, **only: str | None
) -> Tabelle:
    return publish_plan(context, Planfrage(stichtag, ab, variante or KAPAZITAET), **only)


def _compare(context: Context, *, ebene: str | None, variante: str | None, **asked: Any) -> Tabelle:
    return compare_plaene(context, Vergleichsfrage(variante=variante or KAPAZITAET, **asked), ebene=ebene)


def find_figure(name: str) -> Figure:
    """Pick a figure by the name in its address."""
    figure = FIGURES.get(name)
    if figure is None:
        raise NotFound(f"Die Auswertung „{name}“ gibt es nicht. Möglich sind: {', '.join(FIGURES)}.")
    return figure
