"""CRC-32C (Castagnoli), which Google's storage announces with each file and Python's library does not have."""

from __future__ import annotations

from functools import lru_cache

_POLYNOMIAL = 0x82F63B78
_ALL = 0xFFFFFFFF
_CHUNK = 4096


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = tuple(_entry(byte) for byte in range(256))


def crc32c(data: bytes) -> int:
    """Return the checksum; of files that begin alike, what they share is worked through once."""
    state = _ALL
    for start in range(0, len(data), _CHUNK):
        state = _after(state, data[start : start + _CHUNK])
    return state ^ _ALL


@lru_cache(maxsize=1024)
def _after(state: int, chunk: bytes) -> int:
    for byte in chunk:
        state = _TABLE[(state ^ byte) & 0xFF] ^ state >> 8
    return state
