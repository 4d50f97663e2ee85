"""The few forms of protocol buffers that a vector tile is written in: varints, packed, and fields with a length.

Numbers of all features of a layer are written at once and cut into their features afterwards.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

_CONTINUED = 0x80
_BITS = 7
_LONGEST = 10
"""Bytes of a varint of 64 bits."""
_SHORT = [bytes([value]) for value in range(_CONTINUED)]
"""Nearly all lengths are below 128: looked up, a layer is written in two thirds of the time."""


def varint(value: int) -> bytes:
    """Write one number, 0 or more, seven bits a byte, the lowest first."""
    if value < _CONTINUED:
        return _SHORT[value]
    written = bytearray()
    while value >= _CONTINUED:
        written.append(value & 0x7F | _CONTINUED)
        value >>= _BITS
    written.append(value)
    return bytes(written)


def zigzag(values: Integers) -> Integers:
    """Fold signed numbers into 0, 1, 2 …: 0, -1, 1, -2, so that small ones of either sign are short."""
    return (values << 1) ^ (values >> 63)


def with_length(tag: int, body: bytes) -> bytes:
    """Write a field of wire type 2, text or a message, under its tag byte."""
    size = len(body)
    return _SHORT[tag] + (_SHORT[size] if size < _CONTINUED else varint(size)) + body


def packed(values: Integers, counts: Integers) -> list[bytes]:
    """Write numbers, 0 or more, and cut them into runs of so many each.

    Parameters
    ----------
    values
        (sum of counts,) int64, the runs one after the other.
    counts
        (n,) int64, how many numbers each run has.

    """
    lengths = _count_bytes(values)
    ends = np.concatenate(([0], np.cumsum(lengths)))
    written = _write_bytes(values, lengths, ends[:-1])
    cuts = ends[np.concatenate(([0], np.cumsum(counts)))].tolist()
    return [written[start:end] for start, end in pairwise(cuts)]


def _count_bytes(values: Integers) -> Integers:
    steps = np.array([1 << _BITS * n for n in range(1, _LONGEST - 1)])
    return np.searchsorted(steps, values, side="right") + 1


def _write_bytes(values: Integers, lengths: Integers, starts: Integers) -> bytes:
    written = np.empty(int(lengths.sum()), dtype=np.uint8)
    for place in range(int(lengths.max(initial=0))):
        has = lengths > place
        more = np.where(lengths[has] > place + 1, _CONTINUED, 0)
        written[starts[has] + place] = (values[has] >> _BITS * place) & 0x7F | more
    return written.tobytes()


def joined(parts: Sequence[bytes], tag: int) -> bytes:
    """Write several fields of wire type 2 under the same tag byte, one after the other."""
    return b"".join([with_length(tag, part) for part in parts])
