"""`sync`: takes specs in, gives images their partitions, retires what is gone, and says what changed and what not."""

from asset_pipeline_tests.support.specs import spec_of

WRONG = "collection: bad\nimages:\n  - {type: icons}\n"


def test_it_says_what_is_new_changed_and_retired(cli, project):
    project.spec(spec_of(3))
    out = cli("sync").out
    assert "test: 3 added (icons.lantern, icons.compass, icons.anchor), 0 unchanged" in out
    assert "3 partitions added, 0 retired" in out
    project.spec(spec_of(2).replace("title: Lantern", "title: Lantern, description: lit"))
    out = cli("sync").out
    assert "test: 1 changed (icons.lantern), 1 retired (icons.anchor), 1 unchanged" in out
    assert "0 partitions added, 1 retired" in out


def test_a_second_sync_changes_nothing(cli, project):
    project.spec(spec_of(3))
    cli("sync")
    assert cli("sync").out == "test: 3 unchanged\n0 partitions added, 0 retired\n"


def test_its_json_names_keys_and_partitions(cli, project):
    project.spec(spec_of(2))
    cli("sync")
    project.spec(spec_of(1))
    ran = cli("sync", "--json")
    assert ran.code == 0
    [change] = ran.json["collections"]
    assert (change["added"], change["retired"], change["unchanged"]) == ([], ["test.icons.compass"], 1)
    assert ran.json["partitions"] == {"add": [], "delete": ["test.icons.compass"]}
    assert (ran.json["skipped"], ran.json["problems"]) == ([], [])


def test_a_spec_that_is_gone_retires_its_images(cli, project):
    path = project.spec(spec_of(2, collection="old"), "old.yaml")
    project.spec(spec_of(1))
    cli("sync")
    path.unlink()
    assert "old: 2 retired" in cli("sync").out
    assert cli("status", "--json").json["images"]["by_state"]["retired"] == 2


def test_a_bad_spec_is_named_and_skipped_and_does_not_hide_the_good_one(cli, project):
    project.spec(WRONG, "bad.yaml")
    project.spec(spec_of(2), "good.yaml")
    ran = cli("sync")
    assert ran.code == 2
    assert "test: 2 added" in ran.out
    assert "skipped data/specs/bad.yaml" in ran.err
    assert "data/specs/bad.yaml:3: images[0].title: is missing" in ran.err
    assert cli("status", "--json").json["images"]["total"] == 2


def test_a_spec_that_has_become_bad_retires_nothing(cli, project):
    project.spec(spec_of(2))
    cli("sync")
    project.spec(spec_of(2) + "nonsense: 1\n")
    ran = cli("sync", "--json")
    assert ran.code == 2
    assert ran.json["skipped"] == ["data/specs/spec.yaml"]
    assert ran.json["problems"][0]["line"] == 6
    assert cli("status", "--json").json["images"]["by_state"]["retired"] == 0


def test_it_spends_nothing(cli, project):
    project.spec(spec_of(2))
    cli("sync")
    assert project.rows("SELECT count(*) FROM calls") == [(0,)]
    assert not (project.root / "data" / "sandbox").exists()
