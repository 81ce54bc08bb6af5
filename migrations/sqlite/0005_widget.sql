-- What customers say of themselves before a conversation, and conversations that go on by mail.

-- A telephone number as the customer gave it; it proves nothing.
ALTER TABLE identities ADD COLUMN phone TEXT;

-- A visitor of a web chat left an address: answers leave by mail through another inbox while nobody reads them in the chat.
CREATE TABLE mail_handovers (
    conversation_id TEXT   NOT NULL PRIMARY KEY REFERENCES conversations (id),
    inbox_id        TEXT   NOT NULL REFERENCES inboxes (id), -- the mail inbox
    email           TEXT   NOT NULL,                         -- in lower case
    name            TEXT,
    footer          TEXT   NOT NULL,                         -- stands under every mail
    at              BIGINT NOT NULL
);
