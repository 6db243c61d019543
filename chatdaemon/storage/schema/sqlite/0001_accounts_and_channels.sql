-- Times are milliseconds since 1970; 0 in "until" is for ever. See chatdaemon/storage/tables.py.
-- No name is unique here: who may have which is the realm's to decide, and a rule kept twice could only differ.

CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    standing TEXT NOT NULL,
    password TEXT,
    scram TEXT,
    email TEXT,
    asked_email TEXT,
    code TEXT,
    code_until INTEGER,
    vhost TEXT,
    asked_vhost TEXT,
    last_seen_at INTEGER NOT NULL,
    note TEXT NOT NULL
);

CREATE TABLE account_nicks (
    account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    position INTEGER NOT NULL,
    nick TEXT NOT NULL,
    PRIMARY KEY (account_id, position)
) WITHOUT ROWID;

CREATE TABLE account_certificates (
    account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    position INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (account_id, position)
) WITHOUT ROWID;

CREATE TABLE account_settings (
    account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, position)
) WITHOUT ROWID;

CREATE TABLE account_metadata (
    account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, position)
) WITHOUT ROWID;

CREATE TABLE channels (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    founder TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    topic TEXT NOT NULL,
    topic_by TEXT NOT NULL,
    topic_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE channel_flags (
    channel_id TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    position INTEGER NOT NULL,
    flag TEXT NOT NULL,
    PRIMARY KEY (channel_id, position)
) WITHOUT ROWID;

CREATE TABLE channel_modes (
    channel_id TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    position INTEGER NOT NULL,
    mode TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (channel_id, position)
) WITHOUT ROWID;

CREATE TABLE channel_masks (
    channel_id TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    position INTEGER NOT NULL,
    list TEXT NOT NULL,
    mask TEXT NOT NULL,
    set_by TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (channel_id, position)
) WITHOUT ROWID;

CREATE TABLE channel_access (
    channel_id TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    position INTEGER NOT NULL,
    folded TEXT NOT NULL,
    account TEXT NOT NULL,
    ranks TEXT NOT NULL,
    given_by TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (channel_id, position)
) WITHOUT ROWID;

CREATE TABLE channel_settings (
    channel_id TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (channel_id, position)
) WITHOUT ROWID;

CREATE TABLE channel_metadata (
    channel_id TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (channel_id, position)
) WITHOUT ROWID;

CREATE TABLE invitations (
    code TEXT NOT NULL PRIMARY KEY,
    made_by TEXT NOT NULL,
    uses INTEGER NOT NULL,
    until INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE read_markers (
    account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target TEXT NOT NULL,
    read_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, target)
) WITHOUT ROWID;

-- What is written to see whether there is room (see sqlite.py).
CREATE TABLE room (filler BLOB NOT NULL);
