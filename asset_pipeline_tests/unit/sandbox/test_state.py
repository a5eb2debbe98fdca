"""The sandbox's memory: it survives its process, is shared by several, and bills what succeeded and nothing else."""

import sqlite3
import subprocess
import sys
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.sandbox.app import make_invoice
from asset_pipeline.sandbox.metering import billed_usd
from asset_pipeline.sandbox.prediction import StoredPrediction
from asset_pipeline.sandbox.state import SandboxState, new_id
from asset_pipeline_tests.support.projects import REPOSITORY
from asset_pipeline_tests.unit.sandbox.support import in_process

DEAR = "black-forest-labs/flux-1.1-pro"
BUYER = """
import sys
import time
from decimal import Decimal
from pathlib import Path
from asset_pipeline.sandbox.faults import next_fault
from asset_pipeline.sandbox.prediction import StoredPrediction
from asset_pipeline.sandbox.state import SandboxState, new_id

state = SandboxState(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(50):
    state.add_prediction(StoredPrediction(new_id(), "black-forest-labs/flux-schnell", "hidden", {"prompt": sys.argv[2]},
                                          "succeeded", "succeeded", time.time(), 0))
    state.add_generation(model="c/d", cost=Decimal("0.0000125"), prompt_tokens=1, completion_tokens=1)
    print(next_fault(state, "predictions", "x"))
state.close()
"""


@pytest.fixture
def state(tmp_path):
    """A memory of its own."""
    one = SandboxState(tmp_path)
    yield one
    one.close()


def stored(ending="succeeded", *, duration_s=100.0, canceled_at=None):
    """Return a prediction that was created at time 1000."""
    return StoredPrediction("p1", DEAR, "hidden", {"prompt": "x"}, ending, ending, 1000.0, duration_s, canceled_at)


@pytest.mark.parametrize(
    ("after_s", "status"),
    [
        (0, "starting"),
        (24.9, "starting"),
        (25, "processing"),
        (99.9, "processing"),
        (100, "succeeded"),
        (1e6, "succeeded"),
    ],
)
def test_a_prediction_goes_from_state_to_state_by_the_clock(after_s, status):
    assert stored().status(1000 + after_s) == status


@given(
    ending=st.sampled_from(["succeeded", "failed", "aborted"]),
    duration_s=st.floats(1, 1e6),
    after_s=st.floats(0, 1e7),
    canceled=st.booleans(),
)
def test_what_has_not_begun_or_has_failed_is_never_billed(ending, duration_s, after_s, canceled):
    one = stored(ending, duration_s=duration_s, canceled_at=1000.0 if canceled else None)
    now = 1000 + after_s
    assert billed_usd(one, now) == (Decimal("0.04") if one.status(now) == "succeeded" else 0)
    assert (one.status(now) == "canceled") == canceled


def test_ids_look_like_the_providers_and_differ():
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(one) == 26 and one.isalnum() and one == one.lower() for one in ids)


def test_a_new_sandbox_on_the_same_folder_knows_predictions_bills_and_faults(tmp_path):
    with in_process(tmp_path) as before:
        before.script({"fault": "server_error", "nth": 3, "on": "predictions"})
        created = before.create(seed=7).json()
        before.say()
        bill = before.invoice()
    with in_process(tmp_path) as after:
        assert after.get(f"/v1/predictions/{created['id']}").json() == created
        assert after.get(created["output"][0]).status_code == 200
        assert after.invoice() == bill
        assert [after.create().status_code, after.create().status_code] == [201, 500]


