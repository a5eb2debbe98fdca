"""Writing: a file is there whole or not at all, on the disk before its name is, and nothing half written stays."""

import os
import subprocess

import pytest

from asset_pipeline.folders import Folder, FolderFile, PartFile, sweep


def written(path, data):
    """Write a file in a folder of a project."""
    FolderFile(Folder(path.parent), path.name).write(data)


def names(folder):
    """Return the names of all files below a folder, hidden ones included."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def full_disk(*_arguments, **_more):
    """Fail as a full disk does."""
    raise OSError(28, "No space left on device")


def kill(*_arguments, **_more):
    """End as Ctrl-C does."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["fsync", "replace", "fdopen"])
@pytest.mark.parametrize("failure", [full_disk, kill])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step, failure):
    path = tmp_path / "lantern.png"
    written(path, b"old")
    with monkeypatch.context() as broken:
        broken.setattr(os, step, failure)
        with pytest.raises((OSError, KeyboardInterrupt)):
            written(path, b"new" * 1000)
    assert names(tmp_path) == ["lantern.png"]
    assert path.read_bytes() == b"old"


def test_a_first_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        written(tmp_path / "deep" / "down" / "lantern.png", b"new")
    assert names(tmp_path) == []


def test_a_file_is_whole_readable_by_others_and_alone_in_its_folder(tmp_path):
    path = tmp_path / "deep" / "down" / "lantern.png"
    written(path, b"1" * 100_000)
    written(path, b"2" * 50_000)
    assert path.read_bytes() == b"2" * 50_000
    assert path.stat().st_mode & 0o777 == 0o644
    assert names(tmp_path) == ["lantern.png"]


def test_a_part_is_on_the_disk_before_its_name_is_and_that_before_anybody_says_so(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    part = PartFile(Folder(tmp_path))
    part.write(b"one")
    part.close()
    part.move_to("deep/one.png")
    places = (tmp_path / "deep" / "one.png", tmp_path, tmp_path / "deep")  # a new folder before what lies in it
    assert synced == [place.stat().st_ino for place in places]


def test_halves_of_files_are_swept_up_once_their_writer_is_gone(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    names = (f".{ended.pid}-x.part", f".{os.getpid()}-x.part", "b.png")
    left, under_way, finished = (tmp_path / "a" / name for name in names)
    for path in (left, under_way, finished):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    sweep(Folder(tmp_path))
    assert [path.exists() for path in (left, under_way, finished)] == [False, True, True]
