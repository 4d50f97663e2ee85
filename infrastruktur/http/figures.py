"""The figures: what each answers, what it may be asked, and who computes it, for routes, command line and jobs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from infrastruktur.domain.art import CATEGORIES
from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.flaeche import Flaeche
from infrastruktur.domain.kontext import Thema
from infrastruktur.domain.pflegestatistik import Leistung
from infrastruktur.domain.szenariotext import write_szenario
from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.http.angaben import BEVOELKERUNG, CATCHMENTS, QUARTIER, SITING, SZENARIO
from infrastruktur.http.flaeche import FLAECHE, take_flaeche
from infrastruktur.http.parameters import (
    EBENE,
    KNOWN_AT,
    STICHTAG,
    Parameter,
    choice,
    day,
    integer,
    require,
    words,
)
from infrastruktur.http.proposals import link_proposals
from infrastruktur.http.travel import ALTERSGRUPPE, MODI, PROFIL
from infrastruktur.planning.datenstand import ALLE
from infrastruktur.reports.sitzungsvorlage import write_sitzungsvorlage
from infrastruktur.reports.tables import write_xlsx
from infrastruktur.usecases.assess_coverage import MAX_MINDESTENS, MAX_MINUTEN, CoverageFrage, assess_coverage
from infrastruktur.usecases.assess_flaeche import assess_flaeche
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.compare_plaene import Vergleichsfrage, compare_plaene
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.join_kontext import join_kontext
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.keep_szenarien import open_szenario
from infrastruktur.usecases.list_gaps import list_gaps
from infrastruktur.usecases.list_massnahmen import report_massnahmen
from infrastruktur.usecases.plan_bedarf import KAPAZITAET, Planfrage
from infrastruktur.usecases.prepare_teilung import CatchmentFrage
from infrastruktur.usecases.propose_sites import propose_sites
from infrastruktur.usecases.publish_pflegebedarf import publish_pflegebedarf
from infrastruktur.usecases.publish_plan import publish_plan
from infrastruktur.usecases.report_bestand import list_platzveraenderungen, report_bestand
from infrastruktur.usecases.run_scenario import AUSWERTUNGEN, run_scenario
from infrastruktur.usecases.search_sites import MAX_ANZAHL, SitingFrage
from infrastruktur.usecases.share_catchments import share_catchments
from infrastruktur.usecases.show_kontext import KontextFrage, show_kontext
from infrastruktur.usecases.state_datenstand import state_datenstand
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
    beside: Callable[[Context, Tabelle], Tabelle] | None = None
    """Computes a table that stands in the same report, and so in its workbook."""
    one_of: tuple[str, ...] = ()
    """Parameters of which one has to be given, whichever."""

    @property
    def needs_question(self) -> bool:
        return bool(self.one_of) or any(each.required for each in self.parameters)


ZIEL = words("ziel", "Nur dieses Ziel; ohne Angabe alle Standardziele.", pattern="[a-z0-9_]+", example="tagespflege")
_ART = words(
    "art",
    "Art des Angebots, mehrere mit | getrennt; dann sind modus, max_minuten und altersgruppe nötig.",
    pattern=r"[a-z0-9_.]+(?:\|[a-z0-9_.]+)*",
    example="pflege.tagespflege",
)
_EINE_ART = words("art", "Nur diese Art; ohne Angabe alle.", pattern="[a-z0-9_.]+", example="pflege.dauerpflege")
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
    SZENARIO,
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
_UMFANG = choice(
    "umfang",
    "ziele: nur die Ziele. gesamt: eine Liste aus Zielen, Kriterien der Versorgungsquartiere und negativem Platzsaldo, "
    "nach Personen und nach Anteil geordnet.",
    ("ziele", "gesamt"),
    default="ziele",
)
_FIGURES = {
    "bestand": Figure(
        "Bestand",
        "Wie viele Angebote und Plätze es je Art und Gebiet gibt, auf Wunsch mit dem Unterschied zu einem anderen Tag.",
        (STICHTAG, EBENE, day("vergleich", "Tag, mit dem verglichen wird."), SZENARIO),
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
            SZENARIO,
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
        (STICHTAG, EBENE, ZIEL, BEVOELKERUNG, *FLAECHE, _UMFANG, _KONTEXT, SZENARIO),
        lambda context, values: _find_gaps(context, **take_flaeche(context, values)),
    ),
    "versorgungsquartiere": Figure(
        "Versorgungsquartiere",
        "Was einem Gebiet zum Versorgungsquartier fehlt: je Kriterium ein Zustand, Fehlendes zuerst, mit den Personen, "
        "die bis zum Zielwert fehlen.",
        (STICHTAG, EBENE, *QUARTIER, *FLAECHE, SZENARIO),
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
        (STICHTAG, EBENE, AB, REGEL, VARIANTE, SZENARIO),
        lambda context, values: _plan(context, **values),
        write_workbook=write_sitzungsvorlage,
    ),
    "pflegebedarf": Figure(
        "Pflegebedürftige",
        "Wie viele Pflegebedürftige nach Alter und Geschlecht in jedem Gebiet zu erwarten sind, nach Leistung, daneben "
        "die gezählten und ihr Verhältnis, wo jemand gezählt hat.",
        (STICHTAG, EBENE, choice("leistung", "Nur diese Leistung; ohne Angabe alle.", tuple(Leistung)), SZENARIO),
        lambda context, values: publish_pflegebedarf(context, **values),
    ),
    "datenstand": Figure(
        "Datenstand",
        "Wie gut die Angaben je Kommune und Fachbereich sind: welcher Anteil in zwölf Monaten bestätigt wurde, wie "
        "vielen Angeboten die Platzzahl oder der Punkt fehlt.",
        (STICHTAG, EBENE, choice("fachbereich", "Nur dieser Fachbereich; ohne Angabe alle.", (ALLE, *CATEGORIES))),
        lambda context, values: state_datenstand(context, **values),
    ),
    "bestandsbericht": Figure(
        "Bestand nach § 7 Abs. 4 APG NRW",
        "Was es am 31.12. eines ungeraden Jahres je Kommune und Art gibt, auch Arten ohne Angebote, daneben der vorige "
        "Bericht und wie dieser aus ihm entstand; ohne Vorausschau.",
        (STICHTAG, EBENE, _EINE_ART),
        lambda context, values: report_bestand(context, **values),
        beside=lambda context, tabelle: report_massnahmen(context, stichtag=tabelle.herkunft.stichtag),
    ),
    "massnahmen": Figure(
        "Maßnahmen (§ 7 Abs. 4 APG NRW)",
        "Was bis wann geschehen soll, wer es tut, wie weit es am Stichtag ist und welche Lücke es schließt; ohne "
        "Aufgegebenes.",
        (
            STICHTAG,
            words("kommune", "Nur diese Kommune.", pattern="[0-9]+", example="05334002"),
            choice("fachbereich", "Nur dieser Fachbereich; ohne Angabe alle.", CATEGORIES),
        ),
        lambda context, values: report_massnahmen(context, **values),
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
            words("ziel", "Dieses Ziel; oder kriterium.", pattern="[a-z0-9_]+", example="begegnung"),
            integer("anzahl", "So viele neue Standorte; ohne Angabe so wenige, wie das Ziel braucht.", (1, MAX_ANZAHL)),
            words(
                "gebiet",
                "Schlüssel einer Kommune oder eines Sozialraums: nur ihre Menschen zählen, und nur dort sind Standorte "
                "möglich. Ohne Angabe die Region.",
                pattern="[0-9A-Za-z-]+",
                example="05334002",
            ),
            STICHTAG,
            *SITING,
            SZENARIO,
        ),
        lambda context, values: propose_sites(context, SitingFrage(**_leave_out(values))),
        places=True,
        one_of=("ziel", "kriterium"),
    ),
    "catchments": Figure(
        "Angebot je Person im Wettbewerb",
        "Wie viele Plätze je 1.000 Personen einer Gruppe zufallen, wenn jedes Angebot unter denen geteilt wird, die es "
        "erreichen.",
        CATCHMENTS,
        lambda context, values: share_catchments(context, CatchmentFrage(**values)),
    ),
    "vergleich": Figure(
        "Szenario im Vergleich",
        "Jede Zahl von Bestand, Versorgungsquoten, Erreichbarkeit, Lücken, Versorgungsquartieren, Pflegebedürftigen "
        "und Bedarf, die sich mit einem Szenario ändert, mit vorher, nachher und Veränderung; am Ende, was nicht "
        "reagiert. Gespeicherte Szenarien gelten in heutiger Fassung, auch zu einem früheren Stand der Kenntnis. Nur "
        "für die Verwaltung.",
        (
            STICHTAG,
            EBENE,
            choice("auswertung", "Nur diese Auswertung; ohne Angabe alle.", AUSWERTUNGEN),
            require(SZENARIO),
            replace(SZENARIO, name="gegen", beschreibung="Vergleicht mit diesem Szenario statt mit dem Katalog."),
        ),
        lambda context, values: _compare_szenarien(context, **values),
    ),
}


FIGURES = {name: replace(figure, parameters=(*figure.parameters, KNOWN_AT)) for name, figure in _FIGURES.items()}


def _leave_out(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was not given, so that the use case's own defaults hold."""
    return {name: value for name, value in values.items() if value is not None}


