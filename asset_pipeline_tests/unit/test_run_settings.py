"""Changed limits are in the ledger before anybody goes on to a hold, and are not forgotten where it is busy."""

import asyncio
import threading

import pytest

from asset_pipeline.errors import LedgerBusyError
from asset_pipeline.ledger import Tally
from asset_pipeline.run_settings import RunSettings, flows_of


class SlowLedger:
    """Takes limits over when it is let, and may be busy at first."""

    def __init__(self, *, busy=0):
        self.busy, self.adopted, self.may_go_on = busy, [], threading.Event()

    def adopt_settings(self, budget):
        """Take limits over."""
        if self.busy:
            self.busy -= 1
            raise LedgerBusyError("locked")
        self.may_go_on.wait(10)
        self.adopted.append(budget.total_usd)


@pytest.fixture
def changed(project):
    """Settings of a run whose total limit has just been changed to 3."""
    project.env.clear()
    opened = project.open()
    (project.root / "pipeline.yaml").write_text(
        "budget: {total_usd: 3}\nimages: {in_flight: 7}\nflow: {give_up_s: 5}\n"
    )

    def make(ledger):
        flows = flows_of(opened.settings)
        return RunSettings(opened, ledger, flows=flows, tally=Tally(0.5, 10)), flows

    return make


def test_nobody_passes_while_a_changed_limit_is_being_taken_over(changed):
    ledger = SlowLedger()
    settings, flows = changed(ledger)
    passed = []

    async def pass_by(number):
        await settings.obey()
        passed.append((number, list(ledger.adopted)))

    async def main():
        tasks = [asyncio.create_task(pass_by(number)) for number in range(3)]
        await asyncio.sleep(0.2)
        late = asyncio.create_task(pass_by(3))
        await asyncio.sleep(0.05)
        assert passed == []
        ledger.may_go_on.set()
        await asyncio.gather(*tasks, late)

    asyncio.run(main())
    assert sorted(passed) == [(number, [3]) for number in range(4)]
    assert settings.in_flight == 7
    assert flows["replicate"].give_up_s == 5
    assert flows["openrouter"].window.size == 14


def test_a_limit_that_a_busy_ledger_did_not_take_is_handed_to_it_again(changed):
    ledger = SlowLedger(busy=1)
    ledger.may_go_on.set()
    settings, _ = changed(ledger)

    async def main():
        with pytest.raises(LedgerBusyError):
            await settings.obey()
        await settings.obey()
        await settings.obey()

    asyncio.run(main())
    assert ledger.adopted == [3]
