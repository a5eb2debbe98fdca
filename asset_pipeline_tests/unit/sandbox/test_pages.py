"""The sandbox's list of predictions: newest first, in pages that lead to each other, within the moments asked for."""

import pytest


def listed(sandbox, path="/v1/predictions"):
    """Return the ids and the next and previous address of a page of predictions."""
    page = sandbox.get(path).json()
    return [one["id"] for one in page["results"]], page["next"], page["previous"]


def test_predictions_are_listed_newest_first_in_pages_of_a_hundred_there_and_back(quick):
    ids = [quick.create(seed=n).json()["id"] for n in range(205)][::-1]
    pages, address = [], "/v1/predictions"
    while address:
        page, address, previous = listed(quick, address)
        pages.append(page)
    assert [len(page) for page in pages] == [100, 100, 5]
    assert [one for page in pages for one in page] == ids
    back = []
    while previous:
        page, following, previous = listed(quick, previous)
        back.append(page)
        assert following
    assert back == pages[1::-1]


def test_what_is_created_between_two_pages_moves_nothing(quick):
    ids = [quick.create(seed=n).json()["id"] for n in range(101)]
    _, following, previous = listed(quick)
    assert previous is None
    quick.create()
    assert listed(quick, following)[0] == ids[:1]


def test_a_full_last_page_has_no_next(quick):
    for n in range(100):
        quick.create(seed=n)
    assert listed(quick)[1:] == (None, None)


def test_the_address_of_the_next_page_keeps_what_was_asked_for_and_says_nothing(quick, clock):
    quick.create()
    clock.forward(60)
    since = quick.create().json()["created_at"]
    for n in range(100):
        quick.create(seed=n)
    page, following, _ = listed(quick, f"/v1/predictions?created_after={since}")
    assert len(page) == 100
    assert "cursor=cD0" in following
    assert len(listed(quick, following)[0]) == 1


@pytest.mark.parametrize("cursor", ["2", "x", "cD0", "", "cD0tMQ=="])
def test_a_cursor_that_was_never_given_out_is_refused(quick, cursor):
    assert quick.get(f"/v1/predictions?cursor={cursor}").status_code == 400


def test_the_first_moment_counts_itself_and_the_last_one_does_not(quick, clock):
    clock.stop()
    made = []
    for _ in range(3):
        made.append(quick.create().json())
        clock.forward(60)
    first, second, third = made
    after, before = f"created_after={second['created_at']}", f"created_before={second['created_at']}"
    assert listed(quick, f"/v1/predictions?{after}")[0] == [third["id"], second["id"]]
    assert listed(quick, f"/v1/predictions?{before}")[0] == [first["id"]]
    assert listed(quick, f"/v1/predictions?{after}&{before}")[0] == []
    assert quick.get("/v1/predictions?created_after=yesterday").status_code == 400


def test_nothing_was_made_on_the_web_and_a_list_leaves_the_logs_out(quick):
    quick.create()
    assert listed(quick, "/v1/predictions?source=web")[0] == []
    (one,) = quick.get("/v1/predictions").json()["results"]
    assert (one["source"], one["data_removed"]) == ("api", False)
    assert "logs" not in one
