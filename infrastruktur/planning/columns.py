"""The columns of the figure tables, so that every way out of the house names and orders them alike.

Counts of people (`personen=True`) are what secrecy applies to. Capacities are not personal data.
"""

from infrastruktur.domain.tabelle import Spalte, Typ

_GEBIET = (
    Spalte(name="ebene", titel="Ebene"),
    Spalte(name="gebiet", titel="Gebietsschlüssel"),
    Spalte(name="gebiet_name", titel="Gebiet"),
)
_STICHTAG = Spalte(name="stichtag", titel="Stichtag", typ=Typ.DATUM)
_GRUND = Spalte(name="grund", titel="Grund, wenn ein Wert fehlt")


def _text(name: str, titel: str) -> Spalte:
    return Spalte(name=name, titel=titel)


def _anzahl(name: str, titel: str, einheit: str | None = None) -> Spalte:
    return Spalte(name=name, titel=titel, typ=Typ.GANZZAHL, einheit=einheit, nachkommastellen=0)


def _zahl(name: str, titel: str, einheit: str | None = None, nachkommastellen: int = 1) -> Spalte:
    return Spalte(name=name, titel=titel, typ=Typ.ZAHL, einheit=einheit, nachkommastellen=nachkommastellen)


def _personen(name: str, titel: str) -> Spalte:
    """Count people: unrounded for staff, because cells hold fractions of people; whole in public."""
    return Spalte(name=name, titel=titel, typ=Typ.ZAHL, einheit="Personen", nachkommastellen=0, personen=True)


BESTAND: tuple[Spalte, ...] = (
    *_GEBIET,
    _text("art", "Art"),
    _anzahl("angebote", "Angebote in Betrieb"),
    _zahl("plaetze_zugelassen", "Plätze zugelassen", "Plätze", 0),
    _zahl("plaetze_betrieben", "Plätze betrieben", "Plätze", 0),
    _anzahl("geplant", "Angebote geplant, genehmigt oder im Bau"),
    _anzahl("ohne_platzzahl", "Angebote ohne Platzzahl"),
    _STICHTAG,
    _text("art_titel", "Bezeichnung der Art"),
    _anzahl("ruhend", "Angebote ruhend"),
    Spalte(name="vergleich_stichtag", titel="Vergleichsstichtag", typ=Typ.DATUM),
    _anzahl("angebote_differenz", "Veränderung der Angebote"),
    _zahl("plaetze_differenz", "Veränderung der zugelassenen Plätze", "Plätze", 0),
)

PROVISION: tuple[Spalte, ...] = (
    *_GEBIET,
    _text("indicator", "Indikator"),
    _zahl("wert", "Wert (mindestens)", nachkommastellen=2),
    _anzahl("ohne_platzzahl", "Angebote ohne Platzzahl"),
    _zahl("wert_bis", "Wert höchstens (unter genannter Annahme)", nachkommastellen=2),
    _text("einheit", "Einheit"),
    _zahl("zaehler", "Zähler", nachkommastellen=2),
    _personen("nenner", "Nenner"),
    _GRUND,
    Spalte(name="stichtag_zaehler", titel="Stichtag des Zählers", typ=Typ.DATUM),
    Spalte(name="stichtag_nenner", titel="Stichtag des Nenners", typ=Typ.DATUM),
    _text("quelle_nenner", "Quelle des Nenners"),
    _text("altersgruppe", "Altersgruppe"),
    _text("indicator_titel", "Bezeichnung des Indikators"),
    _text("hinweis", "Hinweis"),
    _zahl("bedarf", "Bedarf an Plätzen, gegen den der Bestand gehalten wird", "Plätze"),
    _zahl("nenner_groesse", "Nenner, wo er eine Größe der Angebote ist"),
    _zahl("nenner_ohne_einrichtungsbevoelkerung", "Nenner ohne Heimbewohner:innen (geschätzt)", "Personen", 0),
    _zahl("wert_ohne_einrichtungsbevoelkerung", "Wert ohne Heimbewohner:innen (geschätzt)"),
    _text("annahme_ohne_einrichtungsbevoelkerung", "Wie die Heimbewohner:innen gezählt sind, oder warum nicht"),
    _zahl("wert_region", "Wert der Region", nachkommastellen=2),
    _zahl("differenz_region", "Unterschied zur Region", nachkommastellen=2),
    Spalte(name="vergleich_stichtag", titel="Vergleichsstichtag", typ=Typ.DATUM),
    _zahl("wert_vergleich", "Wert am Vergleichsstichtag", nachkommastellen=2),
    _zahl("differenz_vergleich", "Veränderung seit dem Vergleichsstichtag", nachkommastellen=2),
    _zahl("zielwert", "Zielwert", nachkommastellen=2),
    _zahl("abstand_zielwert", "Abstand zum Zielwert", nachkommastellen=2),
    _text("zielwert_status", "Status des Zielwerts"),
)
"""`nenner` counts people: those of the group, or those whose need `bedarf` is; so secrecy applies to it.

The comparisons are filled after the table was protected, from what it shows.
"""

