"""Links that come between a check and what follows it: nothing outside is read, written or removed, at any moment."""

import contextlib
import os
import shutil
import sys
import threading
import time

import pytest

from asset_pipeline.errors import PathError
from asset_pipeline.folders import Folder, FolderFile, PartFile, sweep
from asset_pipeline.images.files import FileStore
from asset_pipeline.paths import Paths
from asset_pipeline_tests.support.attacks import SECRET, shows_reading
from asset_pipeline_tests.support.wanted import wanted

NAME = "test/icons/lantern.png"
WITHIN_S = 60.0


def test_the_place_outside_would_tell_of_a_reading(tmp_path):
    if not shows_reading(tmp_path):
        pytest.skip("this disk does not keep when files were read")


@pytest.fixture
def paths(tmp_path):
    """A project with a finished image."""
    one = Paths(root=tmp_path, data=tmp_path / "data", specs=tmp_path / "specs")
    one.file(f"images/{NAME}").write(b"lantern")
    return one


def swap(place, target):
    """Put a link to somewhere else in the place of a file or folder."""
    place.rename(place.with_name(f"{place.name}.aside"))
    place.symlink_to(target)


def append(folder):
    """Add to the end of a file, as logs do."""
    with folder.open(NAME, "ab") as file:
        file.write(b"more")


ACTS = {
    "read": lambda folder: folder.read(NAME),
    "open": lambda folder: folder.open(NAME).close(),
    "look": lambda folder: folder.is_file(NAME),
    "write": lambda folder: FolderFile(folder, NAME).write(b"new"),
    "append": append,
    "make": lambda folder: folder.open("test/icons/new.png", "xb").close(),
    "remove": lambda folder: folder.remove(NAME),
    "move from": lambda folder: FolderFile(folder, NAME).move(FolderFile(folder, "other/lantern.png")),
    "move to": lambda folder: FolderFile(folder, "spare.png").move(FolderFile(folder, NAME)),
    "list": lambda folder: folder.names("test/icons"),
    "walk": lambda folder: list(folder.walk()),
    "sweep": sweep,
    "find": lambda folder: folder.read(folder.inner(NAME)),
}
SWAPPED = {"images": "", "images/test": "test", "images/test/icons": "test/icons", f"images/{NAME}": NAME}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("swapped", SWAPPED)
def test_a_link_that_comes_before_any_step_leads_nobody_out(tmp_path, outside, monkeypatch, act, swapped):
    real, step, is_done = os.open, 0, False
    while not is_done:  # until a link that would come at a later step comes never
        root = tmp_path / str(step)
        folder = Folder(root / "images", base=root)
        FolderFile(folder, NAME).write(b"lantern")
        FolderFile(folder, "spare.png").write(b"spare")
        (root / "images" / "test" / "icons" / ".1-killed.part").write_bytes(b"half")
        opened = 0

        def open_after_a_swap(*arguments, root=root, step=step, **options):
            nonlocal opened
            if opened == step:
                swap(root / swapped, outside.folder / SWAPPED[swapped])
            opened += 1
            return real(*arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(os, "open", open_after_a_swap)
            with contextlib.suppress(OSError):  # refused, or gone: both are right
                assert SECRET not in repr(act(folder)).encode()
        is_done = opened <= step
        step += 1
    assert step > 2


class Swapper:
    """Swaps a folder for a link and back, as fast as it can, as long as the context lasts."""

    def __init__(self, place, target):
        self.place, self.target, self.count = place, target, 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._swap)

    def _swap(self):
        aside = self.place.with_name(f"{self.place.name}.aside")
        while not self._is_over.is_set():
            with contextlib.suppress(OSError):  # whoever writes has just made a folder in its place
                self.place.rename(aside)
                self.place.symlink_to(self.target)
                self.count += 1
            if self.place.is_symlink():
                self.place.unlink()
            elif aside.exists():
                shutil.rmtree(self.place, ignore_errors=True)
            with contextlib.suppress(OSError):
                aside.rename(self.place)

    def __enter__(self):
        self._interval_s = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()
        sys.setswitchinterval(self._interval_s)


def deliver(files, paths):
    files.deliver(wanted(), b"lantern")


def read(files, paths):
    found = paths.find_file(f"images/{NAME}")
    if found is None:
        raise PathError("it is not to be had")
    assert found.read() != SECRET


def remove(files, paths):
    files.remove([f"images/{NAME}"])


def tidy(files, paths):
    part = PartFile(paths.folder(paths.images), "test/icons")
    part.discard()
    files.begin()


@pytest.mark.parametrize("act", [deliver, read, remove, tidy])
@pytest.mark.parametrize("swapped", ["test", "test/icons"])
def test_a_folder_that_is_swapped_in_a_loop_leads_nobody_out(paths, outside, act, swapped):
    files, came = FileStore(paths), {"done": 0, "refused": 0}
    end_s = time.monotonic() + WITHIN_S
    with Swapper(paths.images / swapped, outside.folder / swapped) as swapper:
        while min(came.values()) < 20 or swapper.count < 100:
            assert time.monotonic() < end_s, came
            try:
                act(files, paths)
                came["done"] += 1
            except OSError:
                came["refused"] += 1
            if not came["done"] % 10 and act is not deliver:
                with contextlib.suppress(OSError):
                    deliver(files, paths)
