"""What may differ of an Angebot between two Stichtage, or between two states of knowledge."""

from collections.abc import Mapping
from enum import StrEnum


class Was(StrEnum):
    """What differs between two states of an Angebot."""

    EROEFFNET = "eroeffnet"
    GESCHLOSSEN = "geschlossen"
    ENTFALLEN = "entfallen"
    ANGEKUENDIGT = "angekuendigt"
    STATUS = "status"
    KAPAZITAET = "kapazitaet"
    STANDORT = "standort"
    TRAEGER = "traeger"
    ART = "art"
    NAME = "name"
    OEFFNUNGSZEITEN = "oeffnungszeiten"


TITEL: Mapping[Was, str] = {
    Was.EROEFFNET: "Neu in Betrieb",
    Was.GESCHLOSSEN: "Geschlossen",
    Was.ENTFALLEN: "Irrtümlich angelegt",
    Was.ANGEKUENDIGT: "Neu angekündigt",
    Was.STATUS: "Anderer Status",
    Was.KAPAZITAET: "Andere Kapazität",
    Was.STANDORT: "Anderer Ort",
    Was.TRAEGER: "Anderer Träger",
    Was.ART: "Andere Art",
    Was.NAME: "Anderer Name",
    Was.OEFFNUNGSZEITEN: "Andere Öffnungszeiten",
}
