"""Decisions: from scripts in batches, from forms one by one, to the desk as sent, under the session's name."""

import html
import re
from decimal import Decimal

import pytest

from asset_pipeline.decisions import Decision, Kind
from asset_pipeline.errors import LedgerBusyError, LedgerDiskError, LedgerError, LedgerFileError, LedgerNewerError
from asset_pipeline_tests.support.reviewed import COMPASS, EVIL, EVIL_ONE, LANTERN, csrf_of, send, send_json

SEEN = "5" * 64


def given(**changes):
    """Return a decision as a script sends it."""
    return {"decision_id": "d" * 32, "image_key": LANTERN, "kind": "approve"} | changes


def test_a_batch_reaches_the_desk_in_its_order_under_the_session_s_name(filled, client):
    sent = [
        given(decision_id="a" * 32, seen_sha256=SEEN, after="r1"),
        given(decision_id="b" * 32, image_key=COMPASS, kind="edit", prompt=" A compass. ", negative_prompt="no text"),
        given(decision_id="c" * 32, image_key=EVIL_ONE, kind="pick", candidate=1),
        given(decision_id="e" * 32, kind="regenerate", note=EVIL),
    ]
    answer = send_json(client, "/api/decisions", {"decisions": sent})
    assert answer.status_code == 200
    assert filled.desk.decided == [
        Decision("a" * 32, LANTERN, Kind.APPROVE, seen_sha256=SEEN, after="r1"),
        Decision("b" * 32, COMPASS, Kind.EDIT, prompt="A compass.", negative_prompt="no text"),
        Decision("c" * 32, EVIL_ONE, Kind.PICK, candidate=1),
        Decision("e" * 32, LANTERN, Kind.REGENERATE, note=EVIL),
    ]
    assert filled.desk.asked[0][2] == "Ada"


def test_no_one_can_decide_under_another_name_or_blindly(filled, client):
    sent = given(reviewer="Grace", is_blind=True)
    send_json(client, "/api/decisions", {"decisions": [sent], "reviewer": "Grace"})
    assert filled.desk.asked[0][2] == "Ada"
    assert filled.desk.decided[0].is_blind is False


def test_each_decision_is_answered_and_its_tile_comes_with_the_answer(filled, client):
    filled.desk.stale.add(COMPASS)
    sent = [given(), given(decision_id="b" * 32, image_key=COMPASS)]
    said = send_json(client, "/api/decisions", {"decisions": sent, "query": {"checks": "failed"}}).json()
    assert [(one["decision_id"], one["is_taken"]) for one in said["outcomes"]] == [("d" * 32, True), ("b" * 32, False)]
    assert "look again" in said["outcomes"][1]["message"]
    assert sorted(said["tiles"]) == [COMPASS, LANTERN]
    assert 'href="/i/test.icons.compass?checks=failed"' in said["tiles"][COMPASS]


@pytest.mark.parametrize(
    "wrong",
    [
        {"image_key": "../../etc"},
        {"image_key": None},
        {"image_key": ["test.icons.lantern"]},
        {"kind": "delete"},
        {"kind": None},
        {"decision_id": "x"},
        {"decision_id": "d" * 65},
        {"decision_id": 7},
        {"seen_sha256": "abc"},
        {"seen_sha256": 7},
        {"note": "x" * 4001},
        {"note": ["x"]},
        {"candidate": -1},
        {"candidate": "one"},
        {"candidate": 1.5},
        {"candidate": True},
        {"after": "a b"},
    ],
)
def test_a_malformed_decision_is_refused_and_none_of_its_batch_is_taken(filled, client, wrong):
    answer = send_json(client, "/api/decisions", {"decisions": [given(decision_id="b" * 32), given(**wrong)]})
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert filled.desk.asked == []


@pytest.mark.parametrize("decisions", [None, "x", {}, ["x"], [[]], 7])
def test_what_is_no_list_of_decisions_is_refused(filled, client, decisions):
    assert send_json(client, "/api/decisions", {"decisions": decisions}).status_code == 400
    assert filled.desk.asked == []


def test_more_than_two_hundred_at_once_are_refused(filled, client):
    sent = [given(decision_id=f"{n:032}") for n in range(201)]
    assert send_json(client, "/api/decisions", {"decisions": sent}).status_code == 413
    assert filled.desk.asked == []


@pytest.mark.parametrize("problem", [LedgerError, LedgerBusyError, LedgerDiskError, LedgerFileError, LedgerNewerError])
def test_while_the_ledger_takes_nothing_a_browser_is_told_to_keep_its_decisions(filled, client, problem):
    def fail(*_arguments, **_options):
        raise problem("it takes nothing", fix="make room")

    filled.desk.decide = fail
    answer = send_json(client, "/api/decisions", {"decisions": [given()]})
    assert (answer.status_code, answer.json()) == (503, {"error": "it takes nothing", "fix": "make room"})


def test_decisions_are_taken_back_by_their_ids(filled, client):
    answer = send_json(client, "/api/undo", {"decision_ids": ["d" * 32]})
    assert answer.json()["outcomes"][0]["is_taken"] is True
    assert filled.desk.asked == [("undo", ["d" * 32], "Ada")]
    assert send_json(client, "/api/undo", {"decision_ids": ["no id !"]}).status_code == 400


def test_the_price_is_said_before_anything_is_sent(filled, client):
    said = send_json(client, "/api/price", {"decision": given(kind="edit", prompt="x")}).json()
    assert said == {"expected_usd": "0.04", "worst_usd": "0.09", "sentence": "Usually $0.04, at most $0.09."}
    assert [what for what, *_ in filled.desk.asked] == ["price"]
    assert send_json(client, "/api/price", {"decision": 7}).status_code == 400