KONTEXT: tuple[Spalte, ...] = (
    *_GEBIET,
    _text("thema", "Thema"),
    _text("indicator", "Indikator"),
    _text("indicator_titel", "Bezeichnung des Indikators"),
    _zahl("wert", "Wert"),
    _text("einheit", "Einheit"),
    _STICHTAG,
    _text("quelle", "Quelle"),
    _GRUND,
    Spalte(name="eingeschraenkt", titel="Aussagewert eingeschränkt", typ=Typ.WAHRHEIT),
    _zahl("wert_kommune", "Wert der Kommune"),
    _zahl("differenz_kommune", "Unterschied zur Kommune"),
    _zahl("wert_region", "Wert der Region"),
    _zahl("differenz_region", "Unterschied zur Region"),
    _personen("anzahl", "Anzahl, wo der Wert Personen zählt"),
    _text("bezug", "Zähler und Nenner"),
    _text("richtung", "Welche Werte belastend sind"),
    _text("deutung", "Wie der Wert zu lesen ist"),
    _text("lizenz", "Lizenz der Quelle"),
    _text("hinweis", "Hinweis"),
)
"""A value of a Sozialraummonitoring on its own Stichtag. The comparisons are filled after the table was protected."""

_ZIEL_MASS = (
    _anzahl("max_meter", "Höchstens Meter", "m"),
    _text("metrik", "Messweise der Meter"),
)
_NENNER = (
    Spalte(name="stichtag_personen", titel="Stichtag der Bevölkerung", typ=Typ.DATUM),
    _text("quelle_personen", "Quelle der Bevölkerung"),
)

COVERAGE: tuple[Spalte, ...] = (
    *_GEBIET,
    _text("ziel", "Ziel"),
    _text("art", "Art"),
    _anzahl("mindestens", "Mindestens Träger"),
    _text("modus", "Verkehrsmittel"),
    _text("profil", "Profil"),
    _anzahl("max_minuten", "Höchstens Minuten", "min"),
    _text("altersgruppe", "Altersgruppe"),
    _personen("personen", "Personen"),
    _personen("erreicht", "Erreicht"),
    _personen("nicht_erreicht", "Nicht erreicht"),
    _personen("ohne_aussage", "Ohne Aussage"),
    _zahl("anteil_prozent", "Anteil erreicht", "%"),
    _STICHTAG,
    *_ZIEL_MASS,
    _GRUND,
    *_NENNER,
    _zahl("median_minuten", "Weg zum nächsten Angebot: Minuten (Median)", "min"),
    _zahl("p90_minuten", "Weg zum nächsten Angebot: Minuten (90 % höchstens; öffentlich ab 100 Personen)", "min"),
    _zahl("median_meter", "Weg zum nächsten Angebot: Meter (Median)", "m", 0),
    _zahl("p90_meter", "Weg zum nächsten Angebot: Meter (90 % höchstens; öffentlich ab 100 Personen)", "m", 0),
    _zahl("traeger_mittel", "Verschiedene Träger in Reichweite (Mittel, mindestens)"),
    _zahl("abseits", "Davon ohne Aussage: Wohnzelle an keiner Straße (nur Verwaltung)", "Personen", 0),
    _zahl("rand_der_daten", "Davon ohne Aussage: Rand der Daten (nur Verwaltung)", "Personen", 0),
    _zahl("traeger_unbekannt", "Davon ohne Aussage: unbekannter Träger (nur Verwaltung)", "Personen", 0),
    _zahl("unerreichbar", "Davon nicht erreicht: gar kein Angebot in zwei Stunden (nur Verwaltung)", "Personen", 0),
)
"""abseits + rand_der_daten + traeger_unbekannt = ohne_aussage; ways and Träger are of those who have a statement."""

