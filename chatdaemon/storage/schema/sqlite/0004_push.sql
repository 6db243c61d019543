-- Web push: where accounts are told of messages. "capabilities" are words with spaces between them.

CREATE TABLE push_subscriptions (
    account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    endpoint TEXT NOT NULL,
    public_key TEXT NOT NULL,
    secret TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    renewed_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, endpoint)
) WITHOUT ROWID;
