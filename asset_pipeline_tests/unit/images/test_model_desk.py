"""The desk asks Replicate about a model before anything is paid, once a day, and remembers by what schema it chose."""

import asyncio
from datetime import timedelta

import httpx
import pytest
import respx

from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.images.model_desk import ModelDesk
from asset_pipeline.images.model_pages import read_pages
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.database import utc_now
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.providers.support import REPLICATE, replicate

NEW = "somebody/painter"
VERSION = "a" * 64


def page(*, sizes=("1024x1024", "2048x1024"), official=None, version=VERSION, **properties):
    """Return a model's page as Replicate serves it, with a choice of sizes."""
    schema = {
        "components": {
            "schemas": {
                "size": {"type": "string", "enum": list(sizes)},
                "Input": {
                    "type": "object",
                    "required": ["prompt"],
                    "properties": {
                        "prompt": {"type": "string"},
                        "size": {"allOf": [{"$ref": "#/components/schemas/size"}], "default": sizes[0]},
                        **properties,
                    },
                },
            }
        }
    }
    body = {"owner": "somebody", "name": "painter", "latest_version": {"id": version, "openapi_schema": schema}}
    return body if official is None else body | {"is_official": official}


@pytest.fixture
def database(tmp_path):
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as opened:
        yield opened


def at_desk(database, *questions, mode="live"):
    """Ask a new desk, as a new process would; return the answers and the desk."""

    async def main():
        async with replicate() as client:
            desk = ModelDesk(database, client, ModelBook(), mode=mode)
            await desk.learn([NEW])
            return [await question(desk) for question in questions], desk

    return asyncio.run(main())


def size_of(desk):
    return desk.book.choose(wanted(model=NEW, width=1500, height=750), prompt="A lantern").values["size"]


def check(**values):
    return lambda desk: desk.check(NEW, {"prompt": "A lantern"} | values)


@respx.mock
def test_a_model_that_is_not_built_in_is_asked_by_its_own_schema(database):
    respx.get(f"{REPLICATE}/models/{NEW}").respond(json=page())
    _, desk = at_desk(database)
    assert size_of(desk) == "2048x1024"


@respx.mock
def test_a_model_is_looked_up_once_a_day_over_all_processes(database):
    route = respx.get(f"{REPLICATE}/models/{NEW}").respond(json=page())
    for _ in range(3):
        at_desk(database, check())
    assert route.call_count == 1
    database.run(lambda c: c.execute("UPDATE store.model_pages SET fetched_at = $1", [utc_now() - timedelta(hours=25)]))
    at_desk(database, check())
    assert route.call_count == 2


@respx.mock
def test_inputs_go_on_being_chosen_by_the_schema_that_was_first_seen(database):
    """A model that learns a better size must not make images that were bought count as others."""
    route = respx.get(f"{REPLICATE}/models/{NEW}").respond(json=page(sizes=("1024x1024", "1820x1024")))
    at_desk(database)
    database.run(lambda c: c.execute("UPDATE store.model_pages SET fetched_at = '2026-01-01'"))
    route.respond(json=page(sizes=("1024x1024", "1820x1024", "2048x1024")))
    (answer,), desk = at_desk(database, check(size="1820x1024"))
    assert answer is None
    assert size_of(desk) == "1820x1024"


@respx.mock
def test_once_a_model_has_changed_so_that_it_refuses_its_input_nothing_is_paid_and_the_new_schema_is_taken_over(
    database,
):
    route = respx.get(f"{REPLICATE}/models/{NEW}").respond(json=page())
    at_desk(database)
    database.run(lambda c: c.execute("UPDATE store.model_pages SET fetched_at = '2026-01-01'"))
    route.respond(json=page(sizes=("1000x1000", "1500x750")))
    (answer,), desk = at_desk(database, check(size="2048x1024"))
    assert "does not take its input" in answer.reason
    assert "run again" in answer.reason
    assert answer.may_fall_back
    assert size_of(desk) == size_of(at_desk(database)[1]) == "1500x750"


@respx.mock
def test_a_model_that_does_not_exist_is_said_so(database):
    respx.get(f"{REPLICATE}/models/{NEW}").respond(404, json={"detail": "not found", "status": 404})
    (answer,), _ = at_desk(database, check())
    assert answer.reason == f"Replicate has no model {NEW}; nothing was spent"


@pytest.mark.parametrize(
    "trouble", [httpx.Response(500), httpx.ConnectError("no route"), httpx.Response(200, text="<")]
)
@respx.mock
def test_where_the_page_cannot_be_read_what_is_known_has_to_do(database, trouble, monkeypatch):
    import stamina

    respx.get(f"{REPLICATE}/models/{NEW}").mock(side_effect=[trouble] * 20)
    with stamina.set_testing(True, attempts=2):
        (answer,), desk = at_desk(database, check())
    assert answer is None
    assert not desk.book.knows(NEW)


@respx.mock
@pytest.mark.parametrize(
    ("is_official", "version", "first", "then"),
    [(None, VERSION, None, VERSION), (False, VERSION, VERSION, VERSION), (True, VERSION, None, VERSION)],
)
def test_a_model_is_called_by_its_name_unless_it_is_not_official_or_not_known_by_it(
    database, is_official, version, first, then
):
    respx.get(f"{REPLICATE}/models/{NEW}").respond(json=page(official=is_official, version=version))
    _, desk = at_desk(database, check())
    assert desk.version(NEW) == first
    assert desk.is_not_found(NEW)
    assert desk.version(NEW) == then
    assert not desk.is_not_found(NEW), "what is not found by its version either is not there"


@respx.mock
def test_a_model_without_a_version_of_its_own_is_only_known_by_its_name(database):
    respx.get(f"{REPLICATE}/models/{NEW}").respond(json=page(version="hidden"))
    _, desk = at_desk(database, check())
    assert (desk.version(NEW), desk.is_not_found(NEW)) == (None, False)


@respx.mock
def test_what_the_sandbox_says_of_a_model_is_never_taken_for_the_real_page(database):
    respx.get(f"{REPLICATE}/models/{NEW}").respond(json=page())
    at_desk(database, mode="sandbox")
    assert database.run(lambda c: read_pages(c, "live")) == {}
    assert list(database.run(lambda c: read_pages(c, "sandbox"))) == [NEW]


@respx.mock
def test_a_pinned_version_is_looked_up_as_such(database):
    pinned = f"{NEW}:{VERSION}"
    version = page()["latest_version"]
    respx.get(f"{REPLICATE}/models/{NEW}/versions/{VERSION}").respond(json=version)

    async def main():
        async with replicate() as client:
            desk = ModelDesk(database, client, ModelBook(), mode="live")
            return await desk.check(pinned, {"prompt": "A lantern", "size": "9x9"})

    assert "size" in asyncio.run(main()).reason