def _provide(context: Context, *, flaeche: Flaeche | None, **values: Any) -> Tabelle:
    return assess_provision(context, **values) if flaeche is None else assess_flaeche(context, flaeche, **values)


def _judge(context: Context, *, index: str, **values: Any) -> Tabelle:
    return _link(context, judge_quarters(context, Quartierfrage(index=index == "ja", **values)), values["stichtag"])


def _find_gaps(context: Context, *, kontext: str | None, **asked: Any) -> Tabelle:
    table = _link(context, list_gaps(context, **asked), asked["stichtag"])
    return table if kontext is None else join_kontext(context, table, kontext)


def _link(context: Context, gaps: Tabelle, stichtag: date | None) -> Tabelle:
    """Put beside gaps the addresses of what would close them."""
    # Without its name: what a scenario is called changes no figure, and so no address beside one.
    assumed = msgspec.structs.replace(context.szenario, name="")
    szenario = write_szenario(assumed) if assumed.aenderungen else None
    day, kenntnis = stichtag or context.szenario.stichtag, context.kenntnis
    asked = {
        **({} if day is None else {STICHTAG.name: day.isoformat()}),
        **({} if szenario is None else {SZENARIO.name: szenario}),
        **({} if kenntnis is None else {KNOWN_AT.name: kenntnis.text}),
    }
    return link_proposals(gaps, base_url=context.settings.base_url, asked=asked)


def _show_kontext(context: Context, *, zeitreihe: str, **asked: Any) -> Tabelle:
    return show_kontext(context, KontextFrage(**asked, zeitreihe=zeitreihe == "ja"))


def _plan(
    context: Context, *, stichtag: date | None, ab: date | None, variante: str | None, **only: str | None
) -> Tabelle:
    return publish_plan(context, Planfrage(stichtag, ab, variante or KAPAZITAET), **only)


def _compare(context: Context, *, ebene: str | None, variante: str | None, **asked: Any) -> Tabelle:
    return compare_plaene(context, Vergleichsfrage(variante=variante or KAPAZITAET, **asked), ebene=ebene)


def _compare_szenarien(context: Context, *, gegen: str | None, **asked: Any) -> Tabelle:
    other = open_szenario((context.gegenwart or context).under(UNCHANGED), gegen, "vergleich").szenario
    return run_scenario(context, context.szenario, other, **asked)


def find_figure(name: str) -> Figure:
    """Pick a figure by the name in its address."""
    figure = FIGURES.get(name)
    if figure is None:
        raise NotFound(f"Die Auswertung „{name}“ gibt es nicht. Möglich sind: {', '.join(FIGURES)}.")
    return figure
