-- Every text compares bytewise (COLLATE "C"), as on SQLite, so that pages and order agree.
-- Ids are UUIDv7 as text, times microseconds UTC, JSON is text: one SQL text then serves both stores (docs/ARCHITECTURE.md).

CREATE TABLE meta (
    key   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

-- People who answer -------------------------------------------------------------------------------------------------

CREATE TABLE operators (
    id             TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    email          TEXT COLLATE "C"   NOT NULL UNIQUE,
    name           TEXT COLLATE "C"   NOT NULL,
    role           TEXT COLLATE "C"   NOT NULL,
    password_hash  TEXT COLLATE "C"   NOT NULL,
    availability   TEXT COLLATE "C"   NOT NULL DEFAULT 'offline',
    capacity       BIGINT NOT NULL DEFAULT 10,
    skills         TEXT COLLATE "C"   NOT NULL DEFAULT '[]',
    last_active_at BIGINT,
    disabled_at    BIGINT,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash   TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    operator_id  TEXT COLLATE "C"   NOT NULL REFERENCES operators (id),
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sessions_by_operator ON sessions (operator_id);

CREATE TABLE api_tokens (
    id           TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    operator_id  TEXT COLLATE "C"   NOT NULL REFERENCES operators (id),
    name         TEXT COLLATE "C"   NOT NULL,
    role         TEXT COLLATE "C"   NOT NULL,
    token_hash   TEXT COLLATE "C"   NOT NULL UNIQUE,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at   BIGINT,
    revoked_at   BIGINT
);

CREATE TABLE setup_links (
    token_hash TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE TABLE teams (
    id         TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    name       TEXT COLLATE "C"   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE team_members (
    team_id     TEXT COLLATE "C" NOT NULL REFERENCES teams (id),
    operator_id TEXT COLLATE "C" NOT NULL REFERENCES operators (id),
    PRIMARY KEY (team_id, operator_id)
);

-- Lines -------------------------------------------------------------------------------------------------------------

CREATE TABLE inboxes (
    id         TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    channel    TEXT COLLATE "C"   NOT NULL,
    name       TEXT COLLATE "C"   NOT NULL UNIQUE,
    source     TEXT COLLATE "C"   NOT NULL,              -- file or api
    settings   TEXT COLLATE "C"   NOT NULL,              -- the channel's own; sealed when it came by the API
    options    TEXT COLLATE "C"   NOT NULL DEFAULT '{}', -- what the daemon does with the inbox, whatever its channel
    state      TEXT COLLATE "C"   NOT NULL,              -- running, paused, removed
    held_until BIGINT NOT NULL DEFAULT 0,       -- the provider has slowed us down until then
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE cursors (
    inbox_id   TEXT COLLATE "C"   NOT NULL REFERENCES inboxes (id),
    name       TEXT COLLATE "C"   NOT NULL,
    value      TEXT COLLATE "C"   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (inbox_id, name)
);

-- One holder of each polling inbox; a cursor is written only under the holder's term.
CREATE TABLE leases (
    inbox_id   TEXT COLLATE "C"   NOT NULL PRIMARY KEY REFERENCES inboxes (id),
    holder     TEXT COLLATE "C"   NOT NULL,
    term       BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- What arrived, as it arrived.
CREATE TABLE raw_events (
    id          TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    inbox_id    TEXT COLLATE "C"   NOT NULL REFERENCES inboxes (id),
    event_key   TEXT COLLATE "C"   NOT NULL,
    body        BYTEA  NOT NULL,
    state       TEXT COLLATE "C"   NOT NULL,             -- applied, ignored, quarantined
    reason      TEXT COLLATE "C",
    replays     BIGINT NOT NULL DEFAULT 0,
    received_at BIGINT NOT NULL,
    UNIQUE (inbox_id, event_key)
);
CREATE INDEX raw_events_set_aside ON raw_events (state, id) WHERE state <> 'applied';

-- Customers ---------------------------------------------------------------------------------------------------------

CREATE TABLE contacts (
    row_id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the search index points here
    id            TEXT COLLATE "C"   NOT NULL UNIQUE,
    name          TEXT COLLATE "C",
    language      TEXT COLLATE "C",
    custom_fields TEXT COLLATE "C"   NOT NULL DEFAULT '{}',
    named_by      TEXT COLLATE "C",                            -- the operator who wrote the name; null: the customer or the channel gave it
    merged_into   TEXT COLLATE "C"   REFERENCES contacts (id), -- whose contact this one is now; null: its own
    search_text   TEXT COLLATE "C"   NOT NULL DEFAULT '', -- its name, and the names and handles of its identities
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

CREATE TABLE identities (
    id          TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    contact_id  TEXT COLLATE "C"    NOT NULL REFERENCES contacts (id),
    inbox_id    TEXT COLLATE "C"    NOT NULL REFERENCES inboxes (id),
    external_id TEXT COLLATE "C"    NOT NULL,
    handle      TEXT COLLATE "C",
    name        TEXT COLLATE "C",
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
    inbox_id    TEXT COLLATE "C" NOT NULL REFERENCES inboxes (id),
    external_id TEXT COLLATE "C" NOT NULL,
    identity_id TEXT COLLATE "C" NOT NULL REFERENCES identities (id),
    until       BIGINT,                            -- the provider has taken the id away: good for late news until then
    PRIMARY KEY (inbox_id, external_id)
);
CREATE INDEX identity_aliases_by_identity ON identity_aliases (identity_id);

-- What two identities of one person have in common, normalised.
CREATE TABLE identity_marks (
    identity_id TEXT COLLATE "C" NOT NULL REFERENCES identities (id),
    kind        TEXT COLLATE "C" NOT NULL,                    -- phone, email, account
    value       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (identity_id, kind, value)
);
CREATE INDEX identity_marks_by_value ON identity_marks (kind, value);

-- Contacts that turned out to be one person. Everything that moved is written down, so that it can move back.
CREATE TABLE contact_merges (
    id        TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    into_id   TEXT COLLATE "C"   NOT NULL REFERENCES contacts (id),
    from_id   TEXT COLLATE "C"   NOT NULL REFERENCES contacts (id),
    reason    TEXT COLLATE "C"   NOT NULL,                    -- operator, provider
    by_id     TEXT COLLATE "C",
    filled    TEXT COLLATE "C"   NOT NULL,                    -- what the one had not and took over from the other, as JSON
    at        BIGINT NOT NULL,
    undone_at BIGINT,
    undone_by TEXT COLLATE "C"
);
CREATE INDEX contact_merges_by_into ON contact_merges (into_id, id);
CREATE INDEX contact_merges_by_from ON contact_merges (from_id, id);

CREATE TABLE contact_merge_moves (
    merge_id TEXT COLLATE "C" NOT NULL REFERENCES contact_merges (id),
    kind     TEXT COLLATE "C" NOT NULL,                       -- identity, conversation
    ref      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (merge_id, kind, ref)
);

-- Conversations -----------------------------------------------------------------------------------------------------

CREATE TABLE conversations (
    id               TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    inbox_id         TEXT COLLATE "C"   NOT NULL REFERENCES inboxes (id),
    channel          TEXT COLLATE "C"   NOT NULL,
    contact_id       TEXT COLLATE "C"   NOT NULL REFERENCES contacts (id),
    identity_id      TEXT COLLATE "C"   NOT NULL REFERENCES identities (id),
    thread_key       TEXT COLLATE "C"   NOT NULL DEFAULT '',   -- empty where a contact has one line only
    state            TEXT COLLATE "C"   NOT NULL,
    subject          TEXT COLLATE "C",
    priority         BIGINT NOT NULL DEFAULT 1,    -- 0 low, 1 medium, 2 high, 3 urgent
    required_skills  TEXT COLLATE "C"   NOT NULL DEFAULT '[]',
    custom_fields    TEXT COLLATE "C"   NOT NULL DEFAULT '{}',
    metadata         TEXT COLLATE "C"   NOT NULL DEFAULT '{}',
    assignee_id      TEXT COLLATE "C"   REFERENCES operators (id),
    team_id          TEXT COLLATE "C"   REFERENCES teams (id),
    transfer_from    TEXT COLLATE "C"   REFERENCES operators (id),
    transfer_comment TEXT COLLATE "C",
    escalated        BOOLEAN NOT NULL DEFAULT FALSE, -- waits for a supervisor
    last_number      BIGINT NOT NULL DEFAULT 0,
    last_text        TEXT COLLATE "C",
    last_sender      TEXT COLLATE "C",
    last_message_at  BIGINT,
    last_inbound_at  BIGINT,
    waiting_since    BIGINT,                       -- oldest customer message without an answer
    customer_seen    BIGINT NOT NULL DEFAULT 0,    -- number of the last message seen
    operator_seen    BIGINT NOT NULL DEFAULT 0,
    close_reason     TEXT COLLATE "C",
    close_summary    TEXT COLLATE "C",
    flag             TEXT COLLATE "C",                         -- why it should be looked at with suspicion
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
    conversation_id TEXT COLLATE "C" NOT NULL REFERENCES conversations (id),
    tag             TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (conversation_id, tag)
);
CREATE INDEX conversation_tags_by_tag ON conversation_tags (tag);

CREATE TABLE participants (
    conversation_id TEXT COLLATE "C"   NOT NULL REFERENCES conversations (id),
    kind            TEXT COLLATE "C"   NOT NULL,               -- operator, identity, copy
    ref             TEXT COLLATE "C"   NOT NULL,
    role            TEXT COLLATE "C"   NOT NULL,
    joined_at       BIGINT NOT NULL,
    left_at         BIGINT,
    PRIMARY KEY (conversation_id, kind, ref)
);

CREATE TABLE messages (
    row_id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the search index points here
    id              TEXT COLLATE "C"    NOT NULL UNIQUE,
    conversation_id TEXT COLLATE "C"    NOT NULL REFERENCES conversations (id),
    number          BIGINT  NOT NULL,
    inbox_id        TEXT COLLATE "C"    NOT NULL,
    sender_type     TEXT COLLATE "C"    NOT NULL,              -- customer, operator, assistant, system
    sender_id       TEXT COLLATE "C",
    sender_name     TEXT COLLATE "C",
    kind            TEXT COLLATE "C"    NOT NULL,
    text            TEXT COLLATE "C"    NOT NULL DEFAULT '',
    full_text       TEXT COLLATE "C",
    html            TEXT COLLATE "C",
    status          TEXT COLLATE "C"    NOT NULL,              -- received, queued, sent, delivered, read, failed, uncertain, cancelled, none
    client_id       TEXT COLLATE "C",
    external_id     TEXT COLLATE "C",
    reply_to        TEXT COLLATE "C",
    raw_event_id    TEXT COLLATE "C",
    automatic       BOOLEAN NOT NULL DEFAULT FALSE,
    extra           TEXT COLLATE "C"    NOT NULL DEFAULT '{}',
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
    inbox_id    TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    message_id  TEXT COLLATE "C" NOT NULL REFERENCES messages (id),
    PRIMARY KEY (inbox_id, external_id)
);
CREATE INDEX external_ids_by_message ON external_ids (message_id);

CREATE TABLE message_versions (
    message_id TEXT COLLATE "C"   NOT NULL REFERENCES messages (id),
    version    BIGINT NOT NULL,
    text       TEXT COLLATE "C"   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (message_id, version)
);

CREATE TABLE reactions (
    message_id TEXT COLLATE "C"   NOT NULL REFERENCES messages (id),
    actor      TEXT COLLATE "C"   NOT NULL,                    -- identity or operator id
    emoji      TEXT COLLATE "C"   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (message_id, actor)
);

CREATE TABLE uploads (
    id           TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    owner        TEXT COLLATE "C"   NOT NULL,                  -- operator:<id> or visitor:<inbox>:<external id>
    name         TEXT COLLATE "C"   NOT NULL,
    content_type TEXT COLLATE "C"   NOT NULL,
    size         BIGINT NOT NULL,
    hash         TEXT COLLATE "C"   NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX uploads_by_owner ON uploads (owner, created_at);
CREATE INDEX uploads_by_age ON uploads (created_at);
CREATE INDEX uploads_by_hash ON uploads (hash);

CREATE TABLE attachments (
    id           TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    message_id   TEXT COLLATE "C"    NOT NULL REFERENCES messages (id),
    position     BIGINT  NOT NULL,
    name         TEXT COLLATE "C"    NOT NULL,
    content_type TEXT COLLATE "C"    NOT NULL,
    size         BIGINT  NOT NULL,
    hash         TEXT COLLATE "C",                             -- null until fetched
    inline       BOOLEAN NOT NULL DEFAULT FALSE,
    content_id   TEXT COLLATE "C",
    state        TEXT COLLATE "C"    NOT NULL,                 -- stored, waiting, failed
    reference    TEXT COLLATE "C",
    error        TEXT COLLATE "C",
    attempts     BIGINT  NOT NULL DEFAULT 0,
    next_at      BIGINT
);
CREATE INDEX attachments_by_message ON attachments (message_id, position);
CREATE INDEX attachments_by_hash ON attachments (hash);
CREATE INDEX attachments_waiting ON attachments (next_at) WHERE state = 'waiting';

-- Deliveries --------------------------------------------------------------------------------------------------------

CREATE TABLE deliveries (
    id              TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    message_id      TEXT COLLATE "C"   NOT NULL UNIQUE REFERENCES messages (id),
    conversation_id TEXT COLLATE "C"   NOT NULL REFERENCES conversations (id),
    inbox_id        TEXT COLLATE "C"   NOT NULL REFERENCES inboxes (id),
    number          BIGINT NOT NULL,
    state           TEXT COLLATE "C"   NOT NULL,               -- queued, sending, retry_wait, uncertain, sent, delivered, read, failed, cancelled
    attempts        BIGINT NOT NULL DEFAULT 0,
    round_started   BIGINT NOT NULL DEFAULT 0,     -- attempts already made when a person asked for another round
    next_at         BIGINT NOT NULL,
    lease_until     BIGINT,
    code            TEXT COLLATE "C",
    shown           TEXT COLLATE "C",
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
    delivery_id TEXT COLLATE "C"   NOT NULL REFERENCES deliveries (id),
    attempt     BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT,
    outcome     TEXT COLLATE "C",
    detail      TEXT COLLATE "C",
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
    id          TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    inbox_id    TEXT COLLATE "C"   NOT NULL,
    external_id TEXT COLLATE "C"   NOT NULL,
    payload     TEXT COLLATE "C"   NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX pending_receipts_by_external_id ON pending_receipts (inbox_id, external_id);

-- Edits, deletions and reactions that came before their message; joined when it comes, dropped after a day.
CREATE TABLE early_effects (
    id          TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    inbox_id    TEXT COLLATE "C"   NOT NULL,
    external_id TEXT COLLATE "C"   NOT NULL,
    payload     TEXT COLLATE "C"   NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX early_effects_by_external_id ON early_effects (inbox_id, external_id);

-- The log -----------------------------------------------------------------------------------------------------------

CREATE TABLE events (
    seq             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              TEXT COLLATE "C"   NOT NULL,
    stream          TEXT COLLATE "C"   NOT NULL,
    kind            TEXT COLLATE "C"   NOT NULL,
    audience        TEXT COLLATE "C"   NOT NULL,               -- staff, or everyone in the conversation
    conversation_id TEXT COLLATE "C",
    payload         TEXT COLLATE "C"   NOT NULL,
    at              BIGINT NOT NULL
);
CREATE INDEX events_by_conversation ON events (conversation_id, seq) WHERE conversation_id IS NOT NULL;

-- Help for operators ------------------------------------------------------------------------------------------------

CREATE TABLE canned_responses (
    id         TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    shortcut   TEXT COLLATE "C"   NOT NULL,
    title      TEXT COLLATE "C"   NOT NULL,
    content    TEXT COLLATE "C"   NOT NULL,
    owner_id   TEXT COLLATE "C"   REFERENCES operators (id),   -- null: shared by everybody
    team_id    TEXT COLLATE "C"   REFERENCES teams (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX canned_responses_by_shortcut ON canned_responses (shortcut);

CREATE TABLE articles (
    id         TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    title      TEXT COLLATE "C"   NOT NULL,
    body       TEXT COLLATE "C"   NOT NULL,
    search_text TEXT COLLATE "C"   NOT NULL,                   -- title and body in lower case
    state      TEXT COLLATE "C"   NOT NULL,                    -- draft, published, archived
    version    BIGINT NOT NULL DEFAULT 1,
    author_id  TEXT COLLATE "C"   REFERENCES operators (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE idempotency_keys (
    scope        TEXT COLLATE "C"   NOT NULL,
    key          TEXT COLLATE "C"   NOT NULL,
    request_hash TEXT COLLATE "C"   NOT NULL,
    status       BIGINT,                           -- null while the first request is still running
    body         TEXT COLLATE "C",
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Search ------------------------------------------------------------------------------------------------------------

-- The 'simple' dictionary knows no language: customers write in all of them. Addresses and the like are cut into words;
-- ICU knows the lower case of every alphabet, whatever locale the database was made with.
CREATE INDEX messages_search ON messages USING GIN (to_tsvector('simple', translate(lower(text COLLATE "und-x-icu"), '@.-_+/:', '       ')));
CREATE INDEX contacts_search ON contacts USING GIN (to_tsvector('simple', search_text));

CREATE FUNCTION refresh_contact_search (contact TEXT) RETURNS void LANGUAGE sql AS $$
    UPDATE contacts c SET search_text = translate(lower(concat_ws(' ', c.name,
        (SELECT string_agg(concat_ws(' ', i.name, i.handle), ' ') FROM identities i WHERE i.contact_id = c.id)) COLLATE "und-x-icu"), '@.-_+/:', '       ')
    WHERE c.id = contact
$$;
CREATE FUNCTION contacts_search_changed () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_contact_search(NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION identities_search_changed () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM refresh_contact_search(OLD.contact_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM refresh_contact_search(NEW.contact_id); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contacts_search_update AFTER UPDATE OF name ON contacts FOR EACH ROW EXECUTE FUNCTION contacts_search_changed();
CREATE TRIGGER identities_search AFTER INSERT OR DELETE OR UPDATE OF contact_id, name, handle ON identities
    FOR EACH ROW EXECUTE FUNCTION identities_search_changed();
