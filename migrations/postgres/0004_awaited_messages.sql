-- Earlier messages that stored ones name and that have not come: a parent may be slower than the answer to it.
CREATE TABLE awaited_messages (
    inbox_id    TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    message_id  TEXT COLLATE "C" NOT NULL REFERENCES messages (id), -- which names it
    PRIMARY KEY (inbox_id, external_id, message_id)
);
CREATE INDEX awaited_messages_by_message ON awaited_messages (message_id);
