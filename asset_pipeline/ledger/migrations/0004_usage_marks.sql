-- What a provider said our key had used, and what the ledger had booked by then: what comes on top is explained or not.
CREATE TABLE store.usage_marks (
    mode VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    usage_usd DECIMAL(18,9) NOT NULL,
    settled_usd DECIMAL(18,9) NOT NULL,
    taken_at TIMESTAMP NOT NULL,
    PRIMARY KEY (mode, provider)
);
