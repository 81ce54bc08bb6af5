-- What operators have begun to write and not sent, so that another browser goes on with it.
CREATE TABLE drafts (
    operator_id     TEXT COLLATE "C" NOT NULL REFERENCES operators (id),
    conversation_id TEXT COLLATE "C" NOT NULL REFERENCES conversations (id),
    kind            TEXT COLLATE "C" NOT NULL,             -- reply, note
    value           TEXT COLLATE "C" NOT NULL,             -- JSON; what it means is the console's business
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (operator_id, conversation_id, kind)
);
