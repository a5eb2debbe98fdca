"""The XMP packet: what is written into it is read from it, whatever it is, and nobody else's is taken for ours."""

import re
from dataclasses import fields

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asset_pipeline.provenance.xmp import parse_packet, xmp_packet
from asset_pipeline_tests.unit.provenance.support import HOSTILE, provenance

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)  # lone surrogates and controls included
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
JPEG_LIMIT = 65_502  # of a packet: 65,533 bytes of an APP1 segment, less the 29 and 2 of its header


def test_a_packet_says_all_that_is_known_to_the_second():
    known = provenance()
    assert parse_packet(xmp_packet(known)) == provenance(created_at=known.created_at.replace(microsecond=0))


def test_what_is_not_known_is_left_out_and_read_as_not_known():
    told = parse_packet(xmp_packet(provenance(model_version=None, prediction_id=None, negative_prompt="")))
    assert told is not None
    assert (told.model_version, told.prediction_id, told.negative_prompt) == (None, None, "")
    assert b"AISystemVersionUsed" not in xmp_packet(provenance(model_version=None))


def test_the_same_provenance_gives_the_same_bytes_and_another_one_others():
    assert xmp_packet(provenance()) == xmp_packet(provenance())
    for field in fields(provenance()):
        if field.name != "created_at":
            assert xmp_packet(provenance(**{field.name: "other"})) != xmp_packet(provenance()), field.name


@given(prompt=ANY_TEXT, title=ANY_TEXT)
@example(prompt=HOSTILE, title=HOSTILE)
@example(prompt="\x00\x07\x0b\x1b\ud83d \ufffe\uffff", title="\udc00")
def test_any_prompt_is_read_as_it_was_written_but_for_what_xml_cannot_hold(prompt, title):
    told = parse_packet(xmp_packet(provenance(prompt=prompt, title=title, negative_prompt=prompt)))
    assert told is not None
    assert told.prompt == told.negative_prompt == NO_XML.sub("\ufffd", prompt)
    assert told.title == NO_XML.sub("\ufffd", title)


@pytest.mark.parametrize("worst", ["&", "\r", "😀", "\x00", "<"])
def test_a_packet_fits_into_a_jpeg_however_long_its_texts_are(worst):
    texts = ("title", "prompt", "negative_prompt", "model", "model_version", "image_key", "content_key", "call_id")
    packet = xmp_packet(provenance(**dict.fromkeys((*texts, "prediction_id"), worst * 100_000)))
    assert len(packet) < JPEG_LIMIT
    told = parse_packet(packet)
    assert told is not None
    assert told.prompt.endswith("…")
    assert len(told.prompt) > 2_500


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"\xff\xfe\x00",
        b"<x/>",
        xmp_packet(provenance())[:-200],
        xmp_packet(provenance(image_key="")),
        re.sub(rb"<xmp:CreateDate>[^<]*", b"<xmp:CreateDate>yesterday", xmp_packet(provenance())),
        re.sub(rb"urn:asset-pipeline", b"urn:somebody-else", xmp_packet(provenance())),
        b"<!DOCTYPE x [<!ENTITY a 'lol'>]>" + xmp_packet(provenance(title="a")).replace(b">a<", b">&a;<"),
        xmp_packet(provenance()).decode().encode("utf-16"),
    ],
)
def test_a_packet_that_is_not_ours_says_nothing(foreign):
    assert parse_packet(foreign) is None
