"""What the service description says of following changes."""

from infrastruktur.http.aenderungen import PARAMETERS, PATH
from infrastruktur.http.negotiation import HTML, JSON
from infrastruktur.http.operations import Json, describe_get, describe_parameter


def describe_changes() -> Json:
    return {
        PATH: describe_get(
            "Änderungen im Katalog",
            "Welche Angebote, Kommunen und Sozialräume neu sind, sich geändert haben oder entfernt wurden, in der "
            "Reihenfolge, in der es geschah. Wer eine Kopie hält, fragt mit „since“ weiter, wo die letzte Antwort "
            "endete, und verpasst nichts; eine leere Antwort nennt dieselbe Stelle. Was nicht mehr öffentlich ist, "
            "heißt entfernt. Ein geschlossenes Angebot ist geändert. Wer es war, erfährt, wer intern liest.",
            ("Änderungen", "list_changes"),
            {JSON: "Changes", HTML: ""},
            parameters=[describe_parameter(each) for each in PARAMETERS],
        )
    }
