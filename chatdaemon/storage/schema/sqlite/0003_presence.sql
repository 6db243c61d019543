-- Those who are always on, and the channels that they are in. A channel with no founder is not registered: it is
-- kept while somebody is in it who is always on. In memberships, "entry" is the order in which people joined.

-- No column can be made nullable, and a table with others hanging on it not be made anew.
ALTER TABLE channels ADD COLUMN new_founder TEXT;
ALTER TABLE channels ADD COLUMN new_registered_at INTEGER;
UPDATE channels SET new_founder = founder, new_registered_at = registered_at;
ALTER TABLE channels DROP COLUMN founder;
ALTER TABLE channels DROP COLUMN registered_at;
ALTER TABLE channels RENAME COLUMN new_founder TO founder;
ALTER TABLE channels RENAME COLUMN new_registered_at TO registered_at;

CREATE TABLE devices (
    account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    device TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, device)
) WITHOUT ROWID;

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    nick TEXT NOT NULL,
    username TEXT NOT NULL,
    realname TEXT NOT NULL,
    host TEXT NOT NULL,
    plain_host TEXT NOT NULL,
    real_host TEXT NOT NULL,
    connected_at INTEGER NOT NULL,
    exempt INTEGER NOT NULL,
    away TEXT,
    auto_away INTEGER NOT NULL,
    left_at INTEGER NOT NULL
);

CREATE INDEX users_accounts ON users (account_id);

CREATE TABLE user_modes (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    position INTEGER NOT NULL,
    mode TEXT NOT NULL,
    PRIMARY KEY (user_id, position)
) WITHOUT ROWID;

CREATE TABLE user_accepted (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    position INTEGER NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (user_id, position)
) WITHOUT ROWID;

CREATE TABLE user_silences (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    position INTEGER NOT NULL,
    mask TEXT NOT NULL,
    PRIMARY KEY (user_id, position)
) WITHOUT ROWID;

CREATE TABLE memberships (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    channel_id TEXT NOT NULL REFERENCES channels ON DELETE CASCADE,
    ranks TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (user_id, channel_id)
) WITHOUT ROWID;

CREATE INDEX memberships_channels ON memberships (channel_id);
