"""Partitions whose keys want to lead out: a run over them buys nothing and writes nothing but its own events."""

import contextlib

from dagster import DagsterInvalidDefinitionError

from asset_pipeline.defs.partitions import NAME
from asset_pipeline_tests.support.attacks import ATTACKS, CANARY, SECRET
from asset_pipeline_tests.support.dagster_home import make
from asset_pipeline_tests.support.specs import spec_of


def test_no_partition_leads_out(project, instance, synced, outside):
    synced(spec_of(1))
    for folder in (project.root.parent, project.root, project.root / "data"):
        (folder / CANARY).write_bytes(SECRET)
    added = []
    for attack in list(ATTACKS.values())[::6]:
        with contextlib.suppress(DagsterInvalidDefinitionError, UnicodeEncodeError):  # Dagster has its own rules, too
            instance.add_dynamic_partitions(NAME, [attack])
            added.append(attack)
    before = {path for path in project.root.rglob("*") if "dagster" not in path.parts}
    make(instance, added[0], added[-1])
    new = {path for path in project.root.rglob("*") if "dagster" not in path.parts} - before
    assert project.rows("SELECT count(*) FROM calls") == [(0,)]
    assert len(added) > 20
    assert not {path for path in new if "data" not in path.relative_to(project.root).parts[:1]}
    assert not any(path.name == CANARY for path in new)
    assert not any(SECRET in path.read_bytes() for path in new if path.is_file())
