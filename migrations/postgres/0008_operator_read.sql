-- Operators can mark a conversation unread: operator_seen then goes back. What the customer is told was read never does.
ALTER TABLE conversations ADD COLUMN operator_read BIGINT NOT NULL DEFAULT 0;
UPDATE conversations SET operator_read = operator_seen;
