"""In which language the service speaks of itself: German, or English for who would rather have it (RFC 9110, 12.5.4).

English are the titles and descriptions a GIS shows: of the service, its layers, columns, codes, tiles and styles, and
what kind of problem there is. What people wrote, and sentences with their reasons, stay German, and the header
`Content-Language` says which are in an answer.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from infrastruktur.http.preferences import rank
from infrastruktur.resources import folder

GERMAN, ENGLISH = "de", "en"
_SPOKEN = frozenset({"title", "description"})
"""Members of a document that say something to people."""
_GAP = re.compile(r"\{\*?\}")
_PARTS = re.compile(r"(\{\*?\})")


def choose_language(accept_language: str) -> str:
    """Choose between the two; German for who names neither, or likes both alike."""
    weights = dict(rank(accept_language.replace("_", "-")))
    everything = weights.get("*", 0.0)
    german, english = (
        max((weight for name, weight in weights.items() if name.partition("-")[0] == language), default=everything)
        for language in (GERMAN, ENGLISH)
    )
    return ENGLISH if english > german else GERMAN


def to_english(value: Any) -> tuple[Any, bool]:
    """Give a document with its titles and descriptions in English, and say whether each of them had words."""
    if isinstance(value, Mapping):
        members = {name: _say(name, member) for name, member in value.items()}
        return {name: member for name, (member, _) in members.items()}, all(known for _, known in members.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        parts = [to_english(each) for each in value]
        return [part for part, _ in parts], all(known for _, known in parts)
    return value, True


def _say(name: str, member: Any) -> tuple[Any, bool]:
    if name not in _SPOKEN or not isinstance(member, str):
        return to_english(member)
    english = translate(member)
    return english or member, english is not None


def name_languages(*, complete: bool) -> str:
    """Name the languages of an answer in English, `complete` or with some German left (RFC 9110, 8.5)."""
    return ENGLISH if complete else f"{ENGLISH}, {GERMAN}"


def find_words(text: str) -> str | None:
    """Find the English of a sentence that is known as it stands; for what holds a client's own words, at no cost."""
    return _read_words()[0].get(text)


@lru_cache(maxsize=4_000)
def translate(text: str) -> str | None:
    """Translate a sentence of ours; None where no words are known for it.

    Patterns have gaps: what stands in `{}` is translated itself, and the pattern fails where it cannot be; what stands
    in `{*}` is a name and stays. That takes time which grows faster than a text: no client's words come here.
    """
    words, patterns = _read_words()
    if text in words:
        return words[text]
    for pattern, english in patterns:
        filled = next(_fill(text, pattern), None)
        if filled is not None:
            parts = iter(filled)
            return _GAP.sub(lambda _, parts=parts: next(parts), english)  # type: ignore[misc]
    return None


def _fill(text: str, pattern: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Fill the gaps of a pattern (fixed, gap, fixed, gap, …, fixed), wherever the fixed parts may begin."""
    fixed, *rest = pattern
    if not text.startswith(fixed):
        return
    if not rest:
        if text == fixed:
            yield ()
        return
    gap, *following = rest
    text = text.removeprefix(fixed)
    for end in range(1, len(text) + 1):
        if text.startswith(following[0], end) and (following[0] or end == len(text)):
            part = text[:end] if gap == "{*}" else translate(text[:end])
            if part is not None:
                yield from ((part, *others) for others in _fill(text[end:], following))


@cache
def _read_words() -> tuple[Mapping[str, str], Sequence[tuple[Sequence[str], str]]]:
    read = tomllib.loads((folder("schemas") / "englisch.toml").read_text(encoding="utf-8"))
    return read["woerter"], [(_PARTS.split(german), english) for german, english in read["muster"].items()]
