"""Words in a picture: read by Tesseract where it is there, and never a reason to stop where it is not."""

import shutil
from pathlib import Path

import pytest
from PIL import ImageDraw, ImageFont

from asset_pipeline.images.checks.stray_text import read_words
from asset_pipeline.images.inspect import open_image
from asset_pipeline.settings.checks import ChecksSettings
from asset_pipeline_tests.unit.images.checks.drawings import made
from asset_pipeline_tests.unit.images.checks.pictures import encoded, line_art
from asset_pipeline_tests.unit.images.checks.support import checks_of, order

READING = ChecksSettings.model_validate({"stray_text": {"enabled": True}})
TABLE = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    "4\t1\t1\t1\t1\t0\t209\t421\t539\t68\t-1\t\n"
    "5\t1\t1\t1\t1\t1\t209\t426\t348\t63\t96.194435\tExecutor\n"
    "5\t1\t1\t1\t1\t2\t586\t421\t162\t68\t31.0\tHub?\n"
    "5\t1\t1\t1\t1\t3\t586\t421\t162\t68\t95.0\t|-\n"
)


def lettered(words):
    """Return an image with words on it."""
    picture = line_art(40)
    ImageDraw.Draw(picture).text((60, 40), words, font=ImageFont.load_default(90), fill="black")
    return made(order("icons"), encoded(picture))


def program(folder: Path, script: str, monkeypatch) -> None:
    """Put a program called tesseract on the path, before all others."""
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_only_words_that_are_read_surely_count():
    assert read_words(TABLE) == ["Executor"]
    assert read_words("") == []


def test_words_are_reported(tmp_path, monkeypatch):
    (tmp_path / "answer").write_text(TABLE)
    program(tmp_path, f"cat > {tmp_path}/asked.png; cat {tmp_path}/answer", monkeypatch)
    check = checks_of(lettered("Executor Hub"), READING)["stray_text"]
    assert (check.value, check.passed) == (1, False)
    assert open_image((tmp_path / "asked.png").read_bytes()).size == (1024, 1024)  # the whole original was shown


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$"])
def test_a_program_that_fails_says_nothing_about_the_picture(tmp_path, monkeypatch, script):
    program(tmp_path, script, monkeypatch)
    assert "stray_text" not in checks_of(lettered("Executor Hub"), READING)


def test_without_the_program_there_is_no_such_check(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "stray_text" not in checks_of(lettered("Executor Hub"), READING)


def test_nobody_reads_unless_it_is_asked_for(tmp_path, monkeypatch):
    program(tmp_path, f"touch {tmp_path}/ran", monkeypatch)
    assert "stray_text" not in checks_of(lettered("Executor Hub"))
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(not shutil.which("tesseract"), reason="needs Tesseract")
def test_tesseract_reads_words_and_leaves_drawings_alone():
    assert checks_of(lettered("Executor Hub"), READING)["stray_text"].value == 2
    assert checks_of(made(order("icons"), encoded(line_art(40))), READING)["stray_text"].passed
