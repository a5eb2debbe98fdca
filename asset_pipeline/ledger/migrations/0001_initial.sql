-- The catalog, the journal of paid calls, the budgets and the lineage of every image.
-- Tables live in `store` and may change; the views in `main` are the stable read interface.
-- Times are UTC. Money is USD as DECIMAL(18,9).

-- What the specs want.
CREATE TABLE store.collections (
    collection VARCHAR PRIMARY KEY,
    title VARCHAR NOT NULL,
    spec_file VARCHAR NOT NULL,
    spec_sha256 VARCHAR NOT NULL,
    revision INTEGER NOT NULL,          -- goes up with every change, so that a reverted spec is a new wish
    synced_at TIMESTAMP NOT NULL
);
CREATE TABLE store.images (
    image_key VARCHAR PRIMARY KEY,
    collection VARCHAR NOT NULL,
    position INTEGER NOT NULL,          -- order in the spec
    wanted VARCHAR NOT NULL,            -- JSON of the wanted image
    wanted_sha256 VARCHAR NOT NULL,
    state VARCHAR NOT NULL,             -- missing, done, failed, held, retired
    reason VARCHAR,                     -- why it is failed or held
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    retired_at TIMESTAMP
);

-- The journal: one row per paid call, and one per step that a call took.
CREATE TABLE store.calls (
    call_id VARCHAR PRIMARY KEY,
    mode VARCHAR NOT NULL,              -- sandbox money is not live money
    provider VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,              -- writer, judge, image
    model VARCHAR NOT NULL,
    image_key VARCHAR NOT NULL,         -- the image this dollar is spent for
    collection VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,             -- sample, production
    content_key VARCHAR NOT NULL,
    request VARCHAR NOT NULL,           -- the body, complete
    price VARCHAR NOT NULL,             -- JSON: what the worst case was computed from
    worst_usd DECIMAL(18,9) NOT NULL,
    scopes VARCHAR[] NOT NULL,          -- the budgets it counts against
    run_id VARCHAR,
    owner VARCHAR NOT NULL,             -- host and process that made it
    state VARCHAR NOT NULL,             -- held, submitted, finished, stored, unknown, settled, released
    outcome VARCHAR,                    -- how it ended: succeeded, failed, canceled, ...
    cost_usd DECIMAL(18,9),
    provider_call_id VARCHAR,
    answer VARCHAR,                     -- what was bought, where it is text
    note VARCHAR,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX calls_content_key ON store.calls (content_key);
CREATE SEQUENCE store.entry_ids;
CREATE TABLE store.entries (
    entry_id BIGINT DEFAULT nextval('store.entry_ids'),
    call_id VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    held_change_usd DECIMAL(18,9) NOT NULL,
    spent_change_usd DECIMAL(18,9) NOT NULL,
    actor VARCHAR NOT NULL,
    reason VARCHAR,
    answer_sha256 VARCHAR,
    created_at TIMESTAMP NOT NULL
);

-- Budgets: the limits, and the running sums they are held against.
CREATE TABLE store.limits (
    mode VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,             -- total, day, sample, production, provider:<name>, collection:<name>
    limit_usd DECIMAL(18,9) NOT NULL,
    safety_margin DECIMAL(18,9) NOT NULL,
    configured_usd DECIMAL(18,9),       -- what the settings said when they last changed
    source VARCHAR NOT NULL,            -- settings, or budget set
    set_at TIMESTAMP NOT NULL,
    PRIMARY KEY (mode, scope)
);
CREATE TABLE store.balances (
    mode VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,             -- as above, but day:<date>
    spent_usd DECIMAL(18,9) NOT NULL,
    held_usd DECIMAL(18,9) NOT NULL,
    PRIMARY KEY (mode, scope)
);

-- Lineage: from template to file.
CREATE TABLE store.prompts (
    image_key VARCHAR NOT NULL,
    content_key VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (image_key, content_key)
);
CREATE TABLE store.competitions (
    content_key VARCHAR PRIMARY KEY,
    image_key VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,            -- of the winner
    negative_prompt VARCHAR NOT NULL,
    winner VARCHAR NOT NULL,            -- its model
    score DECIMAL(9,4),
    created_at TIMESTAMP NOT NULL
);
CREATE TABLE store.candidates (
    content_key VARCHAR NOT NULL,       -- of the competition
    position INTEGER NOT NULL,          -- order in which the judge saw it
    image_key VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    negative_prompt VARCHAR NOT NULL,
    rationale VARCHAR NOT NULL,
    score DECIMAL(9,4),                 -- weighted, 0 to 10; none where nobody judged
    scores VARCHAR NOT NULL,            -- JSON: criterion to score
    reason VARCHAR NOT NULL,            -- the judge's sentence
    won BOOLEAN NOT NULL,
    writer_call_id VARCHAR NOT NULL,
    judge_call_id VARCHAR,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (content_key, position)
);
CREATE TABLE store.originals (
    content_key VARCHAR PRIMARY KEY,
    call_id VARCHAR NOT NULL,
    path VARCHAR NOT NULL,              -- relative to the data directory
    sha256 VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    format VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE SEQUENCE store.delivery_ids;
CREATE TABLE store.deliveries (
    delivery_id BIGINT DEFAULT nextval('store.delivery_ids'),
    image_key VARCHAR NOT NULL,
    recipe_key VARCHAR NOT NULL,        -- all that was known before anything was paid
    prompt_key VARCHAR NOT NULL,
    content_key VARCHAR NOT NULL,       -- of the original
    path VARCHAR NOT NULL,              -- relative to the data directory
    sha256 VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    run_id VARCHAR,
    created_at TIMESTAMP NOT NULL
);
CREATE TABLE store.reviews (
    review_id VARCHAR PRIMARY KEY,
    collection VARCHAR NOT NULL,
    image_key VARCHAR,                  -- none for a decision about the collection
    decision VARCHAR NOT NULL,
    note VARCHAR,
    reviewer VARCHAR NOT NULL,
    seen_sha256 VARCHAR,                -- what the decision is bound to
    amount_usd DECIMAL(18,9),
    created_at TIMESTAMP NOT NULL
);

CREATE VIEW main.calls AS
SELECT call_id, image_key, collection, provider, kind, model, stage, state, outcome,
    CASE WHEN state IN ('settled', 'released') THEN 0::DECIMAL(18,9) ELSE worst_usd END AS held_usd,
    coalesce(cost_usd, 0::DECIMAL(18,9)) AS cost_usd,
    worst_usd, price, provider_call_id, content_key, run_id, mode, request, answer, note, created_at, updated_at
FROM store.calls;

CREATE VIEW main.ledger AS
SELECT e.entry_id, e.call_id, c.image_key, c.collection, c.provider, c.model, e.state,
    e.held_change_usd AS held_usd, e.spent_change_usd AS cost_usd,
    e.reason, e.actor, e.answer_sha256, c.provider_call_id, c.mode, e.created_at
FROM store.entries e JOIN store.calls c USING (call_id);

CREATE VIEW main.budgets AS
SELECT l.mode, l.scope, l.limit_usd,
    (l.limit_usd * (1 - l.safety_margin))::DECIMAL(18,9) AS usable_usd,
    coalesce(b.spent_usd, 0::DECIMAL(18,9)) AS spent_usd,
    coalesce(b.held_usd, 0::DECIMAL(18,9)) AS held_usd,
    l.source, l.set_at
FROM store.limits l LEFT JOIN store.balances b ON b.mode = l.mode
    AND b.scope = CASE WHEN l.scope = 'day' THEN 'day:' || strftime(current_timestamp AT TIME ZONE 'UTC', '%Y-%m-%d')
                       ELSE l.scope END;

CREATE VIEW main.images AS
WITH money AS (
    SELECT image_key, sum(cost_usd) AS cost_usd, sum(held_usd) AS held_usd, count(*) AS calls
    FROM main.calls GROUP BY image_key
), latest AS (
    SELECT * FROM store.deliveries QUALIFY row_number() OVER (PARTITION BY image_key ORDER BY delivery_id DESC) = 1
)
SELECT i.image_key, i.collection, i.wanted->>'$.type' AS type, i.wanted->>'$.slug' AS slug, i.wanted->>'$.title' AS title,
    i.state, i.reason, i.wanted->>'$.model' AS model,
    (i.wanted->>'$.width')::INTEGER AS width, (i.wanted->>'$.height')::INTEGER AS height, i.wanted->>'$.format' AS format,
    d.path, d.sha256, d.bytes, d.content_key,
    coalesce(m.cost_usd, 0)::DECIMAL(18,9) AS cost_usd, coalesce(m.held_usd, 0)::DECIMAL(18,9) AS held_usd,
    coalesce(m.calls, 0) AS calls, i.position, i.created_at, i.updated_at, i.retired_at
FROM store.images i LEFT JOIN money m USING (image_key) LEFT JOIN latest d USING (image_key);

CREATE VIEW main.prompt_candidates AS
SELECT c.content_key, c.position, c.image_key, c.model, c.prompt, c.negative_prompt, c.rationale,
    c.score, c.scores, c.reason, c.won, c.writer_call_id AS call_id, c.judge_call_id, coalesce(w.cost_usd, 0::DECIMAL(18,9)) AS cost_usd,
    c.created_at
FROM store.candidates c LEFT JOIN store.calls w ON w.call_id = c.writer_call_id;

CREATE VIEW main.reviews AS SELECT * FROM store.reviews;
