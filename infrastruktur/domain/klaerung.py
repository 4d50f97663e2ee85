"""Why somebody should look at an Angebot again."""

from enum import StrEnum


class Klaerungsgrund(StrEnum):
    """A reason, as a fact of the catalogue: nothing here says who is wrong."""

    OHNE_PUNKT = "ohne_punkt"
    FERN_DER_ADRESSE = "fern_der_adresse"
    ABSEITS_DES_NETZES = "abseits_des_netzes"
    AUSSERHALB_DER_KOMMUNE = "ausserhalb_der_kommune"
    NICHT_BESTAETIGT = "nicht_bestaetigt"
    WIDERSPRUCH = "widerspruch"


TITEL = {
    Klaerungsgrund.OHNE_PUNKT: "Ohne Punkt",
    Klaerungsgrund.FERN_DER_ADRESSE: "Fern der Adresse",
    Klaerungsgrund.ABSEITS_DES_NETZES: "Abseits des Wegenetzes",
    Klaerungsgrund.AUSSERHALB_DER_KOMMUNE: "Außerhalb der Kommune",
    Klaerungsgrund.NICHT_BESTAETIGT: "Nicht bestätigt",
    Klaerungsgrund.WIDERSPRUCH: "Zwei Angaben von Hand",
}
