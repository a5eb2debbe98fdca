-- The human gate: what a person has to see, has decided, and has allowed to be bought.
ALTER TABLE store.collections ADD COLUMN sample INTEGER;    -- how many images are made before anything is approved
ALTER TABLE store.images ADD COLUMN is_sample BOOLEAN DEFAULT FALSE;

-- What a person wants of the take: a word for those who write its prompt, or the prompt itself.
ALTER TABLE store.takes ADD COLUMN note VARCHAR;
ALTER TABLE store.takes ADD COLUMN prompt VARCHAR;
ALTER TABLE store.takes ADD COLUMN negative_prompt VARCHAR;
ALTER TABLE store.takes ADD COLUMN author VARCHAR;          -- who wrote that prompt: `person`, or a model whose candidate was picked

-- One row per approval of a collection; at most one of a mode and a collection has not ended.
CREATE TABLE store.approvals (
    approval_id VARCHAR PRIMARY KEY,
    mode VARCHAR NOT NULL,              -- what was seen in a sandbox allows nothing that costs real money
    collection VARCHAR NOT NULL,
    basis_sha256 VARCHAR NOT NULL,      -- of what was seen and will be bought
    basis VARCHAR NOT NULL,             -- JSON: the parts of it, to say which has changed
    amount_usd DECIMAL(18,9) NOT NULL,
    reviewer VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    canary VARCHAR[],                   -- the first images that were bought under it
    canary_passed_at TIMESTAMP,
    ended_at TIMESTAMP,
    ended_because VARCHAR
);

-- Who has paused or stopped which collection; a row goes when it is resumed.
CREATE TABLE store.controls (
    mode VARCHAR NOT NULL,
    collection VARCHAR NOT NULL,
    state VARCHAR NOT NULL,             -- paused: no further image is begun; stopped: no further call is made
    reviewer VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (mode, collection)
);

-- Runs that decisions ask for; whoever starts one takes its row first.
CREATE SEQUENCE store.run_wish_ids;
CREATE TABLE store.run_wishes (
    wish_id BIGINT DEFAULT nextval('store.run_wish_ids'),
    mode VARCHAR NOT NULL,
    collection VARCHAR NOT NULL,
    image_keys VARCHAR[],               -- none for all of the collection
    created_at TIMESTAMP NOT NULL,
    taken_at TIMESTAMP,
    taken_by VARCHAR
);

ALTER TABLE store.reviews ADD COLUMN mode VARCHAR;          -- none from before it was recorded
ALTER TABLE store.reviews ADD COLUMN details VARCHAR;       -- JSON: what else was decided, and what was there before
ALTER TABLE store.reviews ADD COLUMN undone_at TIMESTAMP;
ALTER TABLE store.reviews ADD COLUMN undone_by VARCHAR;

DROP VIEW main.reviews;
CREATE VIEW main.reviews AS
SELECT review_id, collection, image_key, decision, note, reviewer, seen_sha256, amount_usd, created_at, mode, details,
    undone_at, undone_by
FROM store.reviews;

CREATE VIEW main.approvals AS
SELECT approval_id, mode, collection, amount_usd, basis_sha256, reviewer, created_at, canary, canary_passed_at, ended_at,
    ended_because
FROM store.approvals;