def test_two_processes_share_predictions_bills_and_the_turn_of_faults(tmp_path):
    with in_process(tmp_path) as sandbox:
        sandbox.script({"fault": "throttled", "nth": 10}, {"fault": "server_error", "nth": 80})
        buyers = [
            subprocess.Popen(
                [sys.executable, "-c", BUYER, str(tmp_path), name],
                cwd=REPOSITORY,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for name in ("one", "two")
        ]
        assert [buyer.stdout.readline() for buyer in buyers] == ["ready\n"] * 2
        for buyer in buyers:
            buyer.stdin.write("go\n")
            buyer.stdin.flush()
        said = [line for buyer in buyers for line in buyer.communicate(timeout=120)[0].splitlines() if line]
        assert [buyer.returncode for buyer in buyers] == [0, 0]
        assert sorted(said) == ["server_error", "throttled"]
        invoice = sandbox.invoice()
        assert Decimal(invoice["total_usd"]) == 100 * (Decimal("0.003") + Decimal("0.0000125"))
        assert len({call["id"] for call in invoice["calls"]}) == 200
        assert (
            sorted(one.input["prompt"] for one in sandbox.app.state.sandbox.predictions())
            == ["one"] * 50 + ["two"] * 50
        )


def add(state, ending="succeeded", **changes):
    """Add a prediction that is done at once."""
    values = {"model": DEAR, "version": "hidden", "input": {"prompt": "x"}, "fate": ending, "ending": ending}
    return state.add_prediction(
        StoredPrediction(id=new_id(), created_at=time.time(), duration_s=0, **(values | changes))
    )


def test_what_was_given_comes_back_as_it_was(state):
    given = {"prompt": "ü ✓", "seed": 7, "nested": {"a": [1, None, 2.5]}}
    one = add(state, input=given, webhook="http://127.0.0.1/x", events=("start", "completed"), deadline_s=90.0)
    assert state.prediction(one.id) == one
    assert (one.input, one.number) == (given, 1)
    assert state.prediction("nobody") is None
    assert state.generation("nobody") is None


def test_a_file_of_an_earlier_version_is_read_and_billed(tmp_path):
    with sqlite3.connect(tmp_path / "sandbox.sqlite") as old:
        old.execute(
            "CREATE TABLE predictions (id TEXT PRIMARY KEY, number INTEGER, model TEXT, version TEXT, input TEXT,"
            " fate TEXT, ending TEXT, price TEXT, created_at REAL, duration_s REAL, canceled_at REAL)"
        )
        values = ("p1", 1, DEAR, "hidden", '{"prompt": "x"}', "succeeded", "succeeded", "0.04", 1000.0, 1.0, None)
        old.execute("INSERT INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    old.close()
    with in_process(tmp_path) as sandbox:
        assert sandbox.get("/v1/predictions/p1").json()["status"] == "succeeded"
        sandbox.create()
        assert [call["usd"] for call in sandbox.invoice()["calls"]] == ["0.04", "0.025"]


def test_the_invoice_lists_each_call_oldest_first_and_adds_up_to_the_last_digit(state):
    costs = [Decimal("0.1"), Decimal("0.000000125"), Decimal("0.00002415")]
    first, second = add(state), add(state, "failed")
    ids = [state.add_generation(model="c/d", cost=one, prompt_tokens=1, completion_tokens=2) for one in costs]
    invoice = make_invoice(state)
    calls = [(call["provider"], call["id"], call["status"], Decimal(call["usd"])) for call in invoice["calls"]]
    assert calls == [
        ("replicate", first.id, "succeeded", Decimal("0.04")),
        ("replicate", second.id, "failed", 0),
        *(("openrouter", one, "succeeded", cost) for one, cost in zip(ids, costs, strict=True)),
    ]
    assert Decimal(invoice["total_usd"]) == Decimal("0.04") + sum(costs)


def test_a_call_that_fails_in_between_leaves_no_half_of_it(state):
    state.add_fault({"fault": "flagged"})

    def play():
        with state.faults() as faults:
            faults[0] = (*faults[0][:2], 5, 5)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        play()
    with state.faults() as faults:
        assert faults[0][1:] == ({"fault": "flagged"}, 0, 0)


def test_a_reset_forgets_everything(quick):
    quick.script({"fault": "server_error", "nth": 5, "times": 0})
    known = quick.create().json()["id"]
    quick.say()
    assert quick.ask("POST", "/_sandbox/reset").json() == {"reset": True}
    assert quick.invoice() == {"total_usd": "0", "calls": []}
    assert quick.get(f"/v1/predictions/{known}").status_code == 404
    assert [quick.create().status_code for _ in range(6)] == [201] * 6
