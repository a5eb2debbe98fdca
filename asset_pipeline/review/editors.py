"""The pages on which a person edits prompt files: a list, an editor with a preview on real images, save and reset."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from asset_pipeline.errors import SetupError
from asset_pipeline.ledger import Database
from asset_pipeline.paths import Paths
from asset_pipeline.prompts.pages import SUFFIX
from asset_pipeline.prompts.sources import NAME
from asset_pipeline.results import Failed
from asset_pipeline.review.editing import Opened, Preview, PromptDesk, Saved, Stale, sha256_of
from asset_pipeline.review.prompt_images import Concerned, read_concerned
from asset_pipeline.review.rendering import Render
from asset_pipeline.review.text_diff import diff_lines
from asset_pipeline.specs import ImageType

PATH, PREVIEW_PATH = "/prompts", "/api/prompts/preview"
MOST_FIELDS = 20
# Rendering is work for a processor, and whoever types asks for it again and again.
PREVIEWS_AT_ONCE = 2


class PromptEditors:
    """Serves the pages.

    Args:
        database: Where the catalog is.
        paths: Where prompt files are.
        mode: Whose approvals end: `sandbox` or `live`.
        render: Answers with a template.
    """

    def __init__(self, database: Database, paths: Paths, *, mode: str, render: Render) -> None:
        self._database = database
        self._paths = paths
        self._desk = PromptDesk(paths)
        self._mode = mode
        self._render = render
        self._previews = asyncio.Semaphore(PREVIEWS_AT_ONCE)

    def routes(self) -> list[Route]:
        """Return the routes, relative to the server's root."""
        return [
            Route(PREVIEW_PATH, self.preview, methods=["POST"]),
            Route(PATH, self.show_list, methods=["GET"]),
            Route(f"{PATH}/{{name:path}}", self.edit, methods=["GET"]),
            Route(f"{PATH}/{{name:path}}", self.change, methods=["POST"]),
        ]

    async def show_list(self, request: Request) -> Response:
        """List the files; with `?collection=&type=`, go on to the editor of that collection's own file."""
        asked = request.query_params
        if asked.get("collection") and asked.get("type"):
            return RedirectResponse(_address(f"{asked['collection']}/{asked['type']}{SUFFIX}"), status_code=303)
        listed = await run_in_threadpool(self._desk.list)
        concerned = await self._concerned("tones.yaml", None)
        values = {
            "files": listed,
            "can_edit": {one.name: NAME.fullmatch(one.name) is not None for one in listed},
            "collections": concerned.collections,
            "types": [str(kind) for kind in ImageType],
            "folder": self._paths.shown(self._paths.prompts),
            "address": _address,
        }
        return self._render(request, "prompts.html", values)

    async def edit(self, request: Request) -> Response:
        """Show the editor of a file, with what it makes of the image in `?image=`."""
        name = _name_of(request)
        opened = await self._open(name)
        asked = request.query_params
        done, kept = asked.get("done"), self._desk.is_kept(name, asked.get("kept", ""))
        notice = {"saved": "Saved.", "reset": "Taken away; what counts without it counts again."}.get(done or "")
        if notice and kept:
            notice = f"{notice} The text before is kept as {self._paths.shown(kept)}."
        return await self._page(request, opened, opened.text, image=asked.get("image"), notice=notice)

    async def change(self, request: Request) -> Response:
        """Preview, save or reset a file, as the form's button says."""
        name, form = _name_of(request), await _form_of(request)
        action, image = form.get("action", ""), form.get("image")
        text = _clean(form.get("text", ""))
        opened = await self._open(name)
        if action == "reset":
            return await self._reset(request, opened, is_confirmed="confirm" in form)
        if action == "preview":
            base = form.get("sha256", "")
            return await self._page(request, opened, text, image=image, sha256=base)
        if action == "save":
            return await self._save(request, name, text, opened_sha256=form.get("sha256", ""), image=image)
        raise HTTPException(400)

    async def preview(self, request: Request) -> Response:
        """Say what a text that is not saved makes of an image, as JSON with the same as HTML."""
        said = _json_of(await request.body())
        name, text = str(said.get("name", "")), _clean(str(said.get("text", "")))
        if not NAME.fullmatch(name):
            raise HTTPException(404)
        opened = await self._open(name)
        concerned = await self._concerned(name, str(said.get("image") or ""))
        shown = await self._preview(name, text, concerned)
        values = {"preview": shown, "diff": opened.diff(text), "opened": opened, "failed": _failed}
        draft = shown.explained.draft
        return JSONResponse(
            {
                "image": shown.image.key,
                "prompt": None if isinstance(draft, Failed) else draft.text,
                "problems": [vars(problem) | {"text": str(problem)} for problem in shown.problems],
                "html": bytes(self._render(request, "_prompt_preview.html", values).body).decode(),
            }
        )

    async def _save(self, request: Request, name: str, text: str, *, opened_sha256: str, image: str | None) -> Response:
        answer = await run_in_threadpool(partial(self._desk.save, name, text, opened_sha256=opened_sha256))
        if isinstance(answer, Saved):
            done = {"done": "saved", "kept": answer.kept.name if answer.kept else "", "image": image or ""}
            return RedirectResponse(_address(name, **done), status_code=303)
        if isinstance(answer, Stale):
            return await self._page(request, answer.now, text, image=image, is_stale=True, status=409)
        opened = await self._open(name)
        notice = "Not saved: something is wrong with the text."
        return await self._page(request, opened, text, image=image, notice=notice, sha256=opened_sha256, status=422)

    async def _reset(self, request: Request, opened: Opened, *, is_confirmed: bool) -> Response:
        if not is_confirmed:
            notice = "Not taken away: tick that you mean it."
            return await self._page(request, opened, opened.text, image=None, notice=notice, status=422)
        kept = await run_in_threadpool(self._desk.reset, opened.name)
        if opened.below is None:
            return RedirectResponse(PATH, status_code=303)
        return RedirectResponse(_address(opened.name, done="reset", kept=kept.name if kept else ""), status_code=303)

    async def _page(
        self,
        request: Request,
        opened: Opened,
        text: str,
        *,
        image: str | None,
        notice: str | None = None,
        sha256: str | None = None,
        is_stale: bool = False,
        status: int = 200,
    ) -> Response:
        concerned = await self._concerned(opened.name, image)
        preview = await self._preview(opened.name, text, concerned)
        values: dict[str, Any] = {
            "opened": opened,
            "text": text,
            "sha256": sha256 or opened.sha256,
            "is_changed": sha256_of(text) != opened.sha256,
            "notice": notice,
            "stale": diff_lines(opened.text, text, names=("the file as it is now", "yours")) if is_stale else (),
            "is_stale": is_stale,
            "concerned": concerned,
            "preview": preview,
            "diff": opened.diff(text),
            "failed": _failed,
            "action": _address(opened.name),
        }
        return self._render(request, "prompt_editor.html", values, status=status)

    async def _open(self, name: str) -> Opened:
        opened = await run_in_threadpool(self._desk.open, name)
        collection, _, _ = name.rpartition("/")
        if collection and not opened.is_own and collection not in (await self._concerned(name, None)).collections:
            raise SetupError(f"there is no collection {collection!r}", fix="asset-pipeline status lists them")
        return opened

    async def _preview(self, name: str, text: str, concerned: Concerned) -> Preview:
        async with self._previews:
            return await run_in_threadpool(self._desk.preview, name, text, concerned.image)

    async def _concerned(self, name: str, key: str | None) -> Concerned:
        if not self._database.exists:
            return Concerned((), None, (), ())
        return await self._database.arun(partial(read_concerned, mode=self._mode, name=name, key=key))


def _name_of(request: Request) -> str:
    name = str(request.path_params["name"])
    if not NAME.fullmatch(name):
        raise HTTPException(404)
    return name


def _address(name: str, **query: str) -> str:
    said = urlencode({key: value for key, value in query.items() if value})
    return f"{PATH}/{quote(name)}" + (f"?{said}" if said else "")


def _failed(value: object) -> str | None:
    """Return why there is nothing, where there is nothing."""
    return value.reason if isinstance(value, Failed) else None


def _clean(text: str) -> str:
    """Return a text as it is kept: with our line ends, and without halves of characters, which JSON can have."""
    return text.replace("\r\n", "\n").encode(errors="replace").decode()


async def _form_of(request: Request) -> dict[str, str]:
    body = await request.body()
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"))
    except ValueError as error:
        raise HTTPException(400) from error


def _json_of(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400) from error
    if not isinstance(said, dict):
        raise HTTPException(400)
    return said
