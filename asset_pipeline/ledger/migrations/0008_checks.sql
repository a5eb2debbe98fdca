-- What was measured of each image's last finished file, and what it looks like.
CREATE TABLE store.checks (
    image_key VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    content_key VARCHAR NOT NULL,  -- of the original that was looked at
    value DOUBLE NOT NULL,
    unit VARCHAR NOT NULL,
    bound VARCHAR NOT NULL,        -- `at most` or `at least`
    threshold DOUBLE NOT NULL,
    passed BOOLEAN NOT NULL,
    policy VARCHAR NOT NULL,       -- what happens where it did not pass: `warn`, `review` or `rebuy`
    text VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (image_key, name)
);

CREATE TABLE store.looks (
    image_key VARCHAR PRIMARY KEY,
    content_key VARCHAR NOT NULL,
    hash UBIGINT NOT NULL          -- perceptual hash of the finished file
);

-- Further files of each image's last delivery.
CREATE TABLE store.renditions (
    image_key VARCHAR NOT NULL,
    path VARCHAR NOT NULL,         -- relative to the data directory
    sha256 VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (image_key, path)
);

CREATE VIEW main.checks AS
SELECT image_key, name, value, unit, bound, threshold, passed, policy, text, content_key, created_at
FROM store.checks;
