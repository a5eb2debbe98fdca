"""A file counts in the mode in which it was made, and in no other."""

import pytest

from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.reviewed import IMAGES, LANTERN, reviewed

FILE_OF_SANDBOX = "its file was made in sandbox mode"


@pytest.fixture
def one(project):
    """A project in which the sandbox has made one image."""
    with reviewed(project) as opened:
        opened.make(IMAGES[0])
        opened.pay(LANTERN, "0.04", call_id="call")
        yield opened


def state(one):
    """Return state and reason of the image."""
    return one.execute("SELECT state, reason FROM store.images WHERE image_key = $1", LANTERN)


def test_what_the_sandbox_has_drawn_is_missing_in_live_mode_and_there_again_in_the_sandbox(one):
    catalog = Catalog(one.database)
    catalog.enter_mode("sandbox")
    assert state(one) == [("done", None)]
    for _ in range(2):
        catalog.enter_mode("live")
        assert state(one) == [("missing", FILE_OF_SANDBOX)]
    catalog.enter_mode("sandbox")
    assert state(one) == [("done", None)]


def test_what_its_spec_has_changed_meanwhile_stays_missing(one):
    catalog = Catalog(one.database)
    catalog.enter_mode("live")
    changed = IMAGES[0].model_copy(update={"title": "Lamp"})
    catalog.sync([Collection("test", "Test", "t.yaml", "1", (changed, *IMAGES[1:]))])
    catalog.enter_mode("sandbox")
    assert state(one)[0][0] == "missing"


def test_what_is_rejected_or_of_no_known_mode_stays_as_it_is(one):
    catalog = Catalog(one.database)
    one.execute("UPDATE store.images SET state = 'rejected' WHERE image_key = $1", LANTERN)
    catalog.enter_mode("live")
    assert state(one)[0][0] == "rejected"
    one.execute("DELETE FROM store.calls")
    one.execute("UPDATE store.images SET state = 'done' WHERE image_key = $1", LANTERN)
    catalog.enter_mode("live")
    assert state(one)[0][0] == "done"
