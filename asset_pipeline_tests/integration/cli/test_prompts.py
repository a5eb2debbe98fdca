"""`prompts` and `plan --explain`: what a prompt was made from, and why, without a connection or a cent."""

import re
import shutil

import pytest

from asset_pipeline.prompts.bounded import NAMES
from asset_pipeline_tests.support.projects import REPOSITORY
from asset_pipeline_tests.support.specs import spec_of

SPEC = """
collection: estate
theme: {style: engraved, palette: {primary: "#4A7C74"}, mood: calm, avoid: [text]}
pages:
  - {title: Executor Hub, description: Where it starts, role: executor}
  - {title: Bank Letters, tone: living_continuity, tier: document}
"""
HUB = "estate.icons.executor-hub"


@pytest.fixture
def prompts(project):
    """Write prompt files of the project; their folder."""
    folder = project.root / "data" / "prompts"

    def write(name, text):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    write.folder = folder
    return write


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_an_explanation_opens_no_connection_and_makes_no_ledger(project, offline, options):
    project.spec(SPEC)
    ran = project.command("plan", "--explain", HUB, *options, **offline)
    assert ran.code == 0, ran.err
    assert not (project.root / "connected").exists()
    assert not project.database.exists()


def test_it_tells_value_and_reason_of_tier_and_tone_the_template_and_the_prompt(cli, project):
    project.spec(SPEC)
    told = cli("plan", "--explain", HUB, "--json").json
    assert (told["tier"]["value"], told["tone"]["value"]) == ("hub", "trusted_guide")
    assert told["tier"]["why"].startswith("the title has the word 'Hub' (built-in tiers.yaml:")
    assert told["tone"]["why"].startswith("the title has the word 'Executor' (built-in tones.yaml:")
    assert told["symbol"]["value"] == "a balance with two even pans"
    assert told["template"] == "built-in icons.md"
    assert told["prompt"] == cli("prompts", "show", HUB).out.strip()
    spec = cli("plan", "--explain", "estate.covers.bank-letters", "--json").json
    assert (spec["tier"], spec["tone"]) == (
        {"value": "document", "why": "the spec says so"},
        {"value": "living_continuity", "why": "the spec says so"},
    )


def test_it_tells_the_same_to_people(cli, project):
    project.spec(SPEC)
    told = cli("plan", "--explain", HUB).out
    for said in (
        "built-in icons.md",
        "trusted_guide",
        "the title has the word 'Executor'",
        "Recraft V3",
        "Flat icon of",
    ):
        assert said in told


def test_a_negative_prompt_is_told_where_the_model_takes_one(cli, project):
    project.spec(SPEC.replace("pages:", "types: {icons: {model: stability-ai/sdxl}}\npages:"))
    assert "negative prompt: text" in cli("plan", "--explain", HUB).out
    assert "negative prompt" not in cli("plan", "--explain", HUB.replace("icons", "covers")).out


@pytest.mark.parametrize("command", [("plan", "--explain"), ("prompts", "show")])
def test_a_key_that_no_spec_has_is_refused_with_the_nearest(cli, project, command):
    project.spec(SPEC)
    ran = cli(*command, "estate.icons.executor-hubb")
    assert ran.code == 2
    assert f"no spec wants an image 'estate.icons.executor-hubb'; did you mean '{HUB}'?" in ran.err


def test_files_are_copied_edited_compared_and_reset(cli, project, prompts):
    project.spec(SPEC)
    assert cli("prompts", "init", "icons", "tones").out.splitlines() == [
        "data/prompts/icons.md: copied",
        "data/prompts/tones.yaml: copied",
    ]
    before = cli("prompts", "show", HUB).out
    assert "is there already and stays as it is" in cli("prompts", "init").out
    prompts("icons.md", "One line about {{ image.title }}.\n")
    assert cli("prompts", "show", HUB).out == "One line about Executor Hub.\n"
    assert cli("prompts", "show", "icons").out == "One line about {{ image.title }}.\n"
    diff = cli("prompts", "diff").out
    assert "+++ data/prompts/icons.md" in diff
    assert "tones.yaml" not in diff
    reset = cli("prompts", "reset", "icons").out
    assert "icons.md: taken away; a copy is kept as data/backups/prompts/icons." in reset
    assert cli("prompts", "show", HUB).out == before
    assert "there is none of yours" in cli("prompts", "reset", "icons.md").out
    assert "says anything else" in cli("prompts", "diff").out


