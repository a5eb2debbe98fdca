"""The sandbox's model pages: the recorded keys and nesting, and the schema that inputs are checked by."""

import pytest

from asset_pipeline.images.models import built_in_schema
from asset_pipeline.sandbox.catalog import COMMUNITY, sandbox_models
from asset_pipeline_tests.unit.sandbox.support import FLUX

SDXL = "stability-ai/sdxl"
PAGE = {
    "url",
    "owner",
    "name",
    "description",
    "visibility",
    "github_url",
    "paper_url",
    "license_url",
    "run_count",
    "cover_image_url",
    "default_example",
    "latest_version",
}


def resolved(schemas, rule):
    """Return a property with what it refers to in its place, and without what pages add to it."""
    found = {key: value for key, value in rule.items() if key not in ("allOf", "title", "x-order")}
    for one in rule.get("allOf", []):
        name = one["$ref"].removeprefix("#/components/schemas/")
        found |= {key: schemas[name][key] for key in ("type", "enum")}
    return found


@pytest.mark.parametrize("model", sorted(sandbox_models()))
def test_a_page_has_the_recorded_keys_and_its_enumerations_beside_the_input(quick, model):
    page = quick.get(f"/v1/models/{model}").json()
    version = page["latest_version"]
    schemas = version["openapi_schema"]["components"]["schemas"]
    properties = schemas["Input"]["properties"]
    assert set(page) == PAGE
    assert f"{page['owner']}/{page['name']}" == model
    assert set(version) == {"id", "created_at", "cog_version", "openapi_schema"}
    assert all("enum" not in rule for rule in properties.values())
    assert [rule["x-order"] for rule in properties.values()] == list(range(len(properties)))
    known = built_in_schema(model)
    assert {key: resolved(schemas, rule) for key, rule in properties.items()} == known["properties"]
    assert schemas["Input"].get("required") == known.get("required")


def test_an_output_is_a_list_or_one_address_as_it_comes(quick):
    def output(model):
        page = quick.get(f"/v1/models/{model}").json()
        return page["latest_version"]["openapi_schema"]["components"]["schemas"]["Output"]["type"]

    assert (output(FLUX), output("google/imagen-4")) == ("array", "string")


def test_each_version_has_a_page_of_its_own(quick):
    listed = quick.get(f"/v1/models/{SDXL}/versions").json()
    assert (listed["next"], listed["previous"]) == (None, None)
    assert [one["id"] for one in listed["results"]] == list(COMMUNITY[SDXL])
    for one in listed["results"]:
        assert quick.get(f"/v1/models/{SDXL}/versions/{one['id']}").json() == one
    assert quick.get(f"/v1/models/{SDXL}").json()["latest_version"] == listed["results"][0]


def test_examples_and_documentation_are_there(quick):
    assert quick.get(f"/v1/models/{FLUX}/examples").json() == {"previous": None, "next": None, "results": []}
    readme = quick.get(f"/v1/models/{FLUX}/readme")
    assert readme.text.startswith(f"# {FLUX}\n")
    assert readme.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["", "/versions", f"/versions/{'f' * 64}", "/examples", "/readme"])
def test_what_is_not_there_is_not_found(quick, path):
    assert quick.get(f"/v1/models/nobody/nothing{path}").status_code == 404
    assert quick.get(f"/v1/models/{FLUX}/versions/{COMMUNITY[SDXL][0]}").status_code == 404


def test_we_are_a_user(quick):
    account = quick.get("/v1/account").json()
    assert set(account) == {"type", "username", "name", "github_url", "avatar_url"}
    assert account["type"] == "user"
