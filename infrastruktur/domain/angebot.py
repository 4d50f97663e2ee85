"""The catalogue's core: a Standort holds Angebote, an Angebot has dated Kapazitäten and a dated status.

One address offers several Angebote, each with capacities of its own; nothing here is one row with one
number. All dates are days; `gueltig_bis` is the last valid day, inclusive: a home closed "zum 31.12."
still counts on that Stichtag.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Protocol, Self, TypeVar

import msgspec

NAMESPACE = uuid.UUID("6c0b8a52-5d35-5c5e-9d0a-0c6f2f1f6b11")
MAX_TEXT = 200
SELBSTVERANTWORTET = "pflege.wg_selbst"
"""A flat people share on their own responsibility: a private address, so no public answer holds it."""


class Status(StrEnum):
    """Only `in_betrieb` counts as Bestand; an Aufnahmestopp is a dated attribute, never a status."""

    GEPLANT = "geplant"
    GENEHMIGT = "genehmigt"
    IM_BAU = "im_bau"
    IN_BETRIEB = "in_betrieb"
    RUHEND = "ruhend"
    GESCHLOSSEN = "geschlossen"


class Barrierefrei(StrEnum):
    JA = "ja"
    TEILWEISE = "teilweise"
    NEIN = "nein"
    UNBEKANNT = "unbekannt"


class Limited(Protocol):
    """Something that holds from a day to a day, both inclusive, None open."""

    @property
    def gueltig_von(self) -> date | None: ...
    @property
    def gueltig_bis(self) -> date | None: ...


class Dated(Limited, Protocol):
    """One of several in a slot, of which at most one holds on a day."""

    @property
    def slot(self) -> str: ...


class Kapazitaet(msgspec.Struct, frozen=True, kw_only=True):
    """A dated number with a unit: `groesse` is one of the schemas' sizes, `wert` >= 0."""

    groesse: str
    wert: float
    gueltig_von: date | None = None
    gueltig_bis: date | None = None

    @property
    def slot(self) -> str:
        return self.groesse


class Statuszeit(msgspec.Struct, frozen=True, kw_only=True):
    """A status from a day to a day."""

    status: Status
    gueltig_von: date | None = None
    gueltig_bis: date | None = None

    @property
    def slot(self) -> str:
        return "status"


class Standort(msgspec.Struct, frozen=True, kw_only=True):
    """A place. Without a point it is stored all the same, counted, and listed for the editor."""

    schluessel: str
    """Unique within the source; Angebote with the same one share the Standort."""
    strasse: str = ""
    hausnummer: str = ""
    plz: str = ""
    ort: str = ""
    punkt_25832: tuple[float, float] | None = None
    barrierefrei: Barrierefrei = Barrierefrei.UNBEKANNT
    vertraulich: bool = False

    @property
    def adresse(self) -> str:
        return normal_text(f"{self.strasse} {self.hausnummer} {self.plz} {self.ort}")

    def with_point_of(self, current: Self) -> Self:
        """Keep a known point where this statement has none and the address is the same."""
        if self.punkt_25832 is not None or current.punkt_25832 is None or self.adresse != current.adresse:
            return self
        return msgspec.structs.replace(self, punkt_25832=current.punkt_25832)


