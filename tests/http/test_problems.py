"""One table from error to problem document: complete, German, and silent about what is inside."""

import inspect
from typing import Any

import pytest

from infrastruktur.domain import errors
from infrastruktur.domain.art import Feldfehler
from infrastruktur.http.problems import NotAcceptable, Problem, describe_error

ERRORS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.InfrastrukturError) and kind is not errors.InfrastrukturError
]


SPECIAL: dict[type[Exception], tuple[Any, ...]] = {
    errors.UnknownParameter: ("limt", ["limit"]),
    errors.InvalidParameter: ("limit", "zu klein"),
    errors.SourceRefused: ("schulen.csv", "leer"),
    errors.NotAssessable: (errors.Grund.KEINE_DATEN, "Keine Quelle."),
    errors.InvalidInput: ([Feldfehler("name", "„Name“ fehlt.")],),
    errors.Outdated: ("Bitte neu lesen.", [], {}),
    errors.Disputed: ("Bitte neu lesen.", [], {}),
    errors.Doubled: ("Das gibt es schon.", []),
    errors.OnlyProposable: ("Das gibt das Fachamt frei.", "Bitte vorschlagen."),
    errors.Cancelled: (),
    errors.ResultNotReady: (),
}


def _raised(kind: type[Exception]) -> Exception:
    return kind(*SPECIAL.get(kind, ("Bitte anders fragen.",)))


@pytest.mark.parametrize("kind", [*ERRORS, NotAcceptable], ids=lambda kind: kind.__name__)
def test_every_error_of_the_domain_has_its_own_entry(kind: type[Exception]) -> None:
    problem = describe_error(_raised(kind))
    assert 400 <= problem.status <= 503
    assert problem.status != 500
    named_by_ogc = kind in {errors.NoSuchJob, errors.ResultNotReady}
    assert problem.type.startswith("http://www.opengis.net/def/exceptions/" if named_by_ogc else "urn:infrastruktur:")
    assert problem.title
    assert problem.detail


def test_no_two_errors_share_a_type() -> None:
    types = [describe_error(_raised(kind)).type for kind in ERRORS]
    assert len(set(types)) == len(types)


def test_an_error_derived_later_falls_back_to_its_parent() -> None:
    class Narrower(errors.NotFound):
        pass

    assert describe_error(Narrower("weg")) == describe_error(errors.NotFound("weg"))


def test_a_parameter_and_a_reason_are_named_apart_from_the_text() -> None:
    assert describe_error(errors.UnknownParameter("limt", ["limit"])).parameter == "limt"
    assert describe_error(errors.NotAssessable(errors.Grund.KEIN_FAHRPLAN, "x")).grund == "kein_fahrplan"


def test_i09_a_defect_is_told_without_what_it_says() -> None:
    problem = describe_error(RuntimeError("SELECT * FROM angebot WHERE /home/x"))
    assert problem == Problem(
        type="about:blank", title="Interner Fehler", status=500, detail=describe_error(KeyError("y")).detail
    )
    assert "SELECT" not in problem.detail
