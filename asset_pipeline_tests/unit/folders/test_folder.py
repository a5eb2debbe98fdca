"""Folders: all below them is reached by their handle, their own link is their owner's, and any other is refused."""

import contextlib
import errno
import os
import shutil
from pathlib import Path

import pytest

from asset_pipeline.errors import PathError
from asset_pipeline.folders import Folder, FolderFile
from asset_pipeline.paths import Paths
from asset_pipeline_tests.support.attacks import CANARY, SECRET


@pytest.fixture
def place(tmp_path):
    """A folder with a file in a folder."""
    (tmp_path / "in" / "icons").mkdir(parents=True)
    (tmp_path / "in" / "icons" / "lantern.png").write_bytes(b"lantern")
    return tmp_path / "in"


@pytest.fixture
def folder(place):
    return Folder(place, shown="data/in")


def test_a_file_is_read_written_moved_and_removed(folder, place):
    file = FolderFile(folder, "icons/lantern.png")
    assert (file.is_file(), file.read(), file.read(2), file.path) == (True, b"lantern", b"la", place / file.name)
    other = FolderFile(folder, "deep/down/other.png")
    other.write(b"other")
    file.move(other)
    assert (file.is_file(), other.read()) == (False, b"lantern")
    assert folder.names("deep/down") == ["other.png"]
    assert list(folder.walk()) == ["deep/down/other.png"]
    other.remove()
    other.remove()
    assert list(folder.walk()) == []
    with pytest.raises(FileNotFoundError):
        other.read()


def test_a_folder_that_is_not_there_is_empty_and_made_by_the_first_file(tmp_path):
    folder = Folder(tmp_path / "a" / "b", base=tmp_path)
    assert (folder.names(), folder.names("c"), list(folder.walk()), folder.is_file("c/d")) == ([], [], [], False)
    folder.remove("c/d")
    FolderFile(folder, "c/d").write(b"x")
    assert (tmp_path / "a" / "b" / "c" / "d").read_bytes() == b"x"


def test_lines_are_added_and_what_is_there_is_not_made_anew(folder, place):
    for line in (b"one\n", b"two\n"):
        with folder.open("logs/run.log", "ab") as file:
            file.write(line)
    assert (place / "logs" / "run.log").read_bytes() == b"one\ntwo\n"
    with folder.open("token", "xb", permissions=0o600) as file:
        file.write(b"secret")
    assert (place / "token").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        folder.open("token", "xb")


@pytest.mark.parametrize("name", ["link.png", "links/lantern.png", "links/deep/new.png"])
def test_a_link_below_the_folder_is_not_followed_wherever_it_leads(folder, place, outside, name):
    (place / "link.png").symlink_to(outside.folder / CANARY)
    (place / "links").symlink_to(outside.folder / "icons")
    file, good = FolderFile(folder, name), FolderFile(folder, "icons/lantern.png")
    for act in (file.read, lambda: file.open("ab"), lambda: file.open("xb"), lambda: good.move(file)):
        if "/" in name or act == file.read:
            with pytest.raises(PathError, match="is a link, and links are not followed here") as raised:
                act()
            assert raised.value.where == f"data/in/{name.rpartition('/')[0] or name}"
    assert not file.is_file()
    if "/" in name:
        for act in (lambda: file.write(b"x"), file.remove, lambda: folder.names("links")):
            with pytest.raises(PathError, match="'links' is a link"):
                act()
    assert sorted(folder.walk()) == ["icons/lantern.png", "link.png", "links"]


def test_a_link_in_a_files_own_place_gives_way_to_the_file_and_what_it_led_to_stays(folder, place, outside):
    for name in ("written", "moved", "removed", "added"):
        (place / name).symlink_to(outside.folder / CANARY)
    FolderFile(folder, "written").write(b"x")
    FolderFile(folder, "icons/lantern.png").move(FolderFile(folder, "moved"))
    folder.remove("removed")
    with pytest.raises(PathError, match="'added' is a link"):
        folder.open("added", "ab")
    assert [FolderFile(folder, name).read() for name in ("written", "moved")] == [b"x", b"lantern"]
    assert not (place / "removed").is_symlink()


