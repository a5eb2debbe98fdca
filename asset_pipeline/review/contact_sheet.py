"""Writes a collection's contact sheet, as a page and as one picture."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from asset_pipeline.folders import FolderFile
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import show
from asset_pipeline.paths import Paths
from asset_pipeline.review.gallery import read_gallery
from asset_pipeline.review.sheet_picture import draw_sheet


@dataclass(frozen=True)
class ContactSheet:
    """Where the contact sheet of a collection lies.

    Args:
        collection: Its name.
        page: The HTML page, with every image at full size behind it.
        picture: The same as one PNG.
    """

    collection: str
    page: Path
    picture: Path


class ContactSheets:
    """Writes contact sheets.

    Args:
        database: Where states and costs are.
        paths: Where files are.
    """

    def __init__(self, database: Database, paths: Paths) -> None:
        self._database = database
        self._paths = paths
        environment = Environment(
            loader=PackageLoader("asset_pipeline.review"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        environment.filters["usd"] = show
        self._template = environment.get_template("contact_sheet.html.j2")

    def write(self, collection: str) -> ContactSheet:
        """Write the contact sheet of a collection.

        Raises:
            SetupError: There is no such collection.
        """
        gallery = read_gallery(self._database, self._paths, collection)
        reports = self._paths.folder(self._paths.reports)
        page, picture = (FolderFile(reports, f"{collection}/contact-sheet.{kind}") for kind in ("html", "png"))

        def link(path: Path) -> str:
            return Path(os.path.relpath(path, page.path.parent)).as_posix()

        page.write(self._template.render(gallery=gallery, link=link).encode())
        picture.write(draw_sheet(gallery))
        return ContactSheet(collection, page.path, picture.path)
