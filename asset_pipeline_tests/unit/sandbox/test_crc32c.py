"""CRC-32C: the published values, and of any bytes what the definition bit by bit gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.sandbox.crc32c import crc32c


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),  # RFC 3720, B.4
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ],
)
def test_the_published_values_come_out(data, expected):
    assert crc32c(data) == expected


@given(st.binary(max_size=50), st.sampled_from([0, 255, 256, 511, 1300]), st.randoms())
def test_any_bytes_have_the_checksum_of_the_definition(tail, more, random):
    data = random.randbytes(more) + tail
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    assert crc32c(data) == state ^ 0xFFFFFFFF
