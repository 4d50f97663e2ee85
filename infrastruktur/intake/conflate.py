"""Which rows mean the same thing: near duplicates, and rows without a key found again in the catalogue.

Nothing is merged here: candidates are reported, and a person decides.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from rtree import index

from infrastruktur.domain.angebot import Angebot, normal_text

NEAR_M = 30.0
NAMED_M = 1_000.0
"""So far apart, two of one name are taken for two: a Träger names all its houses alike."""
_WORD = 4
"""Letters of a word that says something: am, im, der and AWO stand in many names."""


class Paar(NamedTuple):
    """Two Angebote that may be one, and what speaks for it. In `vorgeschlagen`, `a` is in the catalogue."""

    a: Angebot
    b: Angebot
    grund: str


def find_duplicates(angebote: Sequence[Angebot]) -> tuple[Paar, ...]:
    """Find pairs of the same Art and name less than `NEAR_M` apart."""
    found: list[Paar] = []
    tree = index.Index()
    for position, angebot in enumerate(angebote):
        for other, distance_m in _near(tree, angebot, angebote):
            if angebot.art == other.art and normal_text(angebot.name) == normal_text(other.name):
                found.append(Paar(other, angebot, f"gleicher Name, {distance_m:.0f} m entfernt"))
        _insert(tree, position, angebot)
    return tuple(found)


class Zuordnung(NamedTuple):
    """Rows without a key, matched: `angebote` carry the key of their match, `vorgeschlagen` wait for a person."""

    angebote: tuple[Angebot, ...]
    vorgeschlagen: tuple[Paar, ...]


def match_without_key(current: Mapping[str, Angebot], drafts: Iterable[Angebot]) -> Zuordnung:
    """Match by equal name, Art and address; then propose what is similar among those left over.

    Similar is the same Art with the same name, the same address, or less than `NEAR_M` apart. A
    catalogue entry is given away once, so that one row cannot stand for two.
    """
    left = dict(current)
    by_identity = {_identity(angebot): key for key, angebot in current.items()}
    matched: list[Angebot] = []
    unmatched: list[Angebot] = []
    for draft in drafts:
        key = by_identity.get(_identity(draft))
        if key is not None and left.pop(key, None) is not None:
            matched.append(msgspec.structs.replace(draft, schluessel=current[key].schluessel))
        else:
            unmatched.append(draft)
    proposed, new = _propose(left, unmatched)
    return Zuordnung((*matched, *new), proposed)


def find_candidates(draft: Angebot, known: Sequence[Angebot]) -> dict[str, tuple[str, ...]]:
    """Find what a new Angebot may be already, of the same Art: id → what speaks for it (name, address, distance).

    Nearness alone says nothing, since one house holds several Träger; it counts with a common word or Träger.
    """
    same_art = [each for each in known if each.art == draft.art]
    found = {each.id: tuple(_compare(draft, each)) for each in same_art}
    return {id_: reasons for id_, reasons in found.items() if reasons}


def _compare(draft: Angebot, known: Angebot) -> Iterator[str]:
    apart_m = _distance_m(draft, known)
    if normal_text(draft.name) == normal_text(known.name) and not apart_m > NAMED_M:
        yield "gleicher Name"
    if draft.standort.hausnummer and _address(draft) == _address(known):
        yield "gleiche Adresse"
    same_traeger = draft.traeger != "" and normal_text(draft.traeger) == normal_text(known.traeger)
    if apart_m < NEAR_M and (same_traeger or _words(draft) & _words(known)):
        yield f"{apart_m:.0f} m entfernt"


def _words(angebot: Angebot) -> set[str]:
    return {word for word in normal_text(angebot.name).split() if len(word) >= _WORD}


def _distance_m(one: Angebot, other: Angebot) -> float:
    """Measure how far apart two stand; NaN where one of the points is not known."""
    here, there = one.standort.punkt_25832, other.standort.punkt_25832
    return float("nan") if here is None or there is None else float(np.hypot(*np.subtract(here, there)))


def _propose(left: Mapping[str, Angebot], drafts: Iterable[Angebot]) -> tuple[tuple[Paar, ...], list[Angebot]]:
    known = list(left.values())
    tree = index.Index()
    by_name: dict[tuple[str, str], list[Angebot]] = defaultdict(list)
    by_address: dict[tuple[str, str], list[Angebot]] = defaultdict(list)
    for position, angebot in enumerate(known):
        _insert(tree, position, angebot)
        by_name[angebot.art, normal_text(angebot.name)].append(angebot)
        by_address[angebot.art, _address(angebot)].append(angebot)
    given: set[str] = set()
    proposed: list[Paar] = []
    new: list[Angebot] = []
    for draft in drafts:
        named = [(angebot, "gleicher Name") for angebot in by_name[draft.art, normal_text(draft.name)]]
        address = _address(draft)
        housed = [(angebot, "gleiche Adresse") for angebot in by_address[draft.art, address] if address]
        around = [(angebot, f"{m:.0f} m entfernt") for angebot, m in _near(tree, draft, known)]
        near = [pair for pair in around if pair[0].art == draft.art]
        best = next((pair for pair in (*named, *housed, *near) if pair[0].schluessel not in given), None)
        if best is None:
            new.append(draft)
        else:
            given.add(best[0].schluessel)
            proposed.append(Paar(best[0], draft, best[1]))
    return tuple(proposed), new


def _identity(angebot: Angebot) -> tuple[str, str, str]:
    return angebot.art, normal_text(angebot.name), _address(angebot)


def _address(angebot: Angebot) -> str:
    standort = angebot.standort
    return normal_text(f"{standort.strasse} {standort.hausnummer} {standort.plz} {standort.ort}")


def _insert(tree: index.Index, position: int, angebot: Angebot) -> None:
    if angebot.standort.punkt_25832 is not None:
        tree.insert(position, (*angebot.standort.punkt_25832, *angebot.standort.punkt_25832))


def _near(tree: index.Index, angebot: Angebot, known: Sequence[Angebot]) -> Iterator[tuple[Angebot, float]]:
    """Give the known Angebote less than `NEAR_M` away, and the distance."""
    point = angebot.standort.punkt_25832
    if point is None:
        return
    x, y = point
    for position in sorted(tree.intersection((x - NEAR_M, y - NEAR_M, x + NEAR_M, y + NEAR_M))):
        distance_m = _distance_m(angebot, known[position])
        if distance_m < NEAR_M:
            yield known[position], distance_m
