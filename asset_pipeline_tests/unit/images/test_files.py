"""Files on the disk: whole or not at all, what was paid for is what is read, and nothing lies outside."""

import hashlib
import os

import pytest

from asset_pipeline.errors import ImageError, PathError
from asset_pipeline.folders import is_half
from asset_pipeline.images.files import FileStore
from asset_pipeline.paths import Paths
from asset_pipeline_tests.support.wanted import wanted


@pytest.fixture
def paths(tmp_path):
    """The places of an empty project."""
    return Paths(root=tmp_path, data=tmp_path / "data", specs=tmp_path / "specs")


@pytest.fixture
def files(paths):
    """Its files."""
    return FileStore(paths)


def names(folder):
    """Return the names of all files below a folder, hidden ones included."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def full_disk(*_arguments, **_more):
    """Fail as a full disk does."""
    raise OSError(28, "No space left on device")


def test_an_original_is_kept_once_under_its_content(files, paths):
    first, second, other = (files.keep_original(files.part_of(data), format="png") for data in (b"one", b"one", b"two"))
    assert first == second != other
    assert (first.bytes, len(names(paths.originals))) == (3, 2)
    assert first.path == f"originals/{first.sha256[:2]}/{first.sha256}.png"
    assert files.read(first.path, sha256=first.sha256) == b"one"


def test_an_original_that_was_damaged_on_the_disk_is_whole_again_once_it_is_delivered_again(files, paths):
    kept = files.keep_original(files.part_of(b"one"), format="png")
    (paths.data / kept.path).write_bytes(b"")
    assert files.keep_original(files.part_of(b"one"), format="png") == kept
    assert files.read(kept.path, sha256=kept.sha256) == b"one"


def test_what_comes_in_pieces_is_hashed_on_the_way_and_has_no_name_until_it_is_whole(files, paths):
    part = files.part()
    for piece in (b"o", b"", b"ne"):
        part.write(piece)
    part.close()
    assert (part.bytes, part.sha256) == (3, hashlib.sha256(b"one").hexdigest())
    assert names(paths.originals) == [part.name]
    assert is_half(part.name)
    kept = files.keep_original(part, format="png")
    assert names(paths.originals) == [f"{kept.sha256}.png"]
    part.discard()  # harmless afterwards
    assert files.read(kept.path, sha256=kept.sha256) == b"one"


@pytest.mark.parametrize("is_closed", [True, False])
def test_what_never_became_whole_leaves_nothing_behind(files, paths, is_closed):
    part = files.part()
    part.write(b"on")
    if is_closed:
        part.close()
    part.discard()
    part.discard()
    assert names(paths.originals) == []


def test_a_full_disk_leaves_nothing_of_what_was_delivered(files, paths, monkeypatch):
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        files.part_of(b"one")
    assert names(paths.originals) == []


def test_a_changed_original_is_detected(files, paths):
    kept = files.keep_original(files.part_of(b"one"), format="png")
    (paths.data / kept.path).write_bytes(b"two")
    with pytest.raises(ImageError, match="is not the file that was paid for: its content has changed"):
        files.read(kept.path, sha256=kept.sha256)


def test_a_missing_original_is_detected_and_named_as_a_person_finds_it(files, paths):
    kept = files.keep_original(files.part_of(b"one"), format="png")
    (paths.data / kept.path).unlink()
    assert not files.is_there(kept.path)
    with pytest.raises(ImageError, match=rf"^data/{kept.path} was paid for and is gone: No such file"):
        files.read(kept.path, sha256=kept.sha256)


def test_a_finished_file_lies_under_its_collection_type_and_slug(files, paths):
    stored = files.deliver(wanted(), b"picture")
    assert stored.path == "images/test/icons/lantern.png"
    assert (paths.data / stored.path).read_bytes() == b"picture"


def test_another_format_takes_the_old_ones_place_and_leaves_namesakes_alone(files, paths):
    for slug in ("lantern", "lantern-2", "lanterns"):
        files.deliver(wanted(slug=slug), b"png")
    files.deliver(wanted(slug="lantern", type="textures"), b"png")
    files.deliver(wanted(format="webp"), b"webp")
    assert names(paths.images / "test" / "icons") == ["lantern-2.png", "lantern.webp", "lanterns.png"]
    assert names(paths.images / "test" / "textures") == ["lantern.png"]


def test_a_new_file_that_cannot_be_written_leaves_the_old_format_in_place(files, paths, monkeypatch):
    files.deliver(wanted(), b"png")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        files.deliver(wanted(format="webp"), b"webp")
    assert names(paths.images) == ["lantern.png"]


@pytest.mark.parametrize("place", [{"slug": "../../../escaped"}, {"collection": "../../out"}, {"collection": ".."}])
def test_a_place_outside_the_folder_of_images_is_refused(files, paths, tmp_path, place):
    with pytest.raises(PathError, match="cannot be the name of a file"):
        files.deliver(wanted(**place), b"picture")
    assert names(tmp_path) == []


def test_a_link_that_leads_out_of_the_folder_of_images_is_refused(files, paths, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    paths.images.mkdir(parents=True)
    (paths.images / "test").symlink_to(outside)
    with pytest.raises(PathError, match="'test' is a link, and links are not followed here"):
        files.deliver(wanted(), b"picture")
    assert names(outside) == []
