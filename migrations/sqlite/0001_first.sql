-- Ids are UUIDv7 as text, times microseconds UTC, JSON is text: one SQL text then serves both stores (docs/ARCHITECTURE.md).

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- People who answer -------------------------------------------------------------------------------------------------

CREATE TABLE operators (
    id             TEXT   NOT NULL PRIMARY KEY,
    email          TEXT   NOT NULL UNIQUE,
    name           TEXT   NOT NULL,
    role           TEXT   NOT NULL,
    password_hash  TEXT   NOT NULL,
    availability   TEXT   NOT NULL DEFAULT 'offline',
    capacity       BIGINT NOT NULL DEFAULT 10,
    skills         TEXT   NOT NULL DEFAULT '[]',
    last_active_at BIGINT,
    disabled_at    BIGINT,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash   TEXT   NOT NULL PRIMARY KEY,
    operator_id  TEXT   NOT NULL REFERENCES operators (id),
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sessions_by_operator ON sessions (operator_id);

CREATE TABLE api_tokens (
    id           TEXT   NOT NULL PRIMARY KEY,
    operator_id  TEXT   NOT NULL REFERENCES operators (id),
    name         TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    token_hash   TEXT   NOT NULL UNIQUE,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at   BIGINT,
    revoked_at   BIGINT
);

CREATE TABLE setup_links (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE TABLE teams (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE team_members (
    team_id     TEXT NOT NULL REFERENCES teams (id),
    operator_id TEXT NOT NULL REFERENCES operators (id),
    PRIMARY KEY (team_id, operator_id)
);

-- Lines -------------------------------------------------------------------------------------------------------------

CREATE TABLE inboxes (
    id         TEXT   NOT NULL PRIMARY KEY,
    channel    TEXT   NOT NULL,
    name       TEXT   NOT NULL UNIQUE,
    source     TEXT   NOT NULL,              -- file or api
    settings   TEXT   NOT NULL,              -- the channel's own; sealed when it came by the API
    options    TEXT   NOT NULL DEFAULT '{}', -- what the daemon does with the inbox, whatever its channel
    state      TEXT   NOT NULL,              -- running, paused, removed
    held_until BIGINT NOT NULL DEFAULT 0,       -- the provider has slowed us down until then
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE cursors (
    inbox_id   TEXT   NOT NULL REFERENCES inboxes (id),
    name       TEXT   NOT NULL,
    value      TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (inbox_id, name)
);

-- One holder of each polling inbox; a cursor is written only under the holder's term.
CREATE TABLE leases (
    inbox_id   TEXT   NOT NULL PRIMARY KEY REFERENCES inboxes (id),
    holder     TEXT   NOT NULL,
    term       BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- What arrived, as it arrived.
CREATE TABLE raw_events (
    id          TEXT   NOT NULL PRIMARY KEY,
    inbox_id    TEXT   NOT NULL REFERENCES inboxes (id),
    event_key   TEXT   NOT NULL,
    body        BLOB   NOT NULL,
    state       TEXT   NOT NULL,             -- applied, ignored, quarantined
    reason      TEXT,
    replays     BIGINT NOT NULL DEFAULT 0,
    received_at BIGINT NOT NULL,
    UNIQUE (inbox_id, event_key)
);
CREATE INDEX raw_events_set_aside ON raw_events (state, id) WHERE state <> 'applied';

-- Customers ---------------------------------------------------------------------------------------------------------

CREATE TABLE contacts (
    row_id        INTEGER PRIMARY KEY,             -- the search index points here
    id            TEXT   NOT NULL UNIQUE,
    name          TEXT,
    language      TEXT,
    custom_fields TEXT   NOT NULL DEFAULT '{}',
    named_by      TEXT,                            -- the operator who wrote the name; null: the customer or the channel gave it
    merged_into   TEXT   REFERENCES contacts (id), -- whose contact this one is now; null: its own
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

CREATE TABLE identities (
    id          TEXT    NOT NULL PRIMARY KEY,
    contact_id  TEXT    NOT NULL REFERENCES contacts (id),
    inbox_id    TEXT    NOT NULL REFERENCES inboxes (id),
    external_id TEXT    NOT NULL,
    handle      TEXT,
    name        TEXT,
    verified    BOOLEAN NOT NULL DEFAULT FALSE,
    blocked_at  BIGINT,                         -- since when the customer does not let us write
    profile_at  BIGINT,                         -- when the provider is asked for the name; null: never
    profile_attempts BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT  NOT NULL,
    UNIQUE (inbox_id, external_id)
);
CREATE INDEX identities_by_contact ON identities (contact_id);
CREATE INDEX identities_to_ask_for ON identities (profile_at) WHERE profile_at IS NOT NULL;

-- Other ids of the same person at the same provider.
CREATE TABLE identity_aliases (
    inbox_id    TEXT NOT NULL REFERENCES inboxes (id),
    external_id TEXT NOT NULL,
    identity_id TEXT NOT NULL REFERENCES identities (id),
    until       BIGINT,                            -- the provider has taken the id away: good for late news until then
    PRIMARY KEY (inbox_id, external_id)
);
CREATE INDEX identity_aliases_by_identity ON identity_aliases (identity_id);

-- What two identities of one person have in common, normalised.
CREATE TABLE identity_marks (
    identity_id TEXT NOT NULL REFERENCES identities (id),
    kind        TEXT NOT NULL,                    -- phone, email, account
    value       TEXT NOT NULL,
    PRIMARY KEY (identity_id, kind, value)
);
CREATE INDEX identity_marks_by_value ON identity_marks (kind, value);

-- Contacts that turned out to be one person. Everything that moved is written down, so that it can move back.
CREATE TABLE contact_merges (
    id        TEXT   NOT NULL PRIMARY KEY,
    into_id   TEXT   NOT NULL REFERENCES contacts (id),
    from_id   TEXT   NOT NULL REFERENCES contacts (id),
    reason    TEXT   NOT NULL,                    -- operator, provider
    by_id     TEXT,
    filled    TEXT   NOT NULL,                    -- what the one had not and took over from the other, as JSON
    at        BIGINT NOT NULL,
    undone_at BIGINT,
    undone_by TEXT
);
CREATE INDEX contact_merges_by_into ON contact_merges (into_id, id);
CREATE INDEX contact_merges_by_from ON contact_merges (from_id, id);

CREATE TABLE contact_merge_moves (
    merge_id TEXT NOT NULL REFERENCES contact_merges (id),
    kind     TEXT NOT NULL,                       -- identity, conversation
    ref      TEXT NOT NULL,
    PRIMARY KEY (merge_id, kind, ref)
);

-- Conversations -----------------------------------------------------------------------------------------------------

CREATE TABLE conversations (
    id               TEXT   NOT NULL PRIMARY KEY,
    inbox_id         TEXT   NOT NULL REFERENCES inboxes (id),
    channel          TEXT   NOT NULL,
    contact_id       TEXT   NOT NULL REFERENCES contacts (id),
    identity_id      TEXT   NOT NULL REFERENCES identities (id),
    thread_key       TEXT   NOT NULL DEFAULT '',   -- empty where a contact has one line only
    state            TEXT   NOT NULL,
    subject          TEXT,
    priority         BIGINT NOT NULL DEFAULT 1,    -- 0 low, 1 medium, 2 high, 3 urgent
    required_skills  TEXT   NOT NULL DEFAULT '[]',
    custom_fields    TEXT   NOT NULL DEFAULT '{}',
    metadata         TEXT   NOT NULL DEFAULT '{}',
    assignee_id      TEXT   REFERENCES operators (id),
    team_id          TEXT   REFERENCES teams (id),
    transfer_from    TEXT   REFERENCES operators (id),
    transfer_comment TEXT,
    escalated        BOOLEAN NOT NULL DEFAULT FALSE, -- waits for a supervisor
    last_number      BIGINT NOT NULL DEFAULT 0,
    last_text        TEXT,
    last_sender      TEXT,
    last_message_at  BIGINT,
    last_inbound_at  BIGINT,
    waiting_since    BIGINT,                       -- oldest customer message without an answer
    customer_seen    BIGINT NOT NULL DEFAULT 0,    -- number of the last message seen
    operator_seen    BIGINT NOT NULL DEFAULT 0,
    close_reason     TEXT,
    close_summary    TEXT,
    flag             TEXT,                         -- why it should be looked at with suspicion
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    accepted_at      BIGINT,
    closed_at        BIGINT,
    archived_at      BIGINT
);
CREATE UNIQUE INDEX conversations_one_open ON conversations (inbox_id, identity_id, thread_key)
    WHERE state IN ('new', 'active', 'awaiting_response', 'transferred');
CREATE INDEX conversations_by_identity ON conversations (identity_id, created_at);
CREATE INDEX conversations_by_contact ON conversations (contact_id, inbox_id, created_at);
CREATE INDEX conversations_queue ON conversations (state, priority, waiting_since);
CREATE INDEX conversations_by_assignee ON conversations (assignee_id, updated_at, id);
CREATE INDEX conversations_recent ON conversations (updated_at, id);
CREATE INDEX conversations_recent_by_state ON conversations (state, updated_at, id);

CREATE TABLE conversation_tags (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    tag             TEXT NOT NULL,
    PRIMARY KEY (conversation_id, tag)
);
CREATE INDEX conversation_tags_by_tag ON conversation_tags (tag);

CREATE TABLE participants (
    conversation_id TEXT   NOT NULL REFERENCES conversations (id),
    kind            TEXT   NOT NULL,               -- operator, identity, copy
    ref             TEXT   NOT NULL,
    role            TEXT   NOT NULL,
    joined_at       BIGINT NOT NULL,
    left_at         BIGINT,
    PRIMARY KEY (conversation_id, kind, ref)
);

CREATE TABLE messages (
    row_id          INTEGER PRIMARY KEY,           -- the search index points here
    id              TEXT    NOT NULL UNIQUE,
    conversation_id TEXT    NOT NULL REFERENCES conversations (id),
    number          BIGINT  NOT NULL,
    inbox_id        TEXT    NOT NULL,
    sender_type     TEXT    NOT NULL,              -- customer, operator, assistant, system
    sender_id       TEXT,
    sender_name     TEXT,
    kind            TEXT    NOT NULL,
    text            TEXT    NOT NULL DEFAULT '',
    full_text       TEXT,
    html            TEXT,
    status          TEXT    NOT NULL,              -- received, queued, sent, delivered, read, failed, uncertain, cancelled, none
    client_id       TEXT,
    external_id     TEXT,
    reply_to        TEXT,
    raw_event_id    TEXT,
    automatic       BOOLEAN NOT NULL DEFAULT FALSE,
    extra           TEXT    NOT NULL DEFAULT '{}',
    sent_at         BIGINT,                        -- the provider's time
    created_at      BIGINT  NOT NULL,
    edited_at       BIGINT,
    deleted_at      BIGINT,
    UNIQUE (conversation_id, number)
);
CREATE UNIQUE INDEX messages_client_id ON messages (conversation_id, client_id) WHERE client_id IS NOT NULL;
CREATE UNIQUE INDEX messages_external_id ON messages (inbox_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX messages_by_raw_event ON messages (raw_event_id) WHERE raw_event_id IS NOT NULL;

-- Provider ids of what we sent: several where a text was split.
CREATE TABLE external_ids (
    inbox_id    TEXT NOT NULL,
    external_id TEXT NOT NULL,
    message_id  TEXT NOT NULL REFERENCES messages (id),
    PRIMARY KEY (inbox_id, external_id)
);
CREATE INDEX external_ids_by_message ON external_ids (message_id);

CREATE TABLE message_versions (
    message_id TEXT   NOT NULL REFERENCES messages (id),
    version    BIGINT NOT NULL,
    text       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (message_id, version)
);

CREATE TABLE reactions (
    message_id TEXT   NOT NULL REFERENCES messages (id),
    actor      TEXT   NOT NULL,                    -- identity or operator id
    emoji      TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (message_id, actor)
);

CREATE TABLE uploads (
    id           TEXT   NOT NULL PRIMARY KEY,
    owner        TEXT   NOT NULL,                  -- operator:<id> or visitor:<inbox>:<external id>
    name         TEXT   NOT NULL,
    content_type TEXT   NOT NULL,
    size         BIGINT NOT NULL,
    hash         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX uploads_by_owner ON uploads (owner, created_at);
CREATE INDEX uploads_by_age ON uploads (created_at);
CREATE INDEX uploads_by_hash ON uploads (hash);

CREATE TABLE attachments (
    id           TEXT    NOT NULL PRIMARY KEY,
    message_id   TEXT    NOT NULL REFERENCES messages (id),
    position     BIGINT  NOT NULL,
    name         TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    size         BIGINT  NOT NULL,
    hash         TEXT,                             -- null until fetched
    inline       BOOLEAN NOT NULL DEFAULT FALSE,
    content_id   TEXT,
    state        TEXT    NOT NULL,                 -- stored, waiting, failed
    reference    TEXT,
    error        TEXT,
    attempts     BIGINT  NOT NULL DEFAULT 0,
    next_at      BIGINT
);
CREATE INDEX attachments_by_message ON attachments (message_id, position);
CREATE INDEX attachments_by_hash ON attachments (hash);
CREATE INDEX attachments_waiting ON attachments (next_at) WHERE state = 'waiting';

-- Deliveries --------------------------------------------------------------------------------------------------------

CREATE TABLE deliveries (
    id              TEXT   NOT NULL PRIMARY KEY,
    message_id      TEXT   NOT NULL UNIQUE REFERENCES messages (id),
    conversation_id TEXT   NOT NULL REFERENCES conversations (id),
    inbox_id        TEXT   NOT NULL REFERENCES inboxes (id),
    number          BIGINT NOT NULL,
    state           TEXT   NOT NULL,               -- queued, sending, retry_wait, uncertain, sent, delivered, read, failed, cancelled
    attempts        BIGINT NOT NULL DEFAULT 0,
    round_started   BIGINT NOT NULL DEFAULT 0,     -- attempts already made when a person asked for another round
    next_at         BIGINT NOT NULL,
    lease_until     BIGINT,
    code            TEXT,
    shown           TEXT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    sent_at         BIGINT,
    delivered_at    BIGINT,
    read_at         BIGINT
);
CREATE INDEX deliveries_unsettled ON deliveries (conversation_id, number)
    WHERE state IN ('queued', 'sending', 'retry_wait', 'uncertain');
CREATE INDEX deliveries_by_conversation ON deliveries (conversation_id, number);
CREATE INDEX deliveries_due ON deliveries (inbox_id, next_at) WHERE state IN ('queued', 'retry_wait');
CREATE INDEX deliveries_by_state ON deliveries (state, id);

CREATE TABLE delivery_attempts (
    delivery_id TEXT   NOT NULL REFERENCES deliveries (id),
    attempt     BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT,
    outcome     TEXT,
    detail      TEXT,
    PRIMARY KEY (delivery_id, attempt)
);

-- Changes of messages that have left, and reactions of operators, on their way to the provider.
CREATE TABLE amendments (
    id              TEXT   NOT NULL PRIMARY KEY,
    message_id      TEXT   NOT NULL REFERENCES messages (id),
    conversation_id TEXT   NOT NULL REFERENCES conversations (id),
    inbox_id        TEXT   NOT NULL REFERENCES inboxes (id),
    operator_id     TEXT   NOT NULL,
    change          TEXT   NOT NULL,               -- edit, delete, react
    value           TEXT,                          -- the new text, or the emoji; null takes a reaction back
    state           TEXT   NOT NULL,               -- queued, sending, retry_wait, done, failed, replaced
    attempts        BIGINT NOT NULL DEFAULT 0,
    free            BIGINT NOT NULL DEFAULT 0,     -- attempts that do not count against the retry schedule
    next_at         BIGINT NOT NULL,
    lease_until     BIGINT NOT NULL DEFAULT 0,
    code            TEXT,
    shown           TEXT,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);
CREATE INDEX amendments_by_message ON amendments (message_id, id);
CREATE INDEX amendments_open ON amendments (inbox_id, next_at) WHERE state IN ('queued', 'sending', 'retry_wait');

-- News about messages whose provider id is not known yet; joined when it becomes known, dropped after a day.
CREATE TABLE pending_receipts (
    id          TEXT   NOT NULL PRIMARY KEY,
    inbox_id    TEXT   NOT NULL,
    external_id TEXT   NOT NULL,
    payload     TEXT   NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX pending_receipts_by_external_id ON pending_receipts (inbox_id, external_id);

-- Edits, deletions and reactions that came before their message; joined when it comes, dropped after a day.
CREATE TABLE early_effects (
    id          TEXT   NOT NULL PRIMARY KEY,
    inbox_id    TEXT   NOT NULL,
    external_id TEXT   NOT NULL,
    payload     TEXT   NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX early_effects_by_external_id ON early_effects (inbox_id, external_id);

-- The log -----------------------------------------------------------------------------------------------------------

CREATE TABLE events (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT   NOT NULL,
    stream          TEXT   NOT NULL,
    kind            TEXT   NOT NULL,
    audience        TEXT   NOT NULL,               -- staff, or everyone in the conversation
    conversation_id TEXT,
    payload         TEXT   NOT NULL,
    at              BIGINT NOT NULL
);
CREATE INDEX events_by_conversation ON events (conversation_id, seq) WHERE conversation_id IS NOT NULL;

-- Help for operators ------------------------------------------------------------------------------------------------

CREATE TABLE canned_responses (
    id         TEXT   NOT NULL PRIMARY KEY,
    shortcut   TEXT   NOT NULL,
    title      TEXT   NOT NULL,
    content    TEXT   NOT NULL,
    owner_id   TEXT   REFERENCES operators (id),   -- null: shared by everybody
    team_id    TEXT   REFERENCES teams (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX canned_responses_by_shortcut ON canned_responses (shortcut);

CREATE TABLE articles (
    id         TEXT   NOT NULL PRIMARY KEY,
    title      TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    search_text TEXT   NOT NULL,                   -- title and body in lower case
    state      TEXT   NOT NULL,                    -- draft, published, archived
    version    BIGINT NOT NULL DEFAULT 1,
    author_id  TEXT   REFERENCES operators (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE idempotency_keys (
    scope        TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    request_hash TEXT   NOT NULL,
    status       BIGINT,                           -- null while the first request is still running
    body         TEXT,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Search ------------------------------------------------------------------------------------------------------------

-- The first letters are indexed as well: what a person has begun to type matches half of all messages.
CREATE VIRTUAL TABLE message_search USING fts5 (text, content='', contentless_delete=1, prefix='1 2 3 4 5', tokenize='unicode61 remove_diacritics 2');
CREATE TRIGGER messages_search_insert AFTER INSERT ON messages WHEN new.text <> '' BEGIN
    INSERT INTO message_search (rowid, text) VALUES (new.row_id, new.text);
END;
CREATE TRIGGER messages_search_update AFTER UPDATE OF text ON messages BEGIN
    DELETE FROM message_search WHERE rowid = old.row_id;
    INSERT INTO message_search (rowid, text) VALUES (new.row_id, new.text);
END;
CREATE TRIGGER messages_search_delete AFTER DELETE ON messages BEGIN
    DELETE FROM message_search WHERE rowid = old.row_id;
END;

-- One entry for each contact: its name, and the names and handles of its identities.
CREATE VIRTUAL TABLE contact_search USING fts5 (text, content='', contentless_delete=1, prefix='1 2 3', tokenize='unicode61 remove_diacritics 2');
CREATE VIEW contact_search_texts AS
    SELECT c.row_id, c.id, COALESCE(c.name, '') || ' ' || COALESCE((SELECT group_concat(COALESCE(i.name, '') || ' ' || COALESCE(i.handle, ''), ' ')
                                                                    FROM identities i WHERE i.contact_id = c.id), '') AS text
    FROM contacts c;
CREATE TRIGGER contacts_search_update AFTER UPDATE OF name ON contacts BEGIN
    DELETE FROM contact_search WHERE rowid = old.row_id;
    INSERT INTO contact_search (rowid, text) SELECT row_id, text FROM contact_search_texts WHERE id = new.id;
END;
CREATE TRIGGER contacts_search_delete AFTER DELETE ON contacts BEGIN
    DELETE FROM contact_search WHERE rowid = old.row_id;
END;
CREATE TRIGGER identities_search_insert AFTER INSERT ON identities BEGIN
    DELETE FROM contact_search WHERE rowid = (SELECT row_id FROM contacts WHERE id = new.contact_id);
    INSERT INTO contact_search (rowid, text) SELECT row_id, text FROM contact_search_texts WHERE id = new.contact_id;
END;
CREATE TRIGGER identities_search_update AFTER UPDATE OF contact_id, name, handle ON identities BEGIN
    DELETE FROM contact_search WHERE rowid IN (SELECT row_id FROM contacts WHERE id IN (old.contact_id, new.contact_id));
    INSERT INTO contact_search (rowid, text) SELECT row_id, text FROM contact_search_texts WHERE id IN (old.contact_id, new.contact_id);
END;
CREATE TRIGGER identities_search_delete AFTER DELETE ON identities BEGIN
    DELETE FROM contact_search WHERE rowid = (SELECT row_id FROM contacts WHERE id = old.contact_id);
    INSERT INTO contact_search (rowid, text) SELECT row_id, text FROM contact_search_texts WHERE id = old.contact_id;
END;
