"""Two processes that decide about the same images at the same time."""

import json
import threading
from dataclasses import replace

from asset_pipeline.decisions import Decision, DecisionDesk, Kind
from asset_pipeline.decisions.taking import new_decision_id
from asset_pipeline.ledger import Database
from asset_pipeline_tests.unit.decisions.conftest import COMPASS, LANTERN, SECOND, THIRD


def test_two_processes_that_decide_at_once_take_each_image_once(office):
    seen = {key: office.sha(key) for key in (LANTERN, SECOND, THIRD, COMPASS)}
    batch = [Decision(new_decision_id(), key, Kind.APPROVE, seen_sha256=sha) for key, sha in seen.items()]
    other = [replace(one, decision_id=new_decision_id(), kind=Kind.REJECT) for one in batch]
    with Database(office.database.path) as elsewhere:
        results = {}

        def decide(name, desk, decisions):
            results[name] = desk.decide(decisions, reviewer=name)

        threads = [
            threading.Thread(target=decide, args=("ada", office.desk, batch)),
            threading.Thread(target=decide, args=("ben", DecisionDesk(office.opened, elsewhere), other)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for one, two in zip(results["ada"], results["ben"], strict=True):
        assert one.is_taken != two.is_taken
        assert "in the meantime" in (one if not one.is_taken else two).message
    assert office.rows("SELECT count(*) FROM reviews") == [(4,)]
    details = [json.loads(text) for (text,) in office.rows("SELECT details FROM reviews")]
    assert {one["before"]["state"] for one in details} == {"done"}
