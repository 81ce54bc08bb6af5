-- What the console asks again and again: how many conversations wait for whom, and which of them have trouble.
CREATE INDEX conversations_open ON conversations (assignee_id, team_id, state, escalated)
    WHERE state IN ('new', 'active', 'awaiting_response', 'transferred');
CREATE INDEX deliveries_troubled ON deliveries (conversation_id) WHERE state IN ('failed', 'uncertain');
CREATE INDEX team_members_by_operator ON team_members (operator_id, team_id);

-- What an operator has set in the console; a JSON object that only the console reads.
CREATE TABLE preferences (
    operator_id TEXT COLLATE "C"   NOT NULL PRIMARY KEY REFERENCES operators (id),
    value       TEXT COLLATE "C"   NOT NULL,
    updated_at  BIGINT NOT NULL
);
