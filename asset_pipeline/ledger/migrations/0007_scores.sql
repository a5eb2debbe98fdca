-- What the judge said, score by score, and why a candidate did not compete.
ALTER TABLE store.candidates ADD COLUMN brief VARCHAR;          -- name of the writer's brief; none from before there were any
ALTER TABLE store.candidates ADD COLUMN disqualified VARCHAR;   -- what was wrong with it; none for one that was judged
ALTER TABLE store.competitions ADD COLUMN fallback VARCHAR;     -- why it was not a competition; none where it was one
ALTER TABLE store.competitions ADD COLUMN left_out VARCHAR;     -- JSON: writers that were not asked
-- Who was asked where not all writers were; a competition that was interrupted asks the same again.
CREATE TABLE store.rosters (
    content_key VARCHAR PRIMARY KEY,    -- of the competition
    writers VARCHAR NOT NULL            -- JSON: model and brief of each
);
CREATE TABLE store.scores (
    content_key VARCHAR NOT NULL,       -- of the competition
    position INTEGER NOT NULL,          -- of the candidate
    round INTEGER NOT NULL,             -- 1, or 2 where it was judged once more in opposite order
    criterion VARCHAR NOT NULL,
    score DECIMAL(9,4) NOT NULL,        -- 0 to 10
    reason VARCHAR NOT NULL,            -- the judge's sentence; empty in scores from before there was one for each
    judge_call_id VARCHAR NOT NULL,
    PRIMARY KEY (content_key, position, round, criterion)
);
INSERT INTO store.scores
SELECT content_key, position, 1, criterion, json_extract_string(scores, '$."' || criterion || '"')::DECIMAL(9,4), '', judge_call_id
FROM (SELECT *, unnest(json_keys(scores)) AS criterion FROM store.candidates WHERE judge_call_id IS NOT NULL);

CREATE OR REPLACE VIEW main.prompt_candidates AS
SELECT c.content_key, c.position, c.image_key, c.model, c.prompt, c.negative_prompt, c.rationale,
    c.score, c.scores, c.reason, c.won, c.writer_call_id AS call_id, c.judge_call_id, coalesce(w.cost_usd, 0::DECIMAL(18,9)) AS cost_usd,
    c.created_at, c.brief, c.disqualified, w.mode
FROM store.candidates c LEFT JOIN store.calls w ON w.call_id = c.writer_call_id;

-- Every score with where it comes from: the judge, its call, and the hash of its raw answer as it came.
CREATE VIEW main.prompt_scores AS
SELECT s.content_key, s.position, s.round, c.image_key, c.model, c.brief, s.criterion, s.score, s.reason,
    j.model AS judge_model, s.judge_call_id, e.answer_sha256, j.mode, c.created_at
FROM store.scores s JOIN store.candidates c USING (content_key, position)
LEFT JOIN store.calls j ON j.call_id = s.judge_call_id
LEFT JOIN (SELECT call_id, max(answer_sha256) AS answer_sha256 FROM store.entries GROUP BY call_id) e
    ON e.call_id = s.judge_call_id;
