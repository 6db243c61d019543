-- Keys by which clients have sent messages, so that the same one again is not another. "fingerprint" is the same
-- for the same message.

CREATE TABLE message_keys (
    account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key TEXT NOT NULL,
    msgid TEXT NOT NULL,
    said_at INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) WITHOUT ROWID;
