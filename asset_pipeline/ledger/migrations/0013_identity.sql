-- Which ledger this is. Whoever remembers its numbers elsewhere remembers this too: another ledger counts anew.
-- Like the record of these steps it belongs to the file, and so is neither exported nor carried over.
CREATE TABLE store.identity (ledger_id VARCHAR NOT NULL);
INSERT INTO store.identity SELECT left(replace(uuid()::VARCHAR, '-', ''), 12);
