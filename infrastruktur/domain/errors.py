"""Everything that can go wrong, as words of the domain.

    InfrastrukturError
    ├── NotFound               a thing that was named does not exist
    │   ├── NoSuchJob              a job nobody knows, or not any more
    │   ├── ResultNotReady         a job that has no result yet
    │   └── Gone                   it was there, and is closed or was never true
    ├── Refused                what was asked or given cannot be taken
    │   ├── UnknownParameter       a query parameter nobody knows
    │   ├── InvalidParameter       a known parameter with an unusable value
    │   ├── LimitExceeded          more than one request may ask for
    │   ├── Busy                   more work than may wait: later, not otherwise
    │   ├── InvalidInput           properties that cannot be taken, each with its sentence
    │   ├── PreconditionMissing    a change that does not say on top of what it is made
    │   ├── Outdated               a change made on top of what is no longer there
    │   │   └── Disputed               a change of what somebody else has just stated otherwise
    │   ├── InvalidSzenario        a scenario that contradicts itself or changes what there is not
    │   ├── KeyReused              a name of a request that stands for another request already
    │   ├── NotNow                 a step that does not lead on from where a thing stands
    │   ├── Doubled                a new thing that may be one that is there already
    │   ├── SourceRefused          a file or recipe that cannot be read as what it claims to be
    │   ├── SourceUnavailable      a server that is out of reach, busy or breaks off: later, not otherwise
    │   ├── ImportStopped          a readable source whose plan looks like an accident
    │   ├── ConstraintViolated     a row the store must never hold
    │   └── StoreUnavailable       a catalogue that is out of reach, damaged or busy: later, not otherwise
    ├── Unauthenticated        a proof of who asks that does not hold
    ├── Forbidden              somebody may not do this
    │   └── OnlyProposable         but may propose it, for another to approve
    ├── NotAssessable          a figure that cannot be stated, with its reason
    ├── Cancelled              nobody waits any more for what was being computed
    └── NetworkRefused         a network that is missing, damaged or of another format

Messages are German and tell the user what to do; http/problems.py maps each class to a status.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any


class Grund(StrEnum):
    """Why a figure is null. The reason stands in the column `grund` beside it."""

    KEINE_BEVOELKERUNG = "keine_bevoelkerung"
    KEINE_DATEN = "keine_daten"
    KEIN_FAHRPLAN = "kein_fahrplan"
    KEINE_PLATZZAHL = "keine_platzzahl"
    GEHEIM = "geheim"
    UNSICHER = "unsicher"


class InfrastrukturError(Exception):
    """Anything this project raises on purpose."""


class NotFound(InfrastrukturError):
    """A thing that was named does not exist, or not for this reader."""


class NoSuchJob(NotFound):
    """A job nobody knows, or not any more."""


class ResultNotReady(NotFound):
    """A job that has no result yet."""

    def __init__(self) -> None:
        super().__init__("Das Ergebnis ist noch nicht da. Wie weit der Auftrag ist, sagt seine Adresse.")


class Gone(NotFound):
    """A thing that was there, and is closed or was declared never to have been true.

    `ersetzt_durch` is the id of what it turned out to be.
    """

    def __init__(self, message: str, ersetzt_durch: str = "") -> None:
        super().__init__(message)
        self.ersetzt_durch = ersetzt_durch


class Refused(InfrastrukturError):
    """What was asked or given cannot be taken."""


class UnknownParameter(Refused):
    """A query parameter nobody knows."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"Den Parameter „{name}“ gibt es hier nicht. Möglich sind: {', '.join(known)}.")
        self.name = name


class InvalidParameter(Refused):
    """A known parameter with an unusable value."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Parameter „{name}“: {reason}")
        self.name = name


class LimitExceeded(Refused):
    """More than one request may ask for."""


class Busy(Refused):
    """More work than may wait."""


class InvalidInput(Refused):
    """Properties that cannot be taken; `fehler` name each with its sentence."""

    def __init__(self, fehler: Sequence[Any]) -> None:
        super().__init__(" ".join(dict.fromkeys(each.meldung for each in fehler)))
        self.fehler = tuple(fehler)


class PreconditionMissing(Refused):
    """A change that does not say on top of which version it is made."""


class Outdated(Refused):
    """A change made on top of a version that is no longer there.

    `konflikte` say field by field what it meets, `aktuell` is what stands there now.
    """

    def __init__(self, message: str, konflikte: Sequence[Any] = (), aktuell: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.konflikte = tuple(konflikte)
        self.aktuell = dict(aktuell or {})


class Disputed(Outdated):
    """A change of what somebody else has just stated otherwise; nobody's statement is overwritten."""


class InvalidSzenario(Refused):
    """A scenario that cannot be read, contradicts itself or changes what there is not."""


class KeyReused(Refused):
    """A name of a request that stands for another request already."""


class NotNow(Refused):
    """A step that does not lead on from where a thing stands."""


class Doubled(Refused):
    """A new thing that may be one that is there already; `kandidaten` are those, each with what speaks for it."""

    def __init__(self, message: str, kandidaten: Sequence[Any]) -> None:
        super().__init__(message)
        self.kandidaten = tuple(kandidaten)


class SourceRefused(Refused):
    """A file or recipe that cannot be read as what it claims to be."""

    def __init__(self, source: str, reason: str, line: int | None = None) -> None:
        where = source if line is None else f"{source}, Zeile {line}"
        super().__init__(f"{where}: {reason}")
        self.source = source
        self.line = line


class SourceUnavailable(Refused):
    """A server that is asked for data and is out of reach, busy or breaks off."""


class ImportStopped(Refused):
    """A readable source whose plan looks like an accident: nothing was changed."""


class ConstraintViolated(Refused):
    """A row the store must never hold."""


class StoreUnavailable(Refused):
    """A catalogue that is out of reach, damaged or busy."""


class Unauthenticated(InfrastrukturError):
    """A proof of who asks that does not hold."""


class Forbidden(InfrastrukturError):
    """Somebody may not do this."""


class OnlyProposable(Forbidden):
    """Somebody may not do this, but may propose it; `warum` says who does it, without the way there."""

    def __init__(self, warum: str, weg: str) -> None:
        super().__init__(f"{warum} {weg}")
        self.warum = warum


class NotAssessable(InfrastrukturError):
    """A figure that cannot be stated."""

    def __init__(self, grund: Grund, message: str) -> None:
        super().__init__(message)
        self.grund = grund


class Cancelled(InfrastrukturError):
    """Nobody waits any more for what was being computed."""

    def __init__(self) -> None:
        super().__init__("Die Berechnung wurde abgebrochen, weil niemand mehr auf sie wartet.")


class NetworkRefused(InfrastrukturError):
    """A network that is missing, damaged or of another format."""