GAPS: tuple[Spalte, ...] = (
    *_GEBIET,
    _text("ziel", "Ziel"),
    _text("ziel_status", "Status des Ziels"),
    _text("art", "Art"),
    _text("modus", "Verkehrsmittel"),
    _anzahl("max_minuten", "Höchstens Minuten", "min"),
    _text("altersgruppe", "Altersgruppe"),
    _personen("personen", "Personen"),
    _personen("ohne_zugang", "Ohne Zugang"),
    _personen("bis_zum_ziel", "Davon bis zum Ziel"),
    _zahl("anteil_prozent", "Anteil erreicht", "%"),
    _zahl("ziel_prozent", "Zielwert", "%"),
    _anzahl("rang_personen", "Rang nach Personen"),
    _anzahl("rang_anteil", "Rang nach Anteil"),
    _text("naechstes_angebot", "Nächstes Angebot"),
    _zahl("naechste_minuten", "Nächstes Angebot: Minuten (Median)", "min"),
    _text("sicherheit", "Sicherheit der Daten"),
    _STICHTAG,
    _text("ziel_titel", "Bezeichnung des Ziels"),
    _anzahl("mindestens", "Mindestens Träger"),
    _text("profil", "Profil"),
    *_ZIEL_MASS,
    _personen("erreicht", "Erreicht"),
    _personen("ohne_aussage", "Ohne Aussage"),
    _zahl("anteil_beurteilt_prozent", "Anteil erreicht der Personen mit Aussage", "%"),
    _zahl("naechste_meter", "Nächstes Angebot: Meter (Median)", "m", 0),
    _GRUND,
    *_NENNER,
)
"""`personen` = erreicht + ohne_zugang + ohne_aussage; the target is judged on erreicht + ohne_zugang."""

VERSORGUNGSQUARTIERE: tuple[Spalte, ...] = (
    *_GEBIET,
    _anzahl("platz", "Platz im Profil des Gebiets, Fehlendes zuerst"),
    _text("kriterium", "Kriterium"),
    _text("kriterium_titel", "Bezeichnung des Kriteriums"),
    _text("zustand", "Zustand"),
    _zahl("anteil_prozent", "Anteil erreicht", "%"),
    _zahl("ziel_prozent", "Zielwert", "%"),
    _personen("personen", "Personen"),
    _personen("erreicht", "Erreicht"),
    _personen("ohne_zugang", "Ohne Zugang"),
    _personen("ohne_aussage", "Ohne Aussage"),
    _personen("bis_zum_ziel", "Davon bis zum Ziel"),
    _zahl("anteil_beurteilt_prozent", "Anteil erreicht der Personen mit Aussage", "%"),
    _text("naechstes_angebot", "Nächstes Angebot"),
    _zahl("naechste_minuten", "Nächstes Angebot: Minuten (Median)", "min"),
    _zahl("naechste_meter", "Nächstes Angebot: Meter (Median)", "m", 0),
    _anzahl("angebote", "Angebote, auf denen die Aussage beruht"),
    _anzahl("ungeprueft", "Davon seit mehr als 12 Monaten ungeprüft"),
    _text("sicherheit", "Sicherheit der Daten"),
    _text("zustand_langsamer", "Zustand, wenn alle eine Stufe langsamer gehen"),
    _text("zustand_schneller", "Zustand, wenn alle eine Stufe schneller gehen"),
    _anzahl("aufsuchend", "Aufsuchende Angebote, die hierher kommen (daneben)"),
    _anzahl("gewicht", "Gewicht"),
    _zahl("index_prozent", "Index des Gebiets", "%"),
    _zahl("index_beurteilt_prozent", "Gewicht der beurteilten Kriterien", "%"),
    _text("aussage", "In einem Satz"),
    _text("art", "Art"),
    _anzahl("mindestens", "Mindestens Träger"),
    _text("abdeckung", "Beurteilt nach"),
    _text("modus", "Verkehrsmittel"),
    _text("profil", "Profil"),
    _anzahl("max_minuten", "Höchstens Minuten", "min"),
    *_ZIEL_MASS,
    _text("altersgruppe", "Altersgruppe"),
    _text("kriteriensatz", "Kriteriensatz"),
    _anzahl("version", "Version des Kriteriensatzes"),
    _text("satz_variante", "Variante des Kriteriensatzes"),
    _text("satz_status", "Status des Kriteriensatzes"),
    _STICHTAG,
    _GRUND,
    *_NENNER,
)
"""A row is a criterion; `personen` = erreicht + ohne_zugang + ohne_aussage; judged are those with a statement."""

