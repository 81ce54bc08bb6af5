-- Lists say what the last message is, not only its words; and an edit finds it although a note was written after it.
ALTER TABLE conversations ADD COLUMN last_kind TEXT COLLATE "C";
ALTER TABLE conversations ADD COLUMN last_shown BIGINT;   -- number of the message that lists show

UPDATE conversations SET last_shown =
    (SELECT max(number) FROM messages WHERE conversation_id = conversations.id AND kind <> 'note' AND sender_type <> 'system');
UPDATE conversations SET last_kind =
    (SELECT kind FROM messages WHERE conversation_id = conversations.id AND number = conversations.last_shown);
