"""A look at the folder of specs: new, changed, broken, mended, removed and half-written files."""

import os
import time

import pytest

from asset_pipeline.defs.spec_watch import look, show_problems
from asset_pipeline.ledger import Database
from asset_pipeline.specs import Catalog
from asset_pipeline_tests.support.specs import spec_of

BROKEN = "collection: broken\nimages:\n  - {type: icons, titel: Compass}\n"
THREE = ("test.icons.lantern", "test.icons.compass", "test.icons.anchor")


class Watch:
    """The folder of specs, looked at again and again, with what is remembered between two looks."""

    def __init__(self, project, catalog):
        self.project, self.catalog, self.seen = project, catalog, {}

    def write(self, text, name="spec.yaml", *, age_s=10.0):
        """Write a spec that was last written to some time ago."""
        path = self.project.spec(text, name)
        os.utime(path, (time.time() - age_s,) * 2)
        return path

    def look(self):
        """Look, and remember."""
        root = self.project.root
        found = look(root / "data" / "specs", root=root, catalog=self.catalog, seen=self.seen, max_file_mb=1)
        self.seen = found.seen
        return found


@pytest.fixture
def watch(project):
    with Database(project.database) as database:
        yield Watch(project, Catalog(database))


def test_a_new_spec_is_a_wish_for_its_images_once(watch):
    watch.write(spec_of(3))
    (wish,) = watch.look().wishes
    assert (wish.collection, wish.revision, wish.keys) == ("test", 1, THREE)
    again = watch.look()
    assert not again.is_news
    assert again.wishes == ()


def test_a_change_is_a_wish_for_what_is_unmade_under_a_new_revision_and_so_is_the_way_back(watch):
    revisions = []
    for count in (2, 3, 2, 3):
        watch.write(spec_of(count))
        (wish,) = watch.look().wishes
        assert wish.keys == THREE[:count]
        revisions.append(wish.revision)
    assert revisions == [1, 2, 3, 4]


def test_a_broken_file_is_named_with_its_line_at_every_look_until_it_is_mended(watch):
    watch.write(BROKEN)
    for _ in range(2):
        found = watch.look()
        assert found.wishes == ()
        assert show_problems(found.problems).startswith("data/specs/spec.yaml:3: ")
        assert "titel" in show_problems(found.problems)
    watch.write(spec_of(3))
    mended = watch.look()
    assert mended.problems == ()
    assert [wish.keys for wish in mended.wishes] == [THREE]


def test_a_good_file_is_taken_beside_a_bad_one(watch):
    watch.write(BROKEN, "a-bad.yaml")
    watch.write(spec_of(3), "good.yaml")
    found = watch.look()
    assert [wish.keys for wish in found.wishes] == [THREE]
    assert {problem.file for problem in found.problems} == {"data/specs/a-bad.yaml"}
    assert set(watch.catalog.images()) == set(THREE)


def test_a_file_that_is_still_being_written_is_left_for_a_later_look(watch):
    watch.write(spec_of(3), age_s=-60)
    assert not watch.look().is_news
    watch.write(spec_of(3))
    assert [wish.keys for wish in watch.look().wishes] == [THREE]


def test_a_spec_that_is_deleted_retires_its_images_alone(watch):
    path = watch.write(spec_of(3))
    watch.write(spec_of(2, collection="other"), "other.yaml")
    watch.look()
    path.unlink()
    found = watch.look()
    assert found.is_news
    assert found.wishes == ()
    wanted, retired = watch.catalog.keys()
    assert wanted == ["other.icons.lantern", "other.icons.compass"]
    assert set(retired) == set(THREE)
    assert not watch.look().is_news


@pytest.mark.parametrize("name", ["a.yaml", "z.yaml"], ids=["first by name", "last by name"])
@pytest.mark.parametrize("is_first_changed", [False, True], ids=["alone", "beside a change of the first"])
def test_a_second_file_with_the_name_of_a_collection_neither_takes_nor_ends_it(watch, name, is_first_changed):
    watch.write(spec_of(2))
    watch.look()
    second = watch.write(spec_of(1), name)
    keys = THREE[:2]
    if is_first_changed:
        watch.write(spec_of(3))
        keys = THREE
    for _ in range(2):
        found = watch.look()
        assert show_problems(found.problems) == (
            f"data/specs/{name}:1: collection: 'test' is already the collection of data/specs/spec.yaml"
        )
        assert watch.catalog.keys() == (list(keys), [])
    second.unlink()
    assert watch.look().problems == ()
    assert watch.catalog.keys() == (list(keys), [])


def test_a_second_file_with_the_name_of_a_collection_takes_it_once_the_first_is_gone(watch):
    first = watch.write(spec_of(2))
    watch.look()
    watch.write(spec_of(3), "second.yaml")
    watch.look()
    first.unlink()
    assert [wish.keys for wish in watch.look().wishes] == [THREE]
    assert watch.catalog.collection_files() == {"test": "data/specs/second.yaml"}


def test_a_spec_that_is_renamed_retires_nothing(watch):
    path = watch.write(spec_of(3))
    watch.look()
    path.rename(path.with_name("renamed.yaml"))
    watch.look()
    assert watch.catalog.keys() == (list(THREE), [])


def test_a_link_that_leads_out_of_the_folder_is_named_as_a_problem_and_never_read(watch, outside):
    watch.write(spec_of(3))
    folder = watch.project.root / "data" / "specs"
    (folder / "link.yaml").symlink_to(outside.add("spec.yaml", spec_of(1).replace("test", "stolen").encode()))
    outside.add("other.yaml", spec_of(1).replace("test", "other").encode())
    (folder / "dots.yaml").symlink_to("../../../outside/other.yaml")
    found = watch.look()
    assert [problem.file for problem in found.problems] == ["data/specs/dots.yaml", "data/specs/link.yaml"]
    assert {wish.collection for wish in found.wishes} == {"test"}
    assert "a link that leads out of" in found.problems[0].message
    assert "put the file itself there" in found.problems[0].message


def test_a_link_to_another_spec_inside_the_folder_is_that_spec_once(watch):
    watch.write(spec_of(3), "v2.yaml")
    (watch.project.root / "data" / "specs" / "now.yaml").symlink_to("v2.yaml")
    assert [wish.collection for wish in watch.look().wishes] == ["test"]
    again = watch.look()
    assert (again.problems, again.wishes, again.is_news) == ((), (), False)


def test_a_folder_that_is_away_for_a_while_retires_nothing(watch):
    watch.write(spec_of(3))
    watch.look()
    folder = watch.project.root / "data" / "specs"
    folder.rename(folder.with_name("away"))
    assert not watch.look().is_news
    assert watch.catalog.keys() == (list(THREE), [])
