-- What Replicate's model pages say: `chosen` is the schema that inputs are chosen by, kept as it was first seen, so that
-- no image is bought again because a model has learned a new size; `current` is the newest one, which inputs must obey.
CREATE TABLE store.model_pages (
    mode VARCHAR NOT NULL,       -- a sandbox's pages are never taken for the real ones
    model VARCHAR NOT NULL,
    version VARCHAR,             -- the version that the page described; NULL where it names none
    is_official BOOLEAN,         -- whether it is called by its name; NULL where the page does not say
    chosen VARCHAR NOT NULL,     -- JSON: an OpenAPI document
    current VARCHAR NOT NULL,    -- JSON: an OpenAPI document
    fetched_at TIMESTAMP NOT NULL,
    PRIMARY KEY (mode, model)
);
