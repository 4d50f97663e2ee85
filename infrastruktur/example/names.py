"""Invented names: streets, houses and Träger. Every Träger and every house says that it is an example."""

_STEMS = """
Ahorn Akazien Amsel Apfel Bach Bäcker Berg Birken Birn Brunnen Buchen Burg Buchfinken Dachs Dohlen Dorf Drossel Efeu
Eichen Elster Enzian Erlen Eschen Falken Farn Fasanen Feld Fichten Finken Flachs Flieder Forst Fuchs Garten Gerber
Ginster Glocken Gold Habicht Hafer Hain Hasel Hecken Heide Hirsch Hirten Hohl Holunder Hopfen Igel Iris Jäger
Kamillen Kapellen Kastanien Kiebitz Kiefern Kirsch Klee Kloster Köhler Korn Krähen Kranich Kreuz Küfer Lärchen
Lerchen Lilien Linden Lupinen Luchs Mandel Markt Marien Meisen Minzen Mohn Moos Mühlen Nelken Nuss Obst Orchideen
Otter Pappel Pfarr Pflaumen Primel Quell Quitten Raben Reiher Ring Roggen Rosen Rotdorn Salbei Sand Schäfer Schiefer
Schlehen Schmiede Schul Schwalben Specht Sperber Stein Sonnen Tal Tannen Teich Töpfer Tulpen Turm Ulmen Veilchen
Wacholder Wald Weber Weiden Weißdorn Wein Weizen Wiesen Wiesel Winter Wolfs Zaunkönig Zedern Ziegel Zimmer Zobel
"""
_ENDINGS = """
straße weg gasse allee pfad steig ring hof platz grund winkel garten busch kamp bruch hang rain
"""
_HEILIGE = """
Anna Barbara Cäcilia Elisabeth Franziskus Gerhard Hedwig Hildegard Josef Katharina Klara Lambertus Lioba Martin
Monika Nikolaus Raphael Rita Sebastian Ursula Walburga Wendelin
"""
WOHLFAHRT = (
    *(("Beispiel-Caritasverband e. V.", "kirchlich"), ("Beispiel-Diakonie gGmbH", "kirchlich")),
    *(("Beispiel-Arbeiterwohlfahrt e. V.", "freigemeinnützig"), ("Beispiel-Rotkreuz gGmbH", "freigemeinnützig")),
    *(("Beispiel-Paritätischer Dienst e. V.", "freigemeinnützig"), ("Beispiel-Nachbarn e. V.", "freigemeinnützig")),
    ("StädteRegion Beispiel", "öffentlich"),
)
TRAEGER = (
    *WOHLFAHRT,
    *(("Beispiel-Pflege Müller GmbH", "privat"), ("Beispiel-Residenzen GmbH & Co. KG", "privat")),
    ("Beispiel-Betreuung Schröder GmbH", "privat"),
)
HAUS_NAMEN = tuple(_HEILIGE.split())


def street_names() -> list[str]:
    """List all street names there are, each once."""
    return [stem + ending for stem in _STEMS.split() for ending in _ENDINGS.split()]
