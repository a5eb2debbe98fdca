"""A ledger whose migration was killed at any moment is an old one or a newer one, and holds all that it held."""

import subprocess
import sys

from asset_pipeline.ledger import migrations
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.opening import connect
from asset_pipeline.ledger.upgrade import upgrade
from asset_pipeline_tests.integration.ledger import interrupted
from asset_pipeline_tests.support.filled import VERSIONS, columns_of, kept, make_old
from asset_pipeline_tests.support.projects import REPOSITORY


def read(path, columns=None):
    with connect(path, read_only=True) as connection:
        return kept(connection, columns or columns_of(connection)), list(migrations.recorded(connection))


def test_a_migration_that_is_killed_at_any_moment_leaves_each_step_done_or_not_begun(tmp_path, record_property):
    old = tmp_path / "old.duckdb"
    make_old(old, VERSIONS[:4])
    with connect(old, read_only=True) as connection:
        columns = columns_of(connection)
    before, _ = read(old)
    command = [sys.executable, "-m", interrupted.__name__, str(old), str(tmp_path / "killed")]
    subprocess.run(command, cwd=REPOSITORY, check=True, timeout=120)
    reached = set()
    killed = sorted((tmp_path / "killed").iterdir())
    for folder in killed:
        path = folder / "pipeline.duckdb"
        rows, recorded = read(path, columns)
        assert rows == before
        assert recorded == VERSIONS[: len(recorded)]
        reached.add(len(recorded))
        for copy in (folder / "backups" / "database").glob("*.duckdb"):
            assert read(copy) == (before, VERSIONS[:4])
    for folder in killed[:: len(killed) // 6]:
        path = folder / "pipeline.duckdb"
        upgrade(path, now=utc_now())
        assert read(path, columns) == (before, VERSIONS)
    assert reached >= {4, len(VERSIONS)}
    assert len(reached) > 4  # it was killed between steps, too
    record_property("kills", len(killed))