def form_of(page, kind):
    """Return the hidden fields of the form on a page that decides."""
    form = re.search(
        rf'<form method="post" action="([^"]+)" class="decide" data-kind="{kind}">.*?</form>', page, re.DOTALL
    )
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form[0])
    return form[1], {name: html.unescape(value) for name, value in fields}


def test_without_scripts_a_form_decides_and_the_page_tells_how_it_went(filled, client):
    action, fields = form_of(client.get(f"/i/{LANTERN}?checks=failed").text, "approve")
    answer = client.post(action, data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/i/{LANTERN}?checks=failed")
    (decision,) = filled.desk.decided
    ((sha256,),) = filled.execute("SELECT sha256 FROM main.images WHERE image_key = $1", LANTERN)
    assert (decision.kind, decision.seen_sha256, decision.decision_id) == ("approve", sha256, fields["decision_id"])
    told = client.get(f"/i/{LANTERN}").text
    assert "test.icons.lantern: approve" in told
    assert "test.icons.lantern: approve" not in client.get(f"/i/{LANTERN}").text


def test_a_form_that_is_sent_twice_has_the_same_id_twice(filled, client):
    action, fields = form_of(client.get(f"/i/{LANTERN}").text, "approve")
    client.post(action, data=fields)
    client.post(action, data=fields)
    assert len({one.decision_id for one in filled.desk.decided}) == 1


@pytest.mark.parametrize("kind", ["regenerate", "edit", "pick"])
def test_without_scripts_what_costs_money_is_asked_about_with_its_price_first(filled, client, kind):
    action, fields = form_of(client.get(f"/i/{LANTERN}").text, kind)
    fields |= {"note": EVIL} if kind == "regenerate" else {"prompt": EVIL} if kind == "edit" else {}
    asked = client.post(action, data=fields)
    assert asked.status_code == 200
    assert "Usually $0.04, at most $0.09." in asked.text
    assert "<script>alert" not in asked.text
    assert [what for what, *_ in filled.desk.asked] == ["price"]
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked.text.partition('class="row"')[2]))
    confirmed = {name: html.unescape(value) for name, value in hidden.items()}
    assert client.post(action, data=confirmed).status_code == 303
    (decision,) = filled.desk.decided
    assert decision.kind == kind
    assert decision.decision_id == fields["decision_id"]
    assert EVIL in (decision.note, decision.prompt) or decision.candidate == 1


def test_a_form_decides_about_the_image_of_its_page_only(filled, client):
    send(client, f"/i/{LANTERN}/decide", kind="approve", image_key=COMPASS)
    assert filled.desk.decided[0].image_key == LANTERN


def test_a_collection_is_approved_for_what_was_seen_and_as_much_as_was_said(filled, client):
    page = client.get("/c/test/panel?part=1").text
    assert 'name="seen" value="' + "b" * 64 in page
    assert 'value="0.86"' in page
    assert send(client, "/c/test/approve", amount_usd="4,50", seen="b" * 64).headers["location"] == "/c/test"
    assert filled.desk.asked == [("approve", "test", Decimal("4.50"), "Ada", "b" * 64)]
    assert "approved" in client.get("/c/test").text


def test_an_approval_of_what_is_not_there_any_more_is_told_so(client):
    send(client, "/c/test/approve", amount_usd="1", seen="0" * 64)
    page = client.get("/c/test").text
    assert "note-bad" in page
    assert "look again" in page


def test_what_is_to_be_told_waits_for_a_page_and_is_not_lost_on_a_part_of_one(client):
    send(client, "/c/test/approve", amount_usd="1", seen="0" * 64)
    assert "look again" not in client.get("/c/test/panel?part=1").text
    assert "look again" in client.get("/c/test").text


@pytest.mark.parametrize("amount", ["", "0", "-1", "100", "1e9", "NaN", "Infinity", "four", "1" * 500])
def test_an_amount_that_is_none_is_refused(filled, client, amount):
    assert send(client, "/c/test/approve", amount_usd=amount, seen="b" * 64).status_code == 400
    assert send(client, "/c/test/limit", amount_usd=amount, scope="total").status_code == 400
    assert filled.desk.asked == []


@pytest.mark.parametrize("what", ["pause", "resume", "stop"])
def test_a_collection_is_paused_resumed_and_stopped(filled, client, what):
    assert send(client, f"/c/test/{what}").status_code == 303
    assert filled.desk.asked == [(what, "test", "Ada")]


def test_a_limit_is_changed_and_a_wrong_one_is_told_with_the_way_to_mend_it(filled, client):
    send(client, "/c/test/limit", scope="collection:test", amount_usd="2.5")
    assert filled.desk.asked == [("limit", "collection:test", Decimal("2.5"), "Ada")]
    send(client, "/c/test/limit", scope="nonsense", amount_usd="2.5")
    page = client.get("/c/test").text
    assert "one of total, day" in page


def test_what_was_told_to_one_session_is_not_told_to_another(filled, client):
    other = filled.client(name="Grace")
    send(client, "/c/test/pause")
    assert "test: pause" not in other.get("/c/test").text
    assert "test: pause" in client.get("/c/test").text


def test_the_page_of_a_form_that_was_refused_helps_on(client):
    answer = client.post(f"/i/{LANTERN}/decide", data={"csrf": csrf_of(client), "kind": "nonsense"})
    assert answer.status_code == 400
    assert "load the page again" in answer.text.lower()