class Angebot(msgspec.Struct, frozen=True, kw_only=True):
    """One service of one kind at a Standort, as one source states it."""

    quelle: str
    schluessel: str
    """The row key within the source."""
    art: str
    name: str
    standort: Standort
    traeger: str = ""
    traeger_art: str = ""
    status: tuple[Statuszeit, ...] = (Statuszeit(status=Status.IN_BETRIEB),)
    kapazitaeten: tuple[Kapazitaet, ...] = ()
    stand: date | None = None
    zuletzt_geprueft: date | None = None
    vertraulich: bool = False
    attribute: dict[str, str | float | bool] = {}
    ersetzt_durch: str = ""
    """Of what was there twice and is void: the id of the one that stays."""

    @property
    def id(self) -> str:
        """Stable over imports and installations, never reused: derived from source and row key."""
        return str(uuid.uuid5(NAMESPACE, f"angebot/{self.quelle}/{self.schluessel}"))

    @property
    def standort_id(self) -> str:
        return str(uuid.uuid5(NAMESPACE, f"standort/{self.quelle}/{self.standort.schluessel}"))

    def with_history(self, current: Self) -> Self:
        """Take over what `current` knows of the days before this statement begins, and its point.

        An undated statement holds from the day of its list, `stand`: the table of an earlier Stichtag
        stays as it was reported. A list that names the same address and no point takes no point away.
        """
        return msgspec.structs.replace(
            self,
            standort=self.standort.with_point_of(current.standort),
            status=merge_dated(current.status, self.status, stand=self.stand),
            kapazitaeten=merge_dated(current.kapazitaeten, self.kapazitaeten, stand=self.stand),
        )


def is_hidden(angebot: Angebot) -> bool:
    """Say whether only internal readers may know of an Angebot."""
    return angebot.vertraulich or angebot.standort.vertraulich or angebot.art == SELBSTVERANTWORTET


class Fassung(msgspec.Struct, frozen=True):
    """How an Angebot stands from a day to a day, both inclusive, None open; `kapazitaet` is that of its main size."""

    status: Status
    kapazitaet: float | None
    gueltig_von: date | None
    gueltig_bis: date | None


def list_fassungen(angebot: Angebot, groesse: str | None, lagezeiten: Sequence[Limited] = ()) -> list[Fassung]:
    """List the times in which the status, the main size and the areas of an Angebot stay the same.

    When it is closed, there is none.
    """
    sizes = [each for each in angebot.kapazitaeten if each.groesse == groesse]
    moves = {_first_day(each) for each in lagezeiten}
    found: list[Fassung] = []
    for time in angebot.status:
        if time.status is Status.GESCHLOSSEN:
            continue
        begin, end = _first_day(time), _last_day(time)
        turns = moves | {_first_day(size) for size in sizes} | {_last_day(size) + 1 for size in sizes}
        starts = sorted({begin, *(turn for turn in turns if begin < turn <= end)})
        for first, following in pairwise([*starts, end + 1]):
            wert = next((size.wert for size in sizes if _first_day(size) <= first <= _last_day(size)), None)
            found.append(Fassung(time.status, wert, _day(first), _day(following - 1)))
    return found


_BEFORE, _AFTER = 0, date.max.toordinal() + 1


def _first_day(dated: Limited) -> int:
    return _BEFORE if dated.gueltig_von is None else dated.gueltig_von.toordinal()


def _last_day(dated: Limited) -> int:
    return _AFTER if dated.gueltig_bis is None else dated.gueltig_bis.toordinal()


def _day(ordinal: int) -> date | None:
    return date.fromordinal(ordinal) if _BEFORE < ordinal < _AFTER else None


def traeger_id(name: str) -> str:
    """Identify a Träger by its name as people write it: case, blanks and Unicode form do not matter."""
    return str(uuid.uuid5(NAMESPACE, f"traeger/{normal_text(name)}"))


