-- Alerts: which shares of which limits have been spent, so that each is said once, whichever process sees it first.
-- A row goes when its limit is raised so far that the share is no longer spent.
CREATE TABLE store.alerts (
    mode VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,             -- as in store.balances: total, day:<date>, ...
    share DECIMAL(9,6) NOT NULL,        -- of the limit: 0.8 is 80 %
    limit_usd DECIMAL(18,9) NOT NULL,   -- as it was then
    spent_usd DECIMAL(18,9) NOT NULL,   -- as it was then
    fired_at TIMESTAMP NOT NULL,
    PRIMARY KEY (mode, scope, share)
);
