"""The committed demo: twelve images of all types come out as they were asked for, and are paid for once."""

import hashlib

import pytest
from PIL import Image

MAGIC = {"PNG": b"\x89PNG\r\n\x1a\n", "WEBP": b"RIFF", "JPEG": b"\xff\xd8\xff"}
WANTED = {
    "textures/parchment.jpg": (512, 512, "JPEG"),
    "textures/gold-watermark.jpg": (512, 512, "JPEG"),
    "letter_headers/from-the-reading-room.png": (1920, 400, "PNG"),
    "letter_headers/night-keeper.jpg": (1920, 400, "JPEG"),
    "database_icons/catalogue.png": (48, 48, "PNG"),
    "database_icons/loans.png": (48, 48, "PNG"),
    "icons/reading-hub.png": (64, 64, "PNG"),
    "icons/the-key-desk.png": (64, 64, "PNG"),
    "icons/star-charts.png": (64, 64, "PNG"),
    "covers/reading-hub.webp": (1500, 400, "WEBP"),
    "covers/the-key-desk.webp": (1500, 400, "WEBP"),
    "covers/star-charts.webp": (1500, 400, "WEBP"),
}
# The price list of the two image models at Replicate, by the models that the demo's types have.
PICTURES_USD = "$0.406"


def hashes(project):
    """Return the hash of each finished file."""
    return {key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in project.images().items()}


def test_run_ends_with_0_and_tells_images_costs_and_contact_sheet(demo):
    assert demo.first.code == 0, demo.first.err
    # Two writers, a judge and a picture for each image, and a second judging of the two that were close.
    assert "12 of 12 images are finished; 50 paid calls" in demo.first.out
    assert len(demo.sandbox.invoice()) == 12 * 4 + 2
    table = demo.first.out.partition("cost so far\n")[2].partition("\n\n")[0]
    costs = {line.split()[0]: line.split()[1:] for line in table.splitlines()}
    assert {kind: row[:2] for kind, row in costs.items()} == {
        "covers": ["3", "3"],
        "database_icons": ["2", "2"],
        "icons": ["3", "3"],
        "letter_headers": ["2", "2"],
        "textures": ["2", "2"],
        "all": ["12", "12"],
    }
    assert costs["all"][3] == PICTURES_USD
    sheet = "data/reports/demo/contact-sheet.html"
    assert f"contact sheet: {sheet}" in demo.first.out
    assert (demo.project.root / sheet).is_file()


def test_there_is_exactly_one_file_for_each_wanted_image(demo):
    folder = demo.project.root / "data" / "images" / "demo"
    assert {path.relative_to(folder).as_posix() for path in demo.project.images().values()} == set(WANTED)


@pytest.mark.parametrize("name", WANTED)
def test_a_file_has_the_size_and_format_that_its_spec_asks_for(demo, name):
    path = demo.project.root / "data" / "images" / "demo" / name
    with Image.open(path) as image:
        image.load()
        assert (*image.size, image.format) == WANTED[name]
        assert path.read_bytes().startswith(MAGIC[image.format])


def test_the_ledger_says_what_the_sandbox_billed(demo):
    assert demo.project.rows("SELECT sum(cost_usd), sum(held_usd) FROM calls") == [(demo.sandbox.total(), 0)]


def test_running_again_buys_nothing_and_changes_no_file(demo, run_in):
    before, billed = hashes(demo.project), demo.sandbox.invoice()
    again = run_in(demo.project, "run", "data/specs/demo.yaml")
    assert again.code == 0, again.err
    assert "12 of 12 images are finished; 0 paid calls, $0.00" in again.out
    assert demo.sandbox.invoice() == billed
    assert hashes(demo.project) == before


def test_planning_again_costs_nothing(demo, run_in):
    plan = run_in(demo.project, "plan", "--json").json
    assert plan["images"] == {"total": 12, "up_to_date": 12, "cached": 12}
    assert plan["total"] == {"min_usd": "0.00", "expected_usd": "0.00", "worst_usd": "0.00"}
    assert sum(one["cached"] for one in plan["types"].values()) == 12


COMMANDS = (
    ("plan",),
    ("sync",),
    ("run",),
    ("status",),
    ("status", "--images"),
    ("budget", "show"),
    ("doctor",),
    ("sql", "select * from images"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_with_json_nothing_but_json_is_printed(demo, run_in, command):
    ran = run_in(demo.project, *command, "--json")
    assert ran.code == 0
    assert ran.json
    assert ran.err == ""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_json_something_is_said_for_people(demo, run_in, command):
    ran = run_in(demo.project, *command)
    assert ran.code == 0
    assert ran.out.strip()
    assert ran.out[0] not in "[{"
