"""CRC-32C (Castagnoli), which Google's storage announces with each file and Python's library does not have.

Byte by byte, a picture would take longer to sum up than to draw. So the data is cut into strips that are worked through
side by side; as the sum is linear, the strips' sums are put together by what that many zeros do to a sum.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_POLYNOMIAL = 0x82F63B78
_ALL = 0xFFFFFFFF
_STRIPS = 256
_BITS = 32

Words = NDArray[np.uint32]


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = np.array([_entry(byte) for byte in range(256)], dtype=np.uint32)


def crc32c(data: bytes) -> int:
    """Return the checksum."""
    length = len(data) // _STRIPS
    bulk = np.frombuffer(data, dtype=np.uint8, count=length * _STRIPS).reshape(_STRIPS, length)
    state = _ALL
    if length:
        zeros = _zeros(length)
        for strip in _after(np.zeros(_STRIPS, dtype=np.uint32), bulk).tolist():
            state = strip ^ int(np.bitwise_xor.reduce(zeros[_set_bits(state)], initial=0))
    rest = np.frombuffer(data, dtype=np.uint8, offset=length * _STRIPS).reshape(1, -1)
    return int(_after(np.array([state], dtype=np.uint32), rest)[0]) ^ _ALL


def _after(states: Words, rows: NDArray[np.uint8]) -> Words:
    """Return the states of many sums after one row of data each."""
    for column in rows.T:
        states = _TABLE[(states ^ column) & 0xFF] ^ states >> np.uint32(8)
    return states


@lru_cache(maxsize=64)
def _zeros(length: int) -> Words:
    """Return what so many zeros make of each single bit of a state."""
    return _after(np.uint32(1) << np.arange(_BITS, dtype=np.uint32), np.zeros((_BITS, length), dtype=np.uint8))


def _set_bits(state: int) -> list[int]:
    return [bit for bit in range(_BITS) if state >> bit & 1]
