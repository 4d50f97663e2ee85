"""How the numbers of a figure come about that have no Rechenweg of their own: from others of the row, or why not.

They stand beside every explanation (`weitere`), so that no number of a table is left without an answer.
"""

from collections.abc import Mapping

_GEFRAGT = "Gehört zur Frage: so steht es im Ziel, im Kriterium oder in der Anfrage."
_ZEILE_DER_REGION = "Die Zeile der Region, mit ihrem eigenen Rechenweg."
_FRAGE = dict.fromkeys(("mindestens", "max_minuten", "max_meter"), _GEFRAGT)
_ZUSTAENDE = {
    "erreicht": "Steht als „Erreicht“ im Rechenweg.",
    "nicht_erreicht": "Steht als „Nicht erreicht“ im Rechenweg.",
    "ohne_aussage": "Steht als „Ohne Aussage“ im Rechenweg von coverage; hier Personen − erreicht − ohne Zugang.",
}
_IN_HEIMEN = (
    "Heimplätze × Auslastung × Anteil der Altersgruppe, wie im Rechenweg der Versorgungsquoten ohne Heimbewohner:innen."
)
_LUECKEN = {
    **_FRAGE,
    "ziel_prozent": _GEFRAGT,
    "personen": "erreicht + ohne_zugang + ohne_aussage, alle in der Zeile.",
    "erreicht": _ZUSTAENDE["erreicht"],
    "ohne_aussage": _ZUSTAENDE["ohne_aussage"],
    "anteil_prozent": "100 × erreicht ÷ personen, beide in der Zeile.",
    "in_heimen": _IN_HEIMEN,
}
_OHNE_MENSCHEN = "Die Angebote des Gebiets, die niemand erreicht oder die an keiner Straße liegen; bestand nennt alle."
_SCHRANKE = "Schranke der Suche (Verzweigen und Schneiden): Kein Plan ist besser. Von Hand lässt sie sich nicht finden."
_HEUTE = "So steht es unter coverage, zu einem Kriterium unter versorgungsquartiere, mit eigenem Rechenweg."
BEFUND = {
    "standorte": "So viele Zeilen hat die Tabelle.",
    "standorte_mindestens": _SCHRANKE,
    "personen": _HEUTE,
    "ohne_aussage": _HEUTE,
    "abstand_hoechstens_prozent": "100 × Abstand der Zahl zu ihrer Schranke (…_hoechstens, …_mindestens) ÷ Zahl.",
    "erreicht_vorher": _HEUTE,
    "anteil_vorher_prozent": "100 × erreicht_vorher ÷ (personen − ohne_aussage), alle im Befund.",
    "neu_hoechstens": _SCHRANKE,
    "minuten_mittel_mindestens": _SCHRANKE,
    "bedarf": "(personen − ohne_aussage) × bedarf_prozent ÷ 100, ohne bedarf_prozent alle.",
    "ohne_platz": "bedarf − mit_platz_nachher − unerreichbar, alle im Befund.",
    "mit_platz_hoechstens": _SCHRANKE,
}
"""Numbers of a whole plan of sites, which stand beside its table."""
ABLEITUNGEN: Mapping[str, Mapping[str, str]] = {
    "bestand": {},
    "provision": {
        "ohne_platzzahl": "So viele Namen nennt der Hinweis „ohne Angabe“ im Rechenweg von zaehler.",
        "wert_bis": "Wie wert, jedes Angebot ohne Angabe mit der angenommenen Größe (angenommen) mitgezählt.",
        "wert_region": _ZEILE_DER_REGION,
        "differenz_region": "wert − wert_region, beide in der Zeile.",
        "wert_vergleich": "Der Wert mit stichtag=vergleich_stichtag, mit eigenem Rechenweg.",
        "differenz_vergleich": "wert − wert_vergleich, beide in der Zeile.",
        "zielwert": "Aus der Datei der Zielwerte; zielwert_status nennt den Beschluss.",
        "abstand_zielwert": "wert − zielwert, beide in der Zeile.",
    },
    "coverage": {
        **_FRAGE,
        "in_heimen": _IN_HEIMEN,
    },
    "gaps": {
        **_LUECKEN,
        "rang_personen": "Platz von bis_zum_ziel unter den Gebieten derselben Ebene und desselben Ziels.",
        "rang_anteil": "Platz des Abstands zum Zielwert unter den Gebieten derselben Ebene und desselben Ziels.",
        "fehlende_plaetze": "Der negative Platzsaldo des letzten Planungstages, mit Rechenweg unter demand (saldo).",
        "rang_liste_personen": "Platz von bis_zum_ziel oder fehlende_plaetze unter allen Zeilen der Ebene.",
        "rang_liste_anteil": "Platz des Abstands zum Zielwert unter allen Zeilen der Ebene.",
    },
    "versorgungsquartiere": {
        **_LUECKEN,
        "platz": "Fehlendes zuerst: nach Zustand, dann nach Gewicht, dann nach Abstand zum Zielwert.",
        "aufsuchend": "So viele Angebote nennen dieses Gebiet als Einsatzgebiet und kommen nach Hause.",
        "gewicht": _GEFRAGT,
        "version": _GEFRAGT,
        "index_prozent": "100 × Summe aus Gewicht × (1 erfüllt, ½ teilweise, 0 nicht) ÷ Summe dieser Gewichte.",
        "index_beurteilt_prozent": "100 × Summe der Gewichte der beurteilten Kriterien ÷ Summe aller Gewichte.",
    },
    "kontext": {
        "wert": "So steht er in der Quelle; wie sie ihn bildet, sagt bezug.",
        "wert_kommune": "Die Zeile der Kommune, so wie die Quelle sie nennt.",
        "differenz_kommune": "wert − wert_kommune, beide in der Zeile.",
        "wert_region": "Die Zeile der Region, so wie die Quelle sie nennt.",
        "differenz_region": "wert − wert_region, beide in der Zeile.",
        "anzahl": "So steht sie in der Quelle.",
    },
    "demand": {
        "in_heimen": _IN_HEIMEN,
        "nicht_gerechnet": "Plätze in Zuständen, die nicht mitzählen; alle zählen, also 0.",
        "pflegebeduerftige_mindestens": "Wie pflegebeduerftige, nur mit den Altersgruppen bekannter Größe.",
    },
    "pflegebedarf": {"beobachtet": "So steht es in der Pflegestatistik; stichtag_beobachtet und quelle_beobachtet."},
    "bestandsbericht": {
        **dict.fromkeys(
            ("angebote_mit_bestaetigung", "plaetze_mit_bestaetigung"),
            "Geplant + genehmigt + im Bau, soweit eine Bedarfsbestätigung am Stichtag vorlag; Tag und Fundstelle "
            "nennt das Angebot (…/bedarfsbestaetigung).",
        ),
        **dict.fromkeys(
            ("angebote_ohne_bestaetigung", "plaetze_ohne_bestaetigung"),
            "Geplant + genehmigt + im Bau, vermindert um das mit Bedarfsbestätigung.",
        ),
    },
    "datenstand": {
        "angebote": "Die Angebote des Fachbereichs; seine Ebene nennt jedes.",
        "bestaetigt": "Die davon, deren zuletzt_geprueft höchstens zwölf Monate vor dem Stichtag liegt.",
        "bestaetigt_prozent": "100 × bestaetigt ÷ angebote, beide in der Zeile.",
        "mit_plaetzen": "Die davon, deren Art in Plätzen gemessen wird.",
        "ohne_platzzahl": "Die davon, die keine Plätze nennen; klaerungsbedarf nennt sie.",
        "ohne_platzzahl_prozent": "100 × ohne_platzzahl ÷ mit_plaetzen, beide in der Zeile.",
        "ohne_punkt": "Die Angebote ohne Punkt; klaerungsbedarf nennt sie.",
        "ohne_punkt_prozent": "100 × ohne_punkt ÷ angebote, beide in der Zeile.",
    },
    "massnahmen": {},
    "platzveraenderungen": {
        "plaetze_vorher": "So steht es im Katalog bis zum Tag davor; quelle und id nennen den Eintrag.",
        "plaetze_nachher": "So steht es im Katalog von diesem Tag an; quelle und id nennen den Eintrag.",
        "differenz": "plaetze_nachher − plaetze_vorher, soweit in Betrieb.",
    },
    "demand/vergleich": {
        "vorher": "Die Zahl der alten Planung, mit Rechenweg unter demand.",
        "nachher": "Die Zahl der neuen Planung, mit Rechenweg unter demand.",
        "differenz": "nachher − vorher = Summe der vier Anteile.",
        "durch_prognose": "Die alte Planung mit den Personen der neuen, weniger die alte.",
        "durch_quote": "Dazu die Quoten der neuen, weniger den Schritt davor.",
        "durch_regel": "Dazu Regel und Variante der neuen, weniger den Schritt davor.",
        "durch_angebot": "Die neue Planung, weniger den Schritt davor: alle Angebote dazu.",
    },
    "siting": {
        "max_minuten": _GEFRAGT,
        "max_meter": _GEFRAGT,
        "rang": "Platz nach zugeordnet unter den Vorschlägen.",
        "laenge": "Mitte der Zelle oder der genannte Punkt.",
        "breite": "Mitte der Zelle oder der genannte Punkt.",
        "kosten": _GEFRAGT,
        "plaetze": _GEFRAGT,
        **BEFUND,
    },
    "catchments": {
        "max_minuten": _GEFRAGT,
        "personen": "erreicht + nicht_erreicht + ohne_aussage, alle in der Zeile.",
        **_ZUSTAENDE,
        "ohne_aussage": "Wie unter coverage mit derselben Grenze: Zelle an keiner Straße oder am Rand der Daten.",
        "ohne_platzzahl": "So viele Namen nennt der Hinweis „ohne Angabe“ im Rechenweg von plaetze.",
        "in_heimen": _IN_HEIMEN,
        **dict.fromkeys(("unerreicht", "plaetze_unerreicht", "ohne_ort", "plaetze_ohne_ort"), _OHNE_MENSCHEN),
    },
    "vergleich": {
        "vorher": "Die Zahl der Auswertung ohne Szenario (oder mit gegen), mit ihrem Rechenweg.",
        "nachher": "Die Zahl der Auswertung mit szenario, mit ihrem Rechenweg.",
        "differenz": "nachher − vorher, beide in der Zeile.",
    },
}
