-- Early ledgers refused a model page that does not say whether it is official.
ALTER TABLE store.model_pages ALTER COLUMN is_official DROP NOT NULL;
