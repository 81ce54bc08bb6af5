-- What messages said before they were edited or deleted. A deleted message itself says nothing any more.
CREATE TABLE message_revisions (
    message_id TEXT COLLATE "C"   NOT NULL REFERENCES messages (id),
    number     BIGINT NOT NULL,
    text       TEXT COLLATE "C"   NOT NULL,
    at         BIGINT NOT NULL,                    -- until then it said this
    what       TEXT COLLATE "C"   NOT NULL,        -- edit, delete: what ended it
    PRIMARY KEY (message_id, number)
);
INSERT INTO message_revisions (message_id, number, text, at, what)
    SELECT message_id, version, text, at, 'edit' FROM message_versions;
INSERT INTO message_revisions (message_id, number, text, at, what)
    SELECT m.id, (SELECT COUNT(*) + 1 FROM message_versions v WHERE v.message_id = m.id), m.text, m.deleted_at, 'delete'
    FROM messages m WHERE m.deleted_at IS NOT NULL;
UPDATE messages SET text = '', full_text = NULL, html = NULL WHERE deleted_at IS NOT NULL;
DROP TABLE message_versions;