GAPS_GESAMT: tuple[Spalte, ...] = (
    *GAPS,
    _text("herkunft", "Woran gemessen: ziel, kriterium oder platzsaldo"),
    _text("kriterium", "Kriterium, das dasselbe fragt oder hier verfehlt ist"),
    _text("satz_variante", "Variante des Kriteriensatzes"),
    _zahl("fehlende_plaetze", "Fehlende Plätze", "Plätze", 0),
    _anzahl("rang_liste_personen", "Rang in der ganzen Liste nach Personen oder Plätzen"),
    _anzahl("rang_liste_anteil", "Rang in der ganzen Liste nach Anteil"),
)
"""`rang_personen` and `rang_anteil` rank the areas under one target; `rang_liste_*` all gaps of a level."""

SITING: tuple[Spalte, ...] = (
    *_GEBIET,
    _anzahl("rang", "Rang nach neu erreichten Personen"),
    _zahl("laenge", "Geographische Länge", "°", 6),
    _zahl("breite", "Geographische Breite", "°", 6),
    _personen("neu_erreicht", "Neu erreicht, zum nächsten Standort gezählt"),
    _personen("nur_hier", "Davon nur von hier erreicht"),
    _text("ziel", "Ziel"),
    _text("ziel_status", "Status des Ziels"),
    _text("art", "Art"),
    _text("modus", "Verkehrsmittel"),
    _text("profil", "Profil"),
    _anzahl("max_minuten", "Höchstens Minuten", "min"),
    *_ZIEL_MASS,
    _text("altersgruppe", "Altersgruppe"),
    _STICHTAG,
    _GRUND,
    *_NENNER,
    _text("kandidat", "Möglicher Standort"),
    _zahl("kosten", "Kosten"),
    _anzahl("plaetze", "Plätze am Standort", "Plätze"),
    _personen("zugeordnet", "Personen, für die er der nächste ist oder die hier einen Platz haben"),
)
"""A row is a proposed site; `ebene` and `gebiet` are the smallest area most of its cell lies in."""

CATCHMENTS: tuple[Spalte, ...] = (
    *_GEBIET,
    _text("art", "Art"),
    _text("verfahren", "Verfahren"),
    _text("abklingen", "Abklingen"),
    _text("modus", "Verkehrsmittel"),
    _text("profil", "Profil"),
    _anzahl("max_minuten", "Höchstens Minuten", "min"),
    _text("altersgruppe", "Altersgruppe"),
    _personen("personen", "Personen"),
    _personen("erreicht", "Erreichen mindestens ein Angebot"),
    _personen("nicht_erreicht", "Erreichen keines"),
    _personen("ohne_aussage", "Ohne Aussage"),
    _zahl("wert", "Angebot je 1.000 Personen mit Aussage (mindestens)"),
    _text("einheit", "Einheit"),
    _zahl("plaetze", "Plätze, die den Personen zufallen (mindestens)"),
    _anzahl("ohne_platzzahl", "Angebote ohne Platzzahl, die jemand von hier erreicht"),
    _anzahl("unerreicht", "Angebote hier, die niemand erreicht"),
    _zahl("plaetze_unerreicht", "Plätze hier, die niemand erreicht (mindestens)"),
    _anzahl("ohne_ort", "Angebote hier ohne Punkt oder Straße"),
    _zahl("plaetze_ohne_ort", "Plätze hier ohne Punkt oder Straße (mindestens)"),
    _STICHTAG,
    _GRUND,
    *_NENNER,
)
"""`personen` = erreicht + nicht_erreicht + ohne_aussage; wert = 1000 · plaetze / (erreicht + nicht_erreicht).

Places are of the size of the kind, which `einheit` names.
"""

_PLAN = (
    Spalte(name="tag", titel="Für den Tag", typ=Typ.DATUM),
    _text("variante", "Variante"),
)

