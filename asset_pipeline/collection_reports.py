"""What is written about a whole collection after a run: duplicates among its images, contact sheet and manifest."""

from __future__ import annotations

import structlog
from PIL import Image

from asset_pipeline.errors import ImageError
from asset_pipeline.images.check_rows import read_hashes, save_duplicates
from asset_pipeline.images.checks import check_duplicates
from asset_pipeline.images.inspect import open_image
from asset_pipeline.ledger import Database
from asset_pipeline.paths import Paths
from asset_pipeline.provenance.books import write_manifest
from asset_pipeline.review.contact_sheet import ContactSheet, ContactSheets
from asset_pipeline.settings.checks import ChecksSettings

log = structlog.get_logger(__name__)


class CollectionReports:
    """Writes reports; nothing of it is paid for.

    Args:
        database: Where images, costs and checks are.
        paths: Where files are.
        checks: How much two images must differ.
    """

    def __init__(self, database: Database, paths: Paths, checks: ChecksSettings) -> None:
        self._database = database
        self._paths = paths
        self._checks = checks
        self._sheets = ContactSheets(database, paths)

    def write(self, collection: str) -> ContactSheet:
        """Write all reports of a collection.

        Raises:
            SetupError: There is no such collection.
        """
        self._look_for_duplicates(collection)
        sheet = self._sheets.write(collection)
        write_manifest(self._database, self._paths, collection)
        return sheet

    def _look_for_duplicates(self, collection: str) -> None:
        known = self._database.run(lambda connection: read_hashes(connection, collection))
        found_files = {key: self._paths.find_file(path) for key, (_, path) in known.items()}
        files = {key: file for key, file in found_files.items() if file}
        hashes = {key: known[key][0] for key in files}

        def open_file(key: str) -> Image.Image:
            return open_image(files[key].read())

        try:
            found = check_duplicates(hashes, open_file, settings=self._checks)
        except (ImageError, OSError) as error:  # `verify` names the file
            log.warning("no duplicates were looked for", collection=collection, reason=str(error))
            return
        if found:
            self._database.run(lambda connection: save_duplicates(connection, found))
