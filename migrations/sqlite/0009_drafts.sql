-- What operators have begun to write and not sent, so that another browser goes on with it.
CREATE TABLE drafts (
    operator_id     TEXT   NOT NULL REFERENCES operators (id),
    conversation_id TEXT   NOT NULL REFERENCES conversations (id),
    kind            TEXT   NOT NULL,               -- reply, note
    value           TEXT   NOT NULL,               -- JSON; what it means is the console's business
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (operator_id, conversation_id, kind)
);