BEDARFSPLANUNG: tuple[Spalte, ...] = (
    *_GEBIET,
    _text("art", "Art"),
    *_PLAN,
    _personen("pflegebeduerftige", "Pflegebedürftige (geschätzt)"),
    _personen("personen", "Personen in diesem Angebot (geschätzt)"),
    _personen("ohne_platz", "Weitere Personen, für die es keinen Platz gibt"),
    _zahl("bedarf", "Bedarf an Plätzen", "Plätze", 0),
    _zahl("bestand_stichtag", "Bestand am Stichtag", "Plätze", 0),
    _zahl("zugang_geplant", "Zugang: am Stichtag geplant", "Plätze", 0),
    _zahl("zugang_genehmigt", "Zugang: am Stichtag genehmigt", "Plätze", 0),
    _zahl("zugang_im_bau", "Zugang: am Stichtag im Bau", "Plätze", 0),
    _zahl("zugang_sonst", "Zugang: wieder eröffnet oder bisher unbekannt", "Plätze", 0),
    _zahl("zugang_ausbau", "Zugang: Ausbau bestehender Häuser", "Plätze", 0),
    _zahl("wegfall_schliessung", "Wegfall: Schließung", "Plätze", 0),
    _zahl("wegfall_abbau", "Wegfall: Abbau von Plätzen (etwa Einzelzimmerquote)", "Plätze", 0),
    _zahl("ungewiss", "Veränderung, weil eine Platzzahl bekannt oder unbekannt wird", "Plätze", 0),
    _zahl("angebot", "Angebot an Plätzen (mindestens)", "Plätze", 0),
    _anzahl("ohne_platzzahl", "Angebote ohne Platzzahl"),
    _zahl("saldo", "Platzsaldo", "Plätze", 0),
    _zahl("versorgungsgrad_prozent", "Versorgungsgrad", "%"),
    _zahl("nicht_gerechnet", "Nicht gerechnete Plätze", "Plätze", 0),
    _zahl("ohne_termin", "Erwartete Plätze, die noch nicht in Betrieb sind", "Plätze", 0),
    _text("status", "Verbindlichkeit"),
    _GRUND,
    _STICHTAG,
    _text("variante_titel", "Bezeichnung der Variante"),
    _text("regel", "Bedarfsregel"),
    _personen("pflegebeduerftige_mindestens", "Pflegebedürftige der bekannten Personen"),
)
"""bestand_stichtag + Zugänge - Wegfälle + ungewiss = angebot; saldo = angebot - bedarf, in whole places."""

PFLEGEBEDARF: tuple[Spalte, ...] = (
    *_GEBIET,
    _text("leistung", "Leistung"),
    _personen("erwartet", "Erwartet nach Alter und Geschlecht"),
    _personen("beobachtet", "Gezählt"),
    _zahl("verhaeltnis", "Gezählt je erwartet", nachkommastellen=2),
    _STICHTAG,
    *_NENNER,
    Spalte(name="stichtag_beobachtet", titel="Stichtag der Zählung", typ=Typ.DATUM),
    _text("quelle_beobachtet", "Quelle der Zählung"),
    _GRUND,
    _text("leistung_titel", "Bezeichnung der Leistung"),
    _text("rechenweg", "Wie die Erwartung berechnet ist"),
)
"""`insgesamt` is the sum of pflegegeld, ambulant, vollstationaer and ohne; `teilstationaer` is contained in them."""

PLANVERGLEICH: tuple[Spalte, ...] = (
    *_GEBIET,
    _text("regel", "Bedarfsregel"),
    *_PLAN,
    _text("groesse", "Zahl"),
    _zahl("vorher", "Vorher", nachkommastellen=2),
    _zahl("nachher", "Nachher", nachkommastellen=2),
    _zahl("differenz", "Unterschied", nachkommastellen=2),
    _zahl("durch_prognose", "Davon durch Bevölkerung", nachkommastellen=2),
    _zahl("durch_quote", "Davon durch Quoten", nachkommastellen=2),
    _zahl("durch_regel", "Davon durch Regel", nachkommastellen=2),
    _zahl("durch_angebot", "Davon durch Angebote", nachkommastellen=2),
    _text("was", "Was sich geändert hat"),
    _text("variante_vorher", "Variante vorher"),
    _text("regel_vorher", "Bedarfsregel vorher"),
    _STICHTAG,
    Spalte(name="stichtag_vorher", titel="Stichtag vorher", typ=Typ.DATUM),
    _GRUND,
)
"""differenz = nachher - vorher = durch_prognose + durch_quote + durch_regel + durch_angebot, unrounded."""

