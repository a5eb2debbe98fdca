"""The nightly job: a backup of the ledger, and as many of them as the setting says."""

from asset_pipeline.defs.jobs import backup_job
from asset_pipeline_tests.support.filled import VERSIONS, make_old


def test_the_job_backs_up_the_ledger_and_keeps_as_many_backups_as_the_setting_says(home, instance, monkeypatch):
    monkeypatch.setenv("ASSET_PIPELINE__AUTOMATION__KEEP_BACKUPS", "1")
    folder = home.root / "data" / "backups" / "database"
    assert backup_job.execute_in_process(instance=instance).success
    assert not folder.exists()  # there is no ledger yet
    make_old(home.database, VERSIONS)
    made = set()
    for _ in range(2):
        assert backup_job.execute_in_process(instance=instance).success
        (newest,) = folder.glob("nightly-*.duckdb")
        made.add(newest.name)
    assert len(made) == 2
