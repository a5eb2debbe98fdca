"""A desk in a project with four images, two of them variants, whose files are delivered without any provider."""

from dataclasses import dataclass

import pytest

from asset_pipeline.decisions import Decision, DecisionDesk
from asset_pipeline.decisions.taking import new_decision_id
from asset_pipeline.images.files import StoredFile
from asset_pipeline.images.store import Delivery, save_deliveries
from asset_pipeline.ledger import Database
from asset_pipeline.project import Project
from asset_pipeline.prompts.store import Candidate, Winner, save_winners
from asset_pipeline.specs import Catalog, require_specs

SPEC = """
collection: test
sample: 2
images:
  - {type: icons, title: Lantern, variants: 3}
  - {type: icons, title: Compass}
"""
LANTERN, SECOND, THIRD, COMPASS = (f"test.icons.{slug}" for slug in ("lantern", "lantern-2", "lantern-3", "compass"))


@dataclass
class Office:
    """A desk, with what stands around it."""

    opened: Project
    database: Database
    desk: DecisionDesk

    def deliver(self, key, content="first", *, prompt="p"):
        """Deliver a file for an image."""
        from hashlib import sha256

        path = self.opened.paths.images / "test" / "icons" / f"{key.split('.')[2]}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        file = StoredFile(self.opened.paths.stored(path), sha256(content.encode()).hexdigest(), len(content))
        delivery = Delivery(key, "recipe", prompt, f"content of {key} {content}", file, None)
        return self.database.run(lambda c: save_deliveries(c, [delivery]))[0]

    def compete(self, key, *prompts):
        """Keep a competition with these prompts, the first of which has won."""
        candidates = tuple(
            Candidate(n, f"maker/{n}", text, "", "", None, {}, "", n == 0, f"call-{n}", None, 0)
            for n, text in enumerate(prompts)
        )
        winner = Winner("p", prompts[0], "", "maker/0", None, candidates, 0)
        self.database.run(lambda c: save_winners(c, [(key, winner)]))

    def image(self, key):
        """Return state and reason of an image, and what people want of it."""
        row = Catalog(self.database).images([key])[key]
        return row.state, row.reason, row.wanted

    def sha(self, key):
        """Return the hash of an image's last file."""
        return self.rows("SELECT sha256 FROM images WHERE image_key = $1", key)[0][0]

    def rows(self, sql, *values):
        """Ask the database."""
        return self.database.run(lambda c: c.execute(sql, list(values)).fetchall())

    def decide(self, kind, key, *, by="ada", seen="now", after="now", **details):
        """Hand in a decision of somebody who has looked just now, and return its id and what came of it."""
        if seen == "now":
            seen = self.sha(key)
        if after == "now":
            after = self.last(key)
        one = Decision(new_decision_id(), key, kind, seen_sha256=seen, after=after, **details)
        (outcome,) = self.desk.decide([one], reviewer=by)
        return one.decision_id, outcome

    def last(self, key):
        """Return the id of the last word on an image."""
        rows = self.rows(
            "SELECT review_id FROM reviews WHERE image_key = $1 AND undone_at IS NULL"
            " AND decision NOT IN ('favourite', 'unfavourite') ORDER BY created_at DESC LIMIT 1", key
        )  # fmt: skip
        return rows[0][0] if rows else None

    def files(self):
        """Return what is delivered, and what is set aside."""
        paths = self.opened.paths
        return (
            {path.name for path in paths.images.rglob("*.png")},
            {path.name for path in paths.rejected.rglob("*.png")},
        )


@pytest.fixture
def office(project):
    """A desk with everything delivered."""
    project.spec(SPEC)
    opened = project.open()
    with Database(opened.paths.database) as database:
        Catalog(database).sync(require_specs([opened.paths.specs], root=opened.root, max_file_mb=2))
        office = Office(opened, database, DecisionDesk(opened, database))
        for key in (LANTERN, SECOND, THIRD, COMPASS):
            office.deliver(key)
        yield office
