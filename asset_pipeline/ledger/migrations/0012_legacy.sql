-- What the old tool left. None of it decides anything: old money counts against no budget, old approvals approve nothing.
CREATE TABLE store.legacy_records (
    record_id VARCHAR PRIMARY KEY,  -- hash of the row, so that what is imported twice is there once
    collection VARCHAR NOT NULL,    -- the import that brought it first
    kind VARCHAR NOT NULL,          -- transaction, manifest_entry, evaluation, human_decision, sqlite:<table>, ...
    source_file VARCHAR NOT NULL,   -- relative to the old folder
    line INTEGER NOT NULL,          -- or the number of the row in its table; 0 for the whole file
    title VARCHAR,                  -- of the page that it is about
    asset_type VARCHAR,             -- as the old tool named it
    status VARCHAR,                 -- as the old tool named it
    is_trusted BOOLEAN NOT NULL,    -- false for scores that nobody ever gave
    cost_usd DECIMAL(18,9),         -- what it says it has cost
    occurred_at VARCHAR,            -- as the old tool wrote it
    payload VARCHAR NOT NULL,       -- JSON: all of it
    imported_at TIMESTAMP NOT NULL
);
CREATE TABLE store.legacy_images (
    sha256 VARCHAR NOT NULL,
    source_file VARCHAR NOT NULL,   -- relative to the old folder
    collection VARCHAR NOT NULL,
    path VARCHAR NOT NULL,          -- of the copy, relative to the data directory
    bytes BIGINT NOT NULL,
    width INTEGER NOT NULL,         -- as it really is
    height INTEGER NOT NULL,
    format VARCHAR NOT NULL,
    image_key VARCHAR,              -- which image it is, where somebody says so
    is_adopted BOOLEAN NOT NULL,    -- whether it is the original of that image
    cost_usd DECIMAL(18,9),         -- what the old tool paid for it
    why VARCHAR,                    -- why it is not adopted
    imported_at TIMESTAMP NOT NULL,
    PRIMARY KEY (collection, source_file, sha256)
);

-- The prompt of an adopted picture counts for that picture alone: no other is ever bought with it.
ALTER TABLE store.takes ADD COLUMN holds_for VARCHAR;   -- hash of the model and size that the picture stands for

CREATE VIEW main.legacy_records AS
SELECT record_id, collection, kind, source_file, line, title, asset_type, status, is_trusted, cost_usd, occurred_at, payload,
    imported_at
FROM store.legacy_records;

-- What each old file says that was spent. Several files tell of the same money, so they are not to be added up.
CREATE VIEW main.legacy_spending AS
SELECT collection, source_file, kind, asset_type, status, count(*) AS entries, sum(cost_usd)::DECIMAL(18,9) AS cost_usd
FROM store.legacy_records WHERE cost_usd IS NOT NULL
GROUP BY ALL;

CREATE VIEW main.legacy_images AS
SELECT sha256, source_file, collection, path, bytes, width, height, format, image_key, is_adopted, cost_usd, why, imported_at
FROM store.legacy_images;
