"""No number of a figure is without an answer to how it came about: a Rechenweg, or a sentence that says how."""

import pytest

from infrastruktur.domain.tabelle import Typ
from infrastruktur.http.ableitungen import ABLEITUNGEN, BEFUND
from infrastruktur.http.explanations import EXPLANATIONS
from infrastruktur.http.figures import FIGURES
from infrastruktur.planning import columns, datenstand, plan_columns

COLUMNS = {
    "bestand": columns.BESTAND,
    "provision": columns.PROVISION,
    "coverage": columns.COVERAGE,
    "gaps": columns.GAPS_GESAMT,
    "versorgungsquartiere": columns.VERSORGUNGSQUARTIERE,
    "kontext": columns.KONTEXT,
    "demand": plan_columns.BEDARFSPLANUNG,
    "pflegebedarf": plan_columns.PFLEGEBEDARF,
    "datenstand": datenstand.DATENSTAND,
    "bestandsbericht": plan_columns.BESTANDSTAFEL,
    "massnahmen": plan_columns.MASSNAHMEN,
    "platzveraenderungen": plan_columns.VERAENDERUNGEN,
    "demand/vergleich": plan_columns.PLANVERGLEICH,
    "siting": columns.SITING,
    "catchments": columns.CATCHMENTS,
    "vergleich": columns.SZENARIOVERGLEICH,
}
_ONE = {"coverage": {"anteil_prozent"}}
"""What is explained where nobody chooses."""
_BESIDE = {"siting": BEFUND.keys()}
"""Of what stands beside a table, `test_siting_explain` knows whether it is there."""


def numbers(figure):
    return [each.name for each in COLUMNS[figure] if each.typ in (Typ.ZAHL, Typ.GANZZAHL)]


def explained(figure):
    """List the numbers a reader may choose among."""
    if figure not in EXPLANATIONS:
        return set()
    choices = [each for each in EXPLANATIONS[figure].parameters if each.name in {"zahl", "wert", "groesse"}]
    return {code for each in choices for code in each.schema["enum"]} | _ONE.get(figure, set())


def test_every_figure_is_looked_at():
    assert COLUMNS.keys() == FIGURES.keys() == ABLEITUNGEN.keys()


@pytest.mark.parametrize("figure", COLUMNS)
def test_every_number_has_a_rechenweg_or_a_sentence(figure):
    silent = [name for name in numbers(figure) if name not in explained(figure) and name not in ABLEITUNGEN[figure]]
    assert silent == []


@pytest.mark.parametrize("figure", COLUMNS)
def test_no_sentence_speaks_of_what_there_is_not_or_has_a_rechenweg(figure):
    stated = set(ABLEITUNGEN[figure]) - _BESIDE.get(figure, set())
    assert stated <= set(numbers(figure)) - explained(figure)
    assert all(sentence.endswith(".") for sentence in ABLEITUNGEN[figure].values())