def test_the_folder_itself_may_be_a_link_of_its_owner_which_is_found_once(tmp_path, place, outside):
    (tmp_path / "linked").symlink_to(place)
    folder = Folder(tmp_path / "linked")
    (tmp_path / "linked").unlink()
    (tmp_path / "linked").symlink_to(outside.folder)
    assert folder.read("icons/lantern.png") == b"lantern"
    shutil.move(place, tmp_path / "aside")
    place.symlink_to(outside.folder)
    with pytest.raises(PathError, match="'in' is a link"):
        folder.read("icons/lantern.png")
    with pytest.raises(PathError, match="'in' is a link"):
        FolderFile(folder, "new.png").write(b"x")


def test_a_link_to_a_disk_that_is_not_mounted_is_not_taken_for_an_empty_folder(tmp_path):
    (tmp_path / "images").symlink_to(tmp_path / "mnt" / "images")
    folder = Folder(tmp_path / "images", shown="data/images")
    assert folder.names() == []
    with pytest.raises(PathError, match="mnt/images, which is not there") as raised:
        FolderFile(folder, "new.png").write(b"x")
    assert "mount the disk" in str(raised.value)
    assert not (tmp_path / "mnt").exists()


def test_nothing_between_the_base_and_the_folder_becomes_a_link_unseen(tmp_path, outside):
    folder = Folder(tmp_path / "data" / "cache" / "icons", base=tmp_path / "data")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cache").symlink_to(outside.folder)
    for act in (lambda: folder.read("lantern.png"), lambda: FolderFile(folder, "new.png").write(b"x")):
        with pytest.raises(PathError, match="'cache' is a link"):
            act()


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_neither_read_nor_waited_for(folder, place, kind):
    if kind == "pipe":
        os.mkfifo(place / "odd")
    else:
        (place / "odd").mkdir()
    with pytest.raises(PathError if kind == "pipe" else IsADirectoryError):
        folder.read("odd")
    assert folder.stat("odd") is None


def test_a_file_of_a_persons_may_link_to_another_one_inside_and_to_nothing_outside(folder, place, outside):
    (place / "now").symlink_to("icons")
    (place / "now.png").symlink_to("now/lantern.png")
    (place / "out.png").symlink_to(outside.folder / CANARY)
    (place / "round.png").symlink_to("round.png")
    assert folder.inner("now.png") == "icons/lantern.png"
    assert folder.inner("new.png") == "new.png"
    with pytest.raises(PathError, match="a link that leads out of data/in"):
        folder.inner("out.png")
    with pytest.raises(OSError, match=r"loop|symbolic"):
        folder.read(folder.inner("round.png"))


def test_a_file_is_moved_to_another_disk_by_copying_it(folder, monkeypatch):
    real = os.replace

    def replace(old, new, *, src_dir_fd, dst_dir_fd):
        if not old.endswith(".part"):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "replace", replace)
    FolderFile(folder, "icons/lantern.png").move(FolderFile(folder, "other/lantern.png"))
    assert list(folder.walk()) == ["other/lantern.png"]
    assert folder.read("other/lantern.png") == b"lantern"


def test_no_handle_stays_open_whatever_happens(folder, place, outside):
    (place / "links").symlink_to(outside.folder)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("icons/lantern.png", "icons/none.png", "links/canary.png", "none/none.png", "icons"):
        for act in (folder.read, folder.stat, folder.remove, lambda name: FolderFile(folder, name).write(b"x")):
            with contextlib.suppress(OSError):
                act(name)
    list(folder.walk())
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_place_of_a_project_may_be_on_another_disk_and_is_stored_as_if_it_were_not(tmp_path):
    (tmp_path / "big").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "images").symlink_to(tmp_path / "big")
    paths = Paths(root=tmp_path, data=tmp_path / "data", specs=tmp_path / "specs")
    paths.file("images/demo/a.png").write(b"x")
    assert (tmp_path / "big" / "demo" / "a.png").read_bytes() == b"x"
    assert paths.find_file("images/demo/a.png").read() == b"x"


def test_what_the_database_names_is_found_in_a_place_of_the_project_only(tmp_path, outside):
    (tmp_path / "data" / "images").mkdir(parents=True)
    (tmp_path / "data" / "pipeline.duckdb").write_bytes(SECRET)
    paths = Paths(root=tmp_path, data=tmp_path / "data", specs=tmp_path / "specs")
    for stored in ("pipeline.duckdb", "images", "", None, "images/../pipeline.duckdb", str(outside.folder / CANARY)):
        assert paths.find_file(stored) is None
