-- Browsers that operators are told through (RFC 8030).
CREATE TABLE push_subscriptions (
    id          TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    operator_id TEXT COLLATE "C"   NOT NULL REFERENCES operators (id),
    endpoint    TEXT COLLATE "C"   NOT NULL UNIQUE,
    p256dh      TEXT COLLATE "C"   NOT NULL,
    auth        TEXT COLLATE "C"   NOT NULL,
    created_at  BIGINT NOT NULL,
    last_ok_at  BIGINT,
    failures    BIGINT NOT NULL DEFAULT 0          -- notices given up since the last one that was taken
);
CREATE INDEX push_subscriptions_by_operator ON push_subscriptions (operator_id, id);

-- What waits to be told: the latest of each conversation is enough.
CREATE TABLE push_notices (
    subscription_id TEXT COLLATE "C"   NOT NULL REFERENCES push_subscriptions (id),
    conversation_id TEXT COLLATE "C"   NOT NULL REFERENCES conversations (id),
    reason          TEXT COLLATE "C"   NOT NULL,               -- message, queue, handed_over, mention
    message_id      TEXT COLLATE "C"   REFERENCES messages (id),
    seq             BIGINT NOT NULL,               -- the event it tells of
    attempts        BIGINT NOT NULL DEFAULT 0,
    next_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    PRIMARY KEY (subscription_id, conversation_id)
);
CREATE INDEX push_notices_due ON push_notices (next_at);

-- How far a reader that must not miss anything has read the log.
CREATE TABLE log_positions (
    reader TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    seq    BIGINT NOT NULL
);
