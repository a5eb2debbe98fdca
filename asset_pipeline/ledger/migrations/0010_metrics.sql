-- What is measured beside the work. None of it is money: a row that is lost costs nothing.
CREATE TABLE store.requests (
    sent_at TIMESTAMP NOT NULL,              -- when it was sent
    mode VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    endpoint VARCHAR NOT NULL,          -- method and path, without names and ids: POST /predictions
    call_id VARCHAR,                    -- the paid call it belongs to, if it belongs to one
    is_paid BOOLEAN NOT NULL,           -- whether it is the one that costs money
    attempt INTEGER NOT NULL,           -- of the paid calls for the same thing, one after the other
    queue_wait_s DOUBLE,                -- how long that call waited for its turn before it was sent
    response_s DOUBLE NOT NULL,         -- from sending to the last byte
    sent_bytes BIGINT NOT NULL,
    received_bytes BIGINT NOT NULL,
    status INTEGER,                     -- none where no answer came
    error VARCHAR                       -- how it broke off, if it did
);
CREATE TABLE store.loop_reports (
    run_id VARCHAR,
    mode VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP NOT NULL,
    samples BIGINT NOT NULL,
    p99_ms DOUBLE NOT NULL,             -- how late a timer was, in wall time
    max_ms DOUBLE NOT NULL,
    stalls INTEGER NOT NULL,            -- how often it was more than 50 ms late
    max_cpu_ms DOUBLE NOT NULL,         -- the loop's own thread computed so long without a break
    cpu_stalls INTEGER NOT NULL
);

CREATE VIEW main.call_metrics AS
SELECT r.sent_at, r.mode, r.provider, c.model, c.kind, r.endpoint, r.call_id, c.image_key, c.collection, c.run_id,
    r.is_paid, r.attempt, r.queue_wait_s, r.response_s, r.sent_bytes, r.received_bytes, r.status, r.error,
    r.error IS NULL AND r.status < 400 AS ok, c.state, c.outcome, c.cost_usd
FROM store.requests r LEFT JOIN store.calls c USING (call_id);

CREATE VIEW main.loop_blocking AS SELECT * FROM store.loop_reports;
