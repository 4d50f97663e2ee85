"""What an import would change, before anything changes, and the brakes that stop an accident.

A file that lost half its rows, an error page instead of a table, or a source that renamed all its
keys looks like mass closure. Such a plan is never applied.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar, cast

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.domain.errors import ImportStopped
from infrastruktur.domain.felder import keep_edited
from infrastruktur.domain.kontext import Kontextwert
from infrastruktur.domain.raum import Raum
from infrastruktur.intake.conflate import Paar, find_duplicates, match_without_key
from infrastruktur.intake.recipe import Form, Recipe
from infrastruktur.intake.record import Refusal as Refusal  # noqa: PLC0414 - part of a plan, made by the readers

T = TypeVar("T", bound=Angebot | Raum | Bevoelkerung | Kontextwert)
_NOBODY: Mapping[str, frozenset[str]] = MappingProxyType({})


@dataclass(frozen=True)
class Plan(Generic[T]):
    """The difference between the catalogue and a source.

    `geaendert` holds (before, after); `verschwunden` the keys the source no longer names
    (a refused row is named); `wiederholt` counts identical repeats, taken once;
    `vorgeschlagen` pairs a person decides on, neither new nor gone; `doppelt` likely duplicates.
    `widersprochen` holds (key, fields) in which the source says otherwise than a person has stated since: what the
    person stated stays, until both say the same.
    """

    neu: tuple[T, ...]
    geaendert: tuple[tuple[T, T], ...]
    unveraendert: int
    verschwunden: tuple[str, ...]
    abgelehnt: tuple[Refusal, ...]
    wiederholt: int = 0
    vorgeschlagen: tuple[Paar, ...] = ()
    doppelt: tuple[Paar, ...] = ()
    widersprochen: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether applying would change nothing."""
        return not (self.neu or self.geaendert or self.verschwunden)


def draft_key(draft: Angebot | Raum | Bevoelkerung | Kontextwert) -> str:
    """Name a draft within its source: the row key, the version of an area, or the cell of a table of areas."""
    if isinstance(draft, Angebot):
        return draft.schluessel
    if isinstance(draft, Raum):
        return f"{draft.schluessel}@{draft.gueltig_von or ''}"
    if isinstance(draft, Kontextwert):
        return f"{draft.raum}/{draft.stichtag}/{draft.indikator}"
    return f"{draft.raum}/{draft.stichtag}/{draft.geschlecht.value}/{draft.gruppe}"


def make_plan(
    current: Mapping[str, T],
    drafts: Iterable[T],
    refused: Sequence[Refusal],
    recipe: Recipe,
    edited: Mapping[str, frozenset[str]] = _NOBODY,
) -> Plan[T]:
    """Compare what the catalogue holds of a source, by `draft_key`, with what the source says now.

    `edited` names by key the fields that people have changed since; there the catalogue's own statement stays.

    Raises
    ------
    ImportStopped
        Fewer rows than `min_zeilen`, a larger share gone than `max_anteil_verschwunden`, or all keys new.

    """
    unique, contradictory, repeats = _without_repeats(drafts)
    vorgeschlagen: tuple[Paar, ...] = ()
    if recipe.form is Form.ANGEBOTE and not recipe.schluessel:
        angebote = cast("list[Angebot]", list(unique.values()))
        match = match_without_key(cast("Mapping[str, Angebot]", current), angebote)
        unique = {draft_key(draft): draft for draft in cast("tuple[T, ...]", match.angebote)}
        vorgeschlagen = match.vorgeschlagen
    abgelehnt = (*refused, *contradictory)
    named = {pair.a.schluessel for pair in vorgeschlagen} | {refusal.schluessel for refusal in abgelehnt}
    gone = tuple(key for key in current if key not in unique and key not in named)
    _check_brakes(current, len(unique) + len(vorgeschlagen), gone, recipe)
    merged = {key: _with_history(draft, current.get(key)) for key, draft in unique.items()}
    contradicted: dict[str, tuple[str, ...]] = {}
    for key in edited.keys() & merged.keys() & current.keys():
        merged[key], contradicted[key] = _keep(merged[key], current[key], edited[key])
    return Plan(
        neu=tuple(draft for key, draft in merged.items() if key not in current),
        geaendert=tuple((current[k], d) for k, d in merged.items() if k in current and current[k] != d),
        unveraendert=sum(key in current and current[key] == draft for key, draft in merged.items()),
        verschwunden=gone,
        abgelehnt=abgelehnt,
        wiederholt=repeats,
        vorgeschlagen=vorgeschlagen,
        doppelt=find_duplicates([draft for draft in merged.values() if isinstance(draft, Angebot)]),
        widersprochen=tuple((key, felder) for key, felder in sorted(contradicted.items()) if felder),
    )


def _keep(draft: T, current: T, edited: frozenset[str]) -> tuple[T, tuple[str, ...]]:
    if isinstance(draft, Angebot) and isinstance(current, Angebot):
        kept, contradicted = keep_edited(draft, current, edited)
        return cast("T", kept), contradicted
    return draft, ()


def _without_repeats(drafts: Iterable[T]) -> tuple[dict[str, T], tuple[Refusal, ...], int]:
    """Take identical repeats of a key once; where rows contradict each other, none of them is taken."""
    unique: dict[str, T] = {}
    rows: Counter[str] = Counter()
    contradictory: dict[str, None] = {}
    for draft in drafts:
        key = draft_key(draft)
        rows[key] += 1
        if unique.setdefault(key, draft) != draft:
            contradictory[key] = None
    for key in contradictory:
        del unique[key]
    sentence = "Schlüssel „{}“: {} Zeilen widersprechen sich, keine wurde übernommen."
    refused = tuple(Refusal(None, sentence.format(key, rows[key]), key) for key in contradictory)
    return unique, refused, sum(rows[key] - 1 for key in unique)


def _with_history(draft: T, current: T | None) -> T:
    if isinstance(draft, Angebot) and isinstance(current, Angebot):
        return cast("T", draft.with_history(current))
    return draft


def _check_brakes(current: Mapping[str, T], stated: int, gone: tuple[str, ...], recipe: Recipe) -> None:
    check_row_count(stated, recipe)
    if current and stated and len(gone) == len(current):
        text = f"Alle {len(current)} bisherigen Schlüssel fehlen, alle Zeilen wären neu."
        raise ImportStopped(f"{text} Nichts wurde geändert. Hat die Quelle ihre Schlüssel umbenannt?")
    if current and len(gone) / len(current) > recipe.max_anteil_verschwunden:
        share = 100 * len(gone) / len(current)
        text = f"{len(gone)} von {len(current)} Einträgen ({share:.0f} %) fehlen in der Quelle."
        raise ImportStopped(f"{text} Nichts wurde geändert. Ist die Datei vollständig?")


def check_row_count(stated: int, recipe: Recipe) -> None:
    """Stop when a source has fewer usable rows than its recipe expects; for cells, which have no plan, the one brake.

    Raises
    ------
    ImportStopped
        Fewer than `min_zeilen`.

    """
    if stated < recipe.min_zeilen:
        text = f"Die Quelle hat nur {stated} brauchbare Zeilen, erwartet werden mindestens {recipe.min_zeilen}."
        raise ImportStopped(f"{text} Nichts wurde geändert. Bitte die Datei prüfen.")
