"""The old prompt files: tones as a proposal that is valid, master prompts as notes."""

import pytest

from asset_pipeline.legacy.findings import Fate
from asset_pipeline.prompts.sources import PromptFile
from asset_pipeline.prompts.tones import TONES_FILE, read_tones
from asset_pipeline_tests.support.old_folders import found

OLD = """\
version: "4"
emotional_tones:
  warm_welcome: {name: Open Door, description: For entrances, keywords: [open, kind], intensity: 0.3, use_cases: [x]}
  salt_wind: {name: Salt Wind, keywords: [fresh], intensity: 7}
style_elements: {materials: [oak, tar], smells: [pine]}
emotional_mappings: {page_categories: {pier: salt_wind, inn: unknown}, asset_type_preferences: {icon: [objects]}}
"""


def test_tones_lists_and_categories_become_a_valid_file(old):
    old.write("emotional_config.yaml", OLD)
    reading = old.read()
    says = read_tones(PromptFile(TONES_FILE, "proposed", reading.notes[TONES_FILE], built_in=False)).says
    door, wind = says.tones["warm_welcome"], says.tones["salt_wind"]
    assert (door.title, door.keywords, door.intensity) == ("Open Door", ["open", "kind"], 0.3)
    assert (wind.scene, wind.intensity) == ("fresh", 0.8)
    assert says.styles.materials == ["oak", "tar"]
    assert says.styles.lighting
    assert [(rule.tone, rule.words) for rule in says.rules][-1] == ("salt_wind", ["pier"])


def test_every_part_of_the_old_tones_is_reported_once(old):
    old.write("emotional_config.yaml", OLD)
    reading = old.read()
    parts = [one for one in reading.findings.all if one.file == "emotional_config.yaml"]
    assert [(one.name, one.line, one.fate) for one in parts] == [
        ("warm_welcome", 3, Fate.KEPT),
        ("salt_wind", 4, Fate.KEPT),
        ("materials", 5, Fate.KEPT),
        ("smells", 5, Fate.LEFT_OUT),
        ("page_categories", 6, Fate.KEPT),
        ("asset_type_preferences", 6, Fate.LEFT_OUT),
        ("version", 1, Fate.LEFT_OUT),
    ]


def test_the_tones_that_were_in_use_count_and_earlier_ones_are_named(old):
    old.write("emotional_defaults.yaml", OLD.replace("Open Door", "Default Door"))
    old.write("backups/emotional_config_2025.yaml", OLD.replace("Open Door", "Old Door"))
    old.write("emotional_config.yaml", OLD)
    reading = old.read()
    assert "Open Door" in reading.notes[TONES_FILE]
    assert [one.detail for one in found(reading, "tones")] == ["an earlier version; emotional_config.yaml counts"] * 2


@pytest.mark.parametrize(
    "text", ["x: 1\n", "- a\n", "emotional_tones: {}\n", "emotional_tones: {'Bad Name!': {keywords: [a]}}\n", "a: 'b\n"]
)
def test_tones_that_cannot_be_converted_are_reported(old, text):
    old.write("emotional_config.yaml", text)
    reading = old.read()
    assert reading.notes == {}
    assert [one for one in reading.findings.all if one.file == "emotional_config.yaml"]


def test_master_prompts_are_notes_and_the_report_says_why(old):
    old.write("meta_prompts/master_prompt_icons.txt", "You are an expert")
    reading = old.read()
    assert reading.notes == {"meta_prompts/master_prompt_icons.txt": "You are an expert"}
    assert found(reading, "master prompt")[0].fate is Fate.KEPT


def test_a_theme_adds_moods_and_what_to_avoid_and_colours_where_there_are_none(old):
    guide = {"color_palette": {"primary": {"deep": "#102030"}}, "typography": {"font": "x"}}
    guide["visual_style"] = {"mood_keywords": ["calm"], "avoid": ["people"], "design_principles": ["balance"]}
    old.json("themes/executive/theme_config.json", {"theme": {"name": "Exec"}, "style_guide": guide})
    reading = old.read()
    assert reading.config.spec["theme"] == {
        "mood": ["calm"],
        "avoid": ["people"],
        "palette": {"primary deep": "#102030"},
    }
    assert len(found(reading, "setting")) == 6
