"""What a person does on the pages of the prompts."""

import html
import re

from asset_pipeline.prompts.sources import BUILT_IN
from asset_pipeline.review.editing import sha256_of
from asset_pipeline_tests.support.pages import CSRF

EVIL = '</textarea><script>alert("1")</script>'
ICONS = (BUILT_IN / "icons.md").read_text(encoding="utf-8")
OWN = "A plain drawing of {{ image.title }}.\n"
BROKEN = "A drawing\nof {{ image.titel }}\n"


def save(client, text, *, opened=ICONS, name="icons.md", **fields):
    form = {"action": "save", "text": text, "sha256": sha256_of(opened), "csrf": CSRF} | fields
    return client.post(f"/prompts/{name}", data=form)


def own(paths, name="icons.md", text=OWN):
    """Write a file of the person's."""
    path = paths.prompts / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def files(folder):
    """Return the files there are, but for the database's."""
    return sorted(path for path in folder.rglob("*") if ".duckdb" not in path.name)


def textarea(page):
    """Return what the browser would have in the editor."""
    (found,) = re.findall(r"<textarea[^>]*>\n(.*)</textarea>", page.text, flags=re.DOTALL)
    return html.unescape(found)


def preview(client, text, **changes):
    return client.post("/api/prompts/preview", json={"name": "icons.md", "text": text, "image": ""} | changes)
