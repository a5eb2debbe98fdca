"""The files of an image: what decides their bytes, and what is told where something of them cannot be had."""

from datetime import datetime

import pytest
from PIL import Image

from asset_pipeline.images.files import FileStore
from asset_pipeline.images.finisher import Finished, Finisher, FinishRules
from asset_pipeline.paths import Paths
from asset_pipeline.provenance.record import Provenance
from asset_pipeline.results import Failed
from asset_pipeline.settings.checks import ChecksSettings
from asset_pipeline.specs.wanted import WantedRendition
from asset_pipeline_tests.support.wanted import wanted

SOURCE = Provenance(
    image_key="test.icons.lantern",
    content_key="c" * 64,
    title="Lantern",
    prompt="A lantern",
    negative_prompt="",
    model="recraft-ai/recraft-v3",
    model_version=None,
    prediction_id="p1",
    call_id="call-1",
    created_at=datetime(2026, 1, 1),  # noqa: DTZ001 - as the database keeps it
)
LARGER = WantedRendition(name="lantern@2x.png", sizes=((128, 128),), format="png")


@pytest.fixture
def finish(tmp_path):
    """Finish a picture as an image; return what came of it."""
    paths = Paths(root=tmp_path, data=tmp_path / "data", specs=tmp_path / "specs")

    def made(picture, **changes):
        finisher = Finisher(FileStore(paths), ChecksSettings(), FinishRules(), None)
        return finisher.finish(wanted(**changes), picture, SOURCE)

    return made


def slope():
    return Image.linear_gradient("L").resize((512, 512)).convert("RGB")


def test_a_ground_that_is_not_plain_stays_and_is_told(finish, tmp_path):
    made = finish(slope(), transparent=True)
    with Image.open(tmp_path / "data" / made.file.path) as picture:
        assert picture.mode == "RGB"
    assert not next(check for check in made.checks if check.name == "transparency").passed


def test_a_place_that_cannot_be_written_is_a_failure_that_says_so(finish, tmp_path):
    (tmp_path / "data").write_text("in the way")
    failed = finish(slope())
    assert isinstance(failed, Failed)
    assert "the original is there, but the file could not be finished" in failed.reason


def test_a_picture_of_nothing_is_to_be_bought_again(finish):
    made = finish(Image.new("RGB", (512, 512), (90, 90, 90)))
    assert isinstance(made, Finished)
    assert "content" in {check.name for check in made.unfit}


@pytest.mark.parametrize(
    "changes", [{"width": 65}, {"height": 65}, {"format": "webp"}, {"transparent": True}, {"renditions": (LARGER,)}]
)
def test_whatever_decides_the_files_changes_the_key(changes):
    assert FinishRules().key(wanted(**changes)) != FinishRules().key(wanted())


@pytest.mark.parametrize("rules", [FinishRules(embed=False), FinishRules(is_signed=True)])
def test_what_files_carry_changes_the_key(rules):
    assert rules.key(wanted()) != FinishRules().key(wanted())


@pytest.mark.parametrize("changes", [{"title": "Other"}, {"model": "a/b"}, {"variant": 2}, {"take": 2}])
def test_what_decides_the_original_alone_does_not(changes):
    assert FinishRules().key(wanted(**changes)) == FinishRules().key(wanted())
