-- Which model has made a picture, as the provider's last answer about it says; what was asked for stands with the call.
-- None where the answer does not say, and for pictures from before this was recorded.
ALTER TABLE store.originals ADD COLUMN model VARCHAR;           -- official models may answer under an internal name
ALTER TABLE store.originals ADD COLUMN model_version VARCHAR;   -- 64 hex digits, an internal name, or `hidden`
