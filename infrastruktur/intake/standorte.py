"""Rows that share a Standort state it once: the first statement holds, later rows fill what it leaves open.

The catalogue holds one address and point per Standort and one spelling per Träger. Were each row kept
as it is, the rows would overwrite each other at every import, and an unchanged file would never be unchanged.
"""

from collections.abc import Iterable

import msgspec

from infrastruktur.domain.angebot import Angebot, Barrierefrei, Standort, normal_text, traeger_id

_OPEN = ("", None, Barrierefrei.UNBEKANNT)


def share_standorte(angebote: Iterable[Angebot]) -> tuple[tuple[Angebot, ...], tuple[str, ...]]:
    """Unify Standorte by key and Träger by name; give the Angebote and a German hint for each contradiction."""
    rows = list(angebote)
    standorte: dict[str, Standort] = {}
    traeger: dict[str, str] = {}
    hints: dict[str, None] = {}
    for row in rows:
        traeger.setdefault(traeger_id(row.traeger), row.traeger)
        first = standorte.setdefault(row.standort.schluessel, row.standort)
        standorte[row.standort.schluessel] = _fill(first, row.standort)
        if names := _contradictions(first, row.standort):
            hints[f"Standort „{first.schluessel}“: die Zeilen nennen Verschiedenes ({names}); es gilt die erste."] = (
                None
            )
    unified = tuple(
        msgspec.structs.replace(
            row, standort=standorte[row.standort.schluessel], traeger=traeger[traeger_id(row.traeger)]
        )
        for row in rows
    )
    return unified, tuple(hints)


def _fill(first: Standort, later: Standort) -> Standort:
    """Complete a Standort; confidential once is confidential for all."""
    stated = {name: getattr(later, name) for name in _NAMES if getattr(first, name) in _OPEN}
    return msgspec.structs.replace(first, **stated, vertraulich=first.vertraulich or later.vertraulich)


_NAMES = ("strasse", "hausnummer", "plz", "ort", "punkt_25832", "barrierefrei")


def _contradictions(first: Standort, later: Standort) -> str:
    both = [(name, getattr(first, name), getattr(later, name)) for name in _NAMES]
    return ", ".join(name for name, a, b in both if _differ(a, b) and a not in _OPEN and b not in _OPEN)


def _differ(a: object, b: object) -> bool:
    return normal_text(a) != normal_text(b) if isinstance(a, str) and isinstance(b, str) else a != b