def normal_text(text: str) -> str:
    """Fold case, blanks, punctuation and Unicode form, and write "straße" and "str." alike, to compare."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = re.sub(r"str(?:asse|\.)", "str", folded)
    return " ".join(re.sub(r"[^\w]+", " ", folded).split())


D = TypeVar("D", bound=Dated)


def is_valid_on(dated: Limited, day: date) -> bool:
    """Tell whether something holds on a day; both ends are inclusive."""
    after_begin = dated.gueltig_von is None or dated.gueltig_von <= day
    return after_begin and (dated.gueltig_bis is None or day <= dated.gueltig_bis)


def find_valid(dated: Sequence[D], slot: str, day: date) -> D | None:
    """Find what holds in a slot on a day; validity never overlaps, so there is at most one."""
    return next((piece for piece in dated if piece.slot == slot and is_valid_on(piece, day)), None)


def merge_dated(current: Sequence[D], stated: Sequence[D], *, stand: date | None = None) -> tuple[D, ...]:
    """Let a new statement hold from its begin on, and keep what was before.

    A statement with a begin cuts the earlier piece to the day before and drops what was expected for
    later. One without begins on `stand`, the day its list speaks of, and says nothing new where the
    same held then; without a `stand` it corrects the whole past of its slot. Slots that are not stated
    end the day before `stand`: a number that a source no longer gives is unknown, not unchanged.
    """
    silent = stand or date.min
    merged = [
        piece
        for slot in sorted({piece.slot for piece in (*current, *stated)})
        for piece in _merge_slot(_of(current, slot), _of(stated, slot), stand, silent)
    ]
    return tuple(merged)


def put_from(current: Sequence[D], slot: str, piece: D | None, day: date) -> tuple[D, ...]:
    """Let something else hold in a slot from a day on, nothing where `piece` is None, and leave the past as it was.

    What is known for later stays: a home that opens next year is under construction until then.
    """
    others = [each for each in current if each.slot != slot]
    known = _of(current, slot)
    held = next((each for each in known if is_valid_on(each, day)), None)
    later = [each for each in known if each.gueltig_von is not None and each.gueltig_von > day]
    following = later[0].gueltig_von if later else None
    last = held.gueltig_bis if held is not None else following and following - timedelta(days=1)
    stated = [] if piece is None else [_replace(piece, gueltig_von=day, gueltig_bis=last)]
    before = [cut for each in known if each not in later and (cut := _cut_before(each, day))]
    return (*others, *_joined([*before, *stated, *later]))


def _joined(pieces: Sequence[D]) -> Iterator[D]:
    """Join pieces that say the same on days that follow each other."""
    waiting: D | None = None
    for piece in pieces:
        if waiting is not None and _adjoins(waiting, piece) and _undated(waiting) == _undated(piece):
            waiting = _replace(waiting, gueltig_bis=piece.gueltig_bis)
            continue
        if waiting is not None:
            yield waiting
        waiting = piece
    if waiting is not None:
        yield waiting


def _adjoins(one: Dated, other: Dated) -> bool:
    return (
        one.gueltig_bis is not None
        and other.gueltig_von is not None
        and one.gueltig_bis + timedelta(days=1) == other.gueltig_von
    )


def _of(dated: Sequence[D], slot: str) -> list[D]:
    return sorted((piece for piece in dated if piece.slot == slot), key=lambda piece: piece.gueltig_von or date.min)


def _merge_slot(known: list[D], stated: list[D], stand: date | None, silent: date) -> list[D]:
    if known and stated and stand is not None and stated[0].gueltig_von is None:
        held = next((piece for piece in known if is_valid_on(piece, stand)), None)
        if held is not None and _undated(held) == _undated(stated[0]):
            begun = _replace(stated[0], gueltig_von=held.gueltig_von)
        else:
            begun = _replace(stated[0], gueltig_von=stand)
        stated = [begun, *stated[1:]]
    begin = (stated[0].gueltig_von or date.min) if stated else silent
    return [*(cut for piece in known if (cut := _cut_before(piece, begin))), *stated]


def _undated(piece: D) -> D:
    return _replace(piece, gueltig_von=None, gueltig_bis=None)


def _replace(piece: D, **days: date | None) -> D:
    return msgspec.structs.replace(piece, **days)  # type: ignore[type-var]


def _cut_before(piece: D, begin: date) -> D | None:
    if begin == date.min or (piece.gueltig_von is not None and piece.gueltig_von >= begin):
        return None
    last = begin - timedelta(days=1)
    if piece.gueltig_bis is not None and piece.gueltig_bis <= last:
        return piece
    return _replace(piece, gueltig_bis=last)
