-- Access tokens of accounts; "verbs" and "channels" are words with spaces between them. Of the secret there is
-- only its SHA-256.

CREATE TABLE access_tokens (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    verbs TEXT NOT NULL,
    channels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER NOT NULL
);
CREATE INDEX access_tokens_of ON access_tokens (account_id);
CREATE INDEX access_tokens_by ON access_tokens (digest);

-- Hooks of registered channels: "in" with the SHA-256 of a secret; "out" with an address, the secret that signs
-- what is sent there, and the names of the events, with spaces between them.

CREATE TABLE channel_hooks (
    channel_id TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    position INTEGER NOT NULL,
    direction TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT,
    url TEXT,
    secret TEXT,
    events TEXT,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (channel_id, position)
) WITHOUT ROWID;