def test_the_list_says_what_is_whose(cli, project, prompts):
    prompts("covers.md", "A cover of {{ image.title }}.")
    prompts("icons.md", "{{ image.titel }}")
    listed = {one["name"]: one for one in cli("prompts", "list", "--json").json}
    assert (listed["covers.md"]["is_own"], listed["covers.md"]["problems"]) == (True, [])
    assert listed["icons.md"]["problems"] == [
        one for one in cli("prompts", "check").err.splitlines() if one.startswith("data/prompts/icons.md:1: ")
    ]
    assert listed["tones.yaml"]["shown"] == "built-in tones.yaml"
    assert "has problems: asset-pipeline prompts check" in cli("prompts", "list").out


def test_check_ends_with_2_and_names_all_that_is_wrong_and_with_0_where_nothing_is(cli, project, prompts):
    assert (cli("prompts", "check").code, cli("prompts", "check").out) == (0, "0 files of yours, nothing wrong\n")
    prompts("icons.md", "a\n{{ image.titel }}")
    prompts("estate/covers.md", "---\ntitel: a\n---\nb")
    prompts("tones.yaml", "default: [\n")
    ran = cli("prompts", "check")
    assert ran.code == 2
    assert [line.partition(": ")[0] for line in ran.err.splitlines()] == [
        "data/prompts/estate/covers.md:2",
        "data/prompts/icons.md:2",
        "data/prompts/tones.yaml:2",
    ]


def test_a_wrong_template_fails_its_images_alone_and_costs_nothing(house, project, prompts):
    prompts("covers.md", "{{ image.titel }}")
    house.want(spec_of(1) + "  - {type: covers, title: Anchor, size: 600x200}\n")
    results = house.make()
    last = {key: one.payload for (key, _), one in results.items()}
    assert "data/prompts/covers.md:1: there is no 'titel' here" in last["test.covers.anchor"].reason
    assert house.project.images().keys() == {"test.icons.lantern"}
    assert house.bought("replicate") == 1


def test_a_changed_template_plans_anew_exactly_the_images_it_is_for(house, cli, project, prompts):
    house.want(spec_of(2) + "  - {type: covers, title: Anchor, size: 600x200}\n")
    house.make()
    assert cli("plan", "--json").json["images"]["up_to_date"] == 3
    prompts("covers.md", "A cover of {{ image.title }}.")
    assert cli("plan", "--json").json["images"]["up_to_date"] == 2
    assert cli("plan", "--json").json["types"]["covers"]["cached"] == 0
    (prompts.folder / "covers.md").unlink()
    assert cli("plan", "--json").json["images"]["up_to_date"] == 3


GUIDE = (REPOSITORY / "docs" / "prompts.md").read_text(encoding="utf-8")


def block(language):
    """Return the first example of the guide in a language."""
    return re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)[1]


def test_the_guides_master_prompt_passes_the_check_and_renders(cli, project, prompts):
    project.spec(SPEC)
    prompts("icons.md", block("jinja"))
    assert cli("prompts", "check").code == 0
    text = cli("prompts", "show", HUB).out
    assert text.startswith("Flat icon of a balance with two even pans, two or three solid shapes")
    assert text.endswith("It feels unmistakably reliable. Colours: primary muted teal #4A7C74. Unlettered.\n")


def test_the_guides_commands_print_what_it_says(cli, project):
    shutil.copy(REPOSITORY / "data" / "specs" / "demo.yaml", project.root / "data" / "specs")
    for example in re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL):
        for command, said in re.findall(r"^\$ asset-pipeline (.+)\n((?:[^$].*\n)*)", example, re.MULTILINE):
            ran = cli(*command.split())
            assert ran.code == 0, ran.err
            printed = [line.split() for line in ran.out.splitlines()]
            assert [line for line in said.splitlines() if line.split() not in printed and line not in ("", "…")] == []


def test_the_guides_spec_is_one_and_its_table_names_every_variable(cli, project, prompts):
    project.spec("collection: a\n" + block("yaml"))
    told = cli("plan", "--explain", "a.covers.first-steps", "--json").json
    assert (told["tier"]["value"], told["tone"]["value"]) == ("hub", "peaceful_transition")
    assert set(re.findall(r"^\| `(\w+)` \| ", GUIDE, re.MULTILINE)) == set(NAMES)
    prompts("icons.md", " ".join(f"{{{{ {name} is defined }}}}" for name in NAMES))
    assert "False" not in cli("prompts", "show", "a.icons.first-steps").out
