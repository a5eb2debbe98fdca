"""`dagster asset …` finds the project's definitions by itself; no other command is told anything."""

import pytest

from asset_pipeline.dagster_defaults import MODULE, set_default

NAMED = {"DAGSTER_MODULE_NAME": MODULE}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["/venv/bin/dagster", "asset", "materialize", "--select", "*"], NAMED),
        (["dagster", "asset", "list"], NAMED),
        (["dagster", "dev"], {}),
        (["dagster"], {}),
        (["dg", "asset"], {}),
        (["dagster", "asset", "list", "-m", "other"], {}),
        (["dagster", "asset", "list", "--python-file=other.py"], {}),
    ],
)
def test_only_asset_commands_that_name_no_definitions_get_ours(project, arguments, expected):
    environ: dict[str, str] = {}
    set_default(arguments, environ, project.root)
    assert environ == expected


def test_a_folder_that_is_no_project_and_a_module_that_is_set_are_left_alone(project, tmp_path):
    environ: dict[str, str] = {}
    set_default(["dagster", "asset"], environ, tmp_path)
    assert environ == {}
    environ = {"DAGSTER_MODULE_NAME": "other"}
    set_default(["dagster", "asset"], environ, project.root)
    assert environ == {"DAGSTER_MODULE_NAME": "other"}
