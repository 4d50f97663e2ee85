"""What figures are asked: what several share, and the long lists of catchments, siting and Versorgungsquartiere."""

from dataclasses import replace

from infrastruktur.domain.raum import Ebene
from infrastruktur.http.parameters import STICHTAG, Parameter, choice, integer, number, numbers, words
from infrastruktur.http.travel import ALTERSGRUPPE, ART_PATTERN, MODUS, points, zonen
from infrastruktur.planning.catchment import Verfahren
from infrastruktur.planning.decay import FORMEN
from infrastruktur.usecases.assess_coverage import MAX_MINUTEN
from infrastruktur.usecases.prepare_teilung import RICHTUNGEN, ZELLE, ZUM_ANGEBOT
from infrastruktur.usecases.search_sites import MAX_PLAETZE, Moeglich, Suche

MAX_SZENARIO = 4_000
"""Characters of a scenario in a link; browsers and proxies cut addresses beyond 8,000."""
SZENARIO = Parameter(
    "szenario",
    "Rechnet mit einem Szenario: Kennung eines gespeicherten, oder das Szenario selbst als JSON.",
    {"type": "string", "maxLength": MAX_SZENARIO},
    str,
    max_text=MAX_SZENARIO,
)
"""Whoever asks opens it (`open_szenario`) before the figure is computed."""
BEVOELKERUNG = choice(
    "bevoelkerung",
    "ohne_heime: Gruppen ab 75 ohne die, die nach der Annahme der Versorgungsquoten in Heimen leben; nur Verwaltung.",
    ("alle", "ohne_heime"),
    default="alle",
)
_KRITERIENSATZ = words(
    "kriteriensatz",
    "Dieser Kriteriensatz; ohne Angabe der erste.",
    pattern="[A-Za-z0-9_-]+",
    example="vq-aachen-entwurf-1",
)
_VARIANTE = words(
    "variante",
    "Diese Variante für alle Gebiete; ohne Angabe die der Kommune.",
    pattern="[a-z0-9_]+",
    example="laendlich",
)
CATCHMENTS = (
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
    SZENARIO,
)

SITING = (
    choice(
        "suche",
        "Was zählt: möglichst viele Personen, die das Ziel neu erreichen; alle, denen ein Standort helfen kann, mit so "
        "wenigen wie möglich (nur Verwaltung); möglichst kurze Wege aller; möglichst viele Personen mit einem Platz.",
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
    integer("plaetze", "Zu suche=plaetze und suche=wege: So viele Plätze hat ein neuer Standort.", (1, MAX_PLAETZE)),
    integer("plaetze_unbekannt", "Zu plaetze: Annahme für Angebote, die keine Platzzahl nennen.", (0, MAX_PLAETZE)),
    number("bedarf_prozent", "Zu plaetze: So viele der Gruppe brauchen einen Platz; sonst alle.", (0, 100)),
    words(
        "kriterium",
        "Statt ziel: dieses Kriterium eines Versorgungsquartiers.",
        pattern="[a-z0-9_]+",
        example="begegnung",
    ),
    replace(_KRITERIENSATZ, beschreibung="Zu kriterium: sein Kriteriensatz; ohne Angabe der erste."),
    replace(_VARIANTE, beschreibung="Zu kriterium: die Variante des Satzes; ohne Angabe die der Kommune."),
)

QUARTIER = (
    words("gebiet", "Schlüssel eines Gebiets; ohne Angabe alle.", pattern="[0-9A-Za-z-]+", example="05334032-S07"),
    words("kriterium", "Nur dieses Kriterium; ohne Angabe alle.", pattern="[a-z0-9_]+", example="begegnung"),
    _KRITERIENSATZ,
    _VARIANTE,
    choice("index", "Ob daneben ein gewichteter Index je Gebiet steht.", ("nein", "ja"), default="nein"),
    BEVOELKERUNG,
)
