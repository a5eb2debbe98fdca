"""The watch over settings: good edits are taken, bad ones refused with the old ones kept, and each is told once."""

import os
import time
from decimal import Decimal

import pytest

from asset_pipeline.settings_watch import SETTLED_S, SettingsWatch


class Edited:
    """A project whose files are edited, and the watch over it."""

    def __init__(self, project, **overrides):
        project.env.clear()
        self.root, self.now_s = project.root, 0.0
        self.write("budget: {total_usd: 5}\n")
        self.watch = SettingsWatch(
            project.open(**overrides), follows=lambda key: key.startswith("budget."), clock=lambda: self.now_s
        )

    def write(self, text, name="pipeline.yaml"):
        """Write a file so that it differs from what it was, however coarse the file system's clock is."""
        path = self.root / name
        path.write_text(text)
        os.utime(path, ns=(time.time_ns(), time.time_ns()))

    def look(self, text, name="pipeline.yaml"):
        """Edit a file, and look."""
        self.write(text, name)
        return self.watch.look()

    @property
    def total_usd(self):
        """The limit that holds."""
        return self.watch.project.settings.budget.total_usd


@pytest.fixture
def edited(project):
    return Edited(project)


def test_nothing_is_read_as_long_as_nothing_has_changed(edited):
    assert not edited.watch.is_due()
    assert edited.watch.look() == edited.watch.look()
    assert edited.watch.look().taken == ()


def test_an_edit_between_opening_and_watching_is_seen(project):
    project.env.clear()
    opened = project.open()
    (project.root / "pipeline.yaml").write_text("budget: {total_usd: 3}\n")
    watch = SettingsWatch(opened, follows=lambda _key: True)
    assert watch.look().taken == ("budget.total_usd",)


@pytest.mark.parametrize("name", ["pipeline.yaml", ".env"])
def test_an_edit_of_either_file_is_taken(edited, name):
    text = "budget: {total_usd: 2}\n" if name == "pipeline.yaml" else "ASSET_PIPELINE__BUDGET__TOTAL_USD=2\n"
    assert edited.look(text, name).taken == ("budget.total_usd",)
    assert edited.total_usd == 2
    assert edited.watch.warnings == ()


@pytest.mark.parametrize(
    "text", ["budget: {total_usd: 500}\n", "budget: [\n", "budgett: {}\n", "mode: live\n", "- a\n", "\x00"]
)
def test_a_bad_edit_is_refused_told_once_and_the_old_settings_stay(edited, text):
    news = edited.look(text)
    assert news.taken == ()
    (warning,) = news.warnings
    assert "refused, and those from before hold" in warning
    assert "pipeline.yaml" in warning
    assert edited.watch.warnings == news.warnings
    assert edited.watch.look().warnings == ()
    assert edited.total_usd == 5
    assert len(edited.look(text).warnings) == 1
    assert edited.look("budget: {total_usd: 4}\n").taken == ("budget.total_usd",)
    assert edited.watch.warnings == ()


def test_what_its_owner_cannot_follow_waits_and_is_named_until_it_is_changed_back(edited):
    news = edited.look("data_dir: other\nimages: {workers: 3}\nbudget: {total_usd: 2}\n")
    assert news.taken == ("budget.total_usd",)
    assert news.warnings == ("data_dir, images.workers: the change takes effect at the next start",)
    assert edited.watch.project.settings.data_dir.name == "data"
    assert edited.watch.project.settings.images.workers == 2
    assert edited.look("data_dir: other\nimages: {workers: 3}\nbudget: {total_usd: 1}\n").warnings == ()
    assert edited.watch.waiting == ("data_dir", "images.workers")
    edited.look("budget: {total_usd: 1}\n")
    assert edited.watch.warnings == ()


def test_a_file_that_is_just_being_written_is_not_taken_for_an_empty_one(edited):
    """Between its emptying and its writing, an editor's file says that all limits are the built-in ones."""
    assert edited.look("") == edited.look("")
    assert edited.total_usd == 5
    edited.now_s += SETTLED_S / 2
    assert edited.look("budget: {total_usd: 2}\n").taken == ("budget.total_usd",)
    edited.write("")
    assert edited.watch.look().taken == ()
    edited.now_s += SETTLED_S
    assert edited.watch.look().taken == ("budget.total_usd",)
    assert edited.total_usd == 25


def test_a_file_that_is_gone_for_good_is_refused(edited):
    (edited.root / "pipeline.yaml").unlink()
    assert edited.watch.look().warnings == ()
    edited.now_s += SETTLED_S
    assert "pipeline.yaml is not there any more" in edited.watch.look().warnings[0]
    assert edited.total_usd == 5


def test_a_file_that_replaces_the_old_one_with_its_very_size_and_time_is_seen(edited):
    path = edited.root / "pipeline.yaml"
    was = path.stat()
    new = edited.root / "new.yaml"
    new.write_text("budget: {total_usd: 3}\n")
    os.utime(new, ns=(was.st_mtime_ns, was.st_mtime_ns))
    new.replace(path)
    assert edited.watch.look().taken == ("budget.total_usd",)


def test_what_the_command_line_says_still_beats_the_files(project):
    edited = Edited(project, budget={"total_usd": "1"})
    assert edited.look("budget: {total_usd: 9, daily_usd: 8}\n").taken == ("budget.daily_usd",)
    assert edited.total_usd == Decimal(1)
