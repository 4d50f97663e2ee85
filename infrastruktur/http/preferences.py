"""What a client would rather have: headers that name several things, each with a weight (RFC 9110, 12.4.2)."""

from functools import lru_cache


@lru_cache(maxsize=64)
def rank(accept: str) -> tuple[tuple[str, float], ...]:
    """List what a header of weighted wishes names, with its weight, the most wanted first; a client's is always one."""
    weighted: list[tuple[str, float]] = []
    for part in accept.split(","):
        pattern, *attributes = (piece.strip().lower() for piece in part.split(";"))
        weight = next((piece[2:] for piece in attributes if piece.startswith("q=")), "1")
        weighted.append((pattern, _weight(weight)))
    return tuple(sorted(weighted, key=lambda pair: -pair[1]))


def _weight(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
