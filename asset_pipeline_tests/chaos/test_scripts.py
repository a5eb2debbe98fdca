"""Runs under random scripts of all faults there are, until nothing more can be done: nothing twice, nothing lost."""

import os

import pytest

from asset_pipeline_tests.chaos.arena import open_arena
from asset_pipeline_tests.chaos.scripts import script_of

IN_TEST, IN_SOAK = 10, 200
FIRST_SEED = int(os.environ.get("SOAK_SEED", "1000"))
# Everything that is waited for is waited for shortly; nothing else is different from a run as a person starts it.
IMPATIENT = {
    "REPLICATE__REQUEST_TIMEOUT_S": "1",
    "REPLICATE__PREDICTION_TIMEOUT_S": "2",
    "REPLICATE__CANCEL_AFTER_S": "5",
    "REPLICATE__MAX_DOWNLOAD_MB": "2",
    "OPENROUTER__REQUEST_TIMEOUT_S": "1",
    "FLOW__BREAKER_PAUSE_S": "0.2",
    "FLOW__GIVE_UP_S": "5",
    "BUDGET__TOTAL_USD": "1.00",
}


def run_script(tmp_path, seed):
    """Play one script, and return what is not as promised."""
    with open_arena(tmp_path, **IMPATIENT) as arena:
        arena.reset()
        arena.sandbox.script(*script_of(seed))
        arena.run_until_settled()
        return arena.differences_with_losses()


@pytest.mark.parametrize("seed", range(IN_TEST))
def test_whatever_goes_wrong_nothing_is_bought_twice_and_nothing_paid_is_lost(tmp_path, record_property, seed):
    assert run_script(tmp_path, seed) == []
    record_property("scripts of faults", 1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + IN_SOAK))
def test_soak(tmp_path, record_property, seed):
    assert run_script(tmp_path, seed) == []
    record_property("scripts of faults", 1)
