"""Files that carry their provenance: read back by a library that is not ours, small, and with the same pixels."""

import io

import pyexiv2
import pytest
from PIL import Image

from asset_pipeline.provenance import read_provenance
from asset_pipeline_tests.unit.provenance.support import FORMATS, HOSTILE, PROSE, encoded, pixels, provenance

LONG = (PROSE * 50)[:2_500]


def exiv2(data):
    """Return the XMP of a file as Exiv2 reads it."""
    with pyexiv2.ImageData(data) as opened:
        return opened.read_xmp()


@pytest.mark.parametrize("kind", FORMATS)
def test_another_library_reads_all_of_it(kind):
    known = provenance()
    assert exiv2(encoded(kind, known)) == {
        "Xmp.dc.title": {'lang="x-default"': "Lantern"},
        "Xmp.dc.description": {'lang="x-default"': PROSE},
        "Xmp.dc.creator": ["recraft-ai/recraft-v3"],
        "Xmp.xmp.CreatorTool": "asset-pipeline",
        "Xmp.xmp.CreateDate": "2026-03-04T05:06:07Z",
        "Xmp.iptcExt.DigitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "Xmp.iptcExt.AISystemUsed": "recraft-ai/recraft-v3",
        "Xmp.iptcExt.AISystemVersionUsed": "hidden",
        "Xmp.assetPipeline.imageKey": known.image_key,
        "Xmp.assetPipeline.contentKey": known.content_key,
        "Xmp.assetPipeline.callId": known.call_id,
        "Xmp.assetPipeline.predictionId": known.prediction_id,
        "Xmp.assetPipeline.model": known.model,
        "Xmp.assetPipeline.modelVersion": known.model_version,
        "Xmp.assetPipeline.negativePrompt": known.negative_prompt,
    }


@pytest.mark.parametrize("kind", FORMATS)
def test_another_library_reads_a_hostile_prompt_as_it_was_written(kind):
    told = exiv2(encoded(kind, provenance(prompt=HOSTILE, title=HOSTILE)))
    assert told["Xmp.dc.description"] == told["Xmp.dc.title"] == {'lang="x-default"': HOSTILE}
    assert told["Xmp.assetPipeline.imageKey"] == "test.icons.lantern"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_says_itself_where_it_comes_from(kind):
    told = read_provenance(encoded(kind, provenance(prompt=HOSTILE)))
    assert told == provenance(prompt=HOSTILE, created_at=provenance().created_at.replace(microsecond=0))


def test_a_png_says_it_in_its_own_text_too():
    with Image.open(io.BytesIO(encoded("png", provenance(prompt=HOSTILE, title="Läntern 窓")))) as opened:
        told = {name: str(text) for name, text in opened.text.items() if name != "XML:com.adobe.xmp"}
    assert told == {
        "Title": "Läntern 窓",
        "Description": HOSTILE,
        "Software": "asset-pipeline",
        "Source": "recraft-ai/recraft-v3",
        "Creation Time": "2026-03-04T05:06:07Z",
    }


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_picture_and_provenance_give_the_same_bytes(kind):
    assert encoded(kind, provenance()) == encoded(kind, provenance())
    assert encoded(kind, provenance()) != encoded(kind, provenance(image_key="test.icons.compass"))


@pytest.mark.parametrize("kind", FORMATS)
def test_pixels_are_those_of_the_file_without_it(kind):
    assert pixels(encoded(kind, provenance(prompt=HOSTILE))) == pixels(encoded(kind))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("prompt", [PROSE, LONG])
def test_a_small_icon_grows_by_little_more_than_its_prompt(kind, prompt):
    grown = len(encoded(kind, provenance(prompt=prompt))) - len(encoded(kind))
    assert len(prompt) < grown < len(prompt) + 2_500


@pytest.mark.parametrize("kind", FORMATS)
def test_texts_of_any_length_can_be_written(kind):
    told = read_provenance(encoded(kind, provenance(prompt="&" * 100_000, negative_prompt="\r" * 100_000)))
    assert told is not None
    assert told.prompt.startswith("&" * 2_500)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_without_it_says_nothing(kind):
    assert read_provenance(encoded(kind)) is None


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", encoded("png", provenance())[:40]])
def test_what_is_no_picture_says_nothing(data):
    assert read_provenance(data) is None


def test_a_packet_of_somebody_else_says_nothing():
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    assert read_provenance(buffer.getvalue()) is None
