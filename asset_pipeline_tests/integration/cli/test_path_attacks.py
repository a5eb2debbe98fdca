"""Paths that want to lead out where a command, the façade or Dagster takes a key or a name: none leads anywhere."""

import pytest

from asset_pipeline.errors import PathError
from asset_pipeline_tests.support.attacks import ATTACKS, CANARY, SAYABLE, SECRET
from asset_pipeline_tests.support.specs import spec_of

KEYS = [attack for attack in SAYABLE.values() if "." in attack]
SOME = list(SAYABLE.values())[::64]


@pytest.fixture
def canaries(project, outside):
    """Canaries wherever a path that leads up from a folder of the project would come."""
    for folder in (project.root.parent, project.root, project.root / "data"):
        (folder / CANARY).write_bytes(SECRET)


def is_text(attack):
    """Say whether a ledger, an address or a partition can hold it at all."""
    return attack == attack.encode(errors="replace").decode()


def tree(root):
    """Return what lies in a project, but for what the ledger and Dagster write."""
    made = (root / "data" / "dagster", root / "data" / "pipeline.duckdb")
    return {path for path in root.rglob("*") if not str(path).startswith(tuple(map(str, made)))}


def test_no_key_or_name_on_the_command_line_leads_out(cli, project, canaries):
    project.spec(spec_of(1))
    assert cli("plan").code == 0
    assert cli("status").code == 0
    before = tree(project.root)
    only = [part for key in KEYS for part in ("--only", key)]
    commands = [
        *(("approve", *KEYS), ("reject", *KEYS), ("regenerate", *KEYS), ("run", *only)),
        *(("approve", attack, "--amount", "1") for attack in SOME if "." not in attack),
        *((command, attack) for command in ("status", "pause", "stop") for attack in SOME),
        *(("prompts", command, attack) for command in ("show", "init", "reset") for attack in SOME),
        *(("plan", "--explain", attack) for attack in SOME[:2]),
        ("status", "a\udcffb"),
    ]
    for command in commands:
        ran = cli(*command)
        assert ran.code == 2, command[:3]
        assert "Traceback" not in ran.err
        assert SECRET.decode() not in ran.out + ran.err
    assert tree(project.root) == before


def test_no_key_that_the_facade_is_given_leads_out(house, canaries):
    house.want(spec_of(1))
    before = tree(house.project.root)
    assert house.make(keys=[attack for attack in ATTACKS.values() if is_text(attack)]) == {}
    assert house.sandbox.invoice() == []
    new = {path.relative_to(house.project.root).as_posix() for path in tree(house.project.root) - before}
    assert not {path for path in new if not path.startswith("data/")}
    assert not any(CANARY in path for path in new)


@pytest.mark.parametrize("place", ["images", "originals"])
def test_a_disk_that_is_not_there_is_named_before_anything_is_paid_for(house, place):
    house.want(spec_of(1))
    folder = house.project.root / "data" / place
    folder.symlink_to(house.project.root / "mnt")
    with pytest.raises(PathError, match="mnt, which is not there"):
        house.make()
    assert house.sandbox.invoice() == []
    (house.project.root / "mnt").mkdir()
    assert len(house.make_all()) == 1
    assert any(path.is_file() for path in (house.project.root / "mnt").rglob("*"))