_BEWEGUNGEN = (
    _zahl("zugang_geplant", "Zugang: zuvor geplant", "Plätze", 0),
    _zahl("zugang_genehmigt", "Zugang: zuvor genehmigt", "Plätze", 0),
    _zahl("zugang_im_bau", "Zugang: zuvor im Bau", "Plätze", 0),
    _zahl("zugang_sonst", "Zugang: wieder eröffnet oder zuvor unbekannt", "Plätze", 0),
    _zahl("zugang_ausbau", "Zugang: Ausbau bestehender Häuser", "Plätze", 0),
    _zahl("wegfall_schliessung", "Wegfall: Schließung", "Plätze", 0),
    _zahl("wegfall_abbau", "Wegfall: Abbau von Plätzen (etwa Einzelzimmerquote)", "Plätze", 0),
    _zahl("ungewiss", "Veränderung, weil eine Platzzahl bekannt oder unbekannt wurde", "Plätze", 0),
)

BESTANDSTAFEL: tuple[Spalte, ...] = (
    *_GEBIET,
    _text("art", "Art"),
    _text("art_titel", "Bezeichnung der Art"),
    _anzahl("angebote", "Angebote in Betrieb"),
    _zahl("plaetze", "Plätze zugelassen, in Betrieb (mindestens)", "Plätze", 0),
    _zahl("plaetze_betrieben", "Plätze betrieben (mindestens)", "Plätze", 0),
    _anzahl("ohne_platzzahl", "Angebote ohne Platzzahl"),
    _anzahl("angebote_ruhend", "Angebote ruhend"),
    _zahl("plaetze_ruhend", "Plätze ruhend", "Plätze", 0),
    _anzahl("angebote_geplant", "Angebote geplant"),
    _zahl("plaetze_geplant", "Plätze geplant", "Plätze", 0),
    _anzahl("angebote_genehmigt", "Angebote genehmigt"),
    _zahl("plaetze_genehmigt", "Plätze genehmigt", "Plätze", 0),
    _anzahl("angebote_im_bau", "Angebote im Bau"),
    _zahl("plaetze_im_bau", "Plätze im Bau", "Plätze", 0),
    _STICHTAG,
    Spalte(name="stand_von", titel="Ältester Stand der Angaben", typ=Typ.DATUM),
    Spalte(name="stand_bis", titel="Jüngster Stand der Angaben", typ=Typ.DATUM),
    Spalte(name="vergleich_stichtag", titel="Stichtag des vorigen Berichts", typ=Typ.DATUM),
    _anzahl("angebote_vorher", "Angebote im vorigen Bericht"),
    _zahl("plaetze_vorher", "Plätze im vorigen Bericht (mindestens)", "Plätze", 0),
    *_BEWEGUNGEN,
    _GRUND,
)
"""plaetze_vorher + Zugänge - Wegfälle + ungewiss = plaetze."""

VERAENDERUNGEN: tuple[Spalte, ...] = (
    *_GEBIET,
    Spalte(name="tag", titel="Tag", typ=Typ.DATUM),
    _text("angebot", "Angebot"),
    _text("art", "Art"),
    _text("bewegung", "Veränderung"),
    _text("status_vorher", "Status vorher"),
    _text("status_nachher", "Status nachher"),
    _zahl("plaetze_vorher", "Plätze vorher", "Plätze", 0),
    _zahl("plaetze_nachher", "Plätze nachher", "Plätze", 0),
    _zahl("differenz", "Plätze in Betrieb mehr oder weniger", "Plätze", 0),
    _text("anlass", "Anlass"),
    Spalte(name="angekuendigt", titel="Nach dem Stichtag, nur angekündigt", typ=Typ.WAHRHEIT),
    _text("quelle", "Quelle"),
    _STICHTAG,
    _text("art_titel", "Bezeichnung der Art"),
    _text("id", "Kennung des Angebots"),
)
"""A row is what changes of one Angebot on one day."""
