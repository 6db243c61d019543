-- Times are milliseconds since 1970; 0 in "until" is for ever. See chatdaemon/storage/tables.py. COLLATE "C": by
-- code points, as the other database sorts.
-- No name is unique here: who may have which is the realm's to decide, and a rule kept twice could only differ.

CREATE TABLE meta (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value bigint NOT NULL
);

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    registered_at bigint NOT NULL,
    standing text COLLATE "C" NOT NULL,
    password text COLLATE "C",
    scram text COLLATE "C",
    email text COLLATE "C",
    asked_email text COLLATE "C",
    code text COLLATE "C",
    code_until bigint,
    vhost text COLLATE "C",
    asked_vhost text COLLATE "C",
    last_seen_at bigint NOT NULL,
    note text COLLATE "C" NOT NULL
);

CREATE TABLE account_nicks (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    position integer NOT NULL,
    nick text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, position)
);

CREATE TABLE account_certificates (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    position integer NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, position)
);

CREATE TABLE account_settings (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    position integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, position)
);

CREATE TABLE account_metadata (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    position integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, position)
);

CREATE TABLE channels (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    founder text COLLATE "C" NOT NULL,
    registered_at bigint NOT NULL,
    topic text COLLATE "C" NOT NULL,
    topic_by text COLLATE "C" NOT NULL,
    topic_at bigint NOT NULL
);

CREATE TABLE channel_flags (
    channel_id text COLLATE "C" NOT NULL REFERENCES channels ON DELETE CASCADE,
    position integer NOT NULL,
    flag text COLLATE "C" NOT NULL,
    PRIMARY KEY (channel_id, position)
);

CREATE TABLE channel_modes (
    channel_id text COLLATE "C" NOT NULL REFERENCES channels ON DELETE CASCADE,
    position integer NOT NULL,
    mode text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (channel_id, position)
);

CREATE TABLE channel_masks (
    channel_id text COLLATE "C" NOT NULL REFERENCES channels ON DELETE CASCADE,
    position integer NOT NULL,
    list text COLLATE "C" NOT NULL,
    mask text COLLATE "C" NOT NULL,
    set_by text COLLATE "C" NOT NULL,
    set_at bigint NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (channel_id, position)
);

CREATE TABLE channel_access (
    channel_id text COLLATE "C" NOT NULL REFERENCES channels ON DELETE CASCADE,
    position integer NOT NULL,
    folded text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    ranks text COLLATE "C" NOT NULL,
    given_by text COLLATE "C" NOT NULL,
    given_at bigint NOT NULL,
    PRIMARY KEY (channel_id, position)
);

CREATE TABLE channel_settings (
    channel_id text COLLATE "C" NOT NULL REFERENCES channels ON DELETE CASCADE,
    position integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (channel_id, position)
);

CREATE TABLE channel_metadata (
    channel_id text COLLATE "C" NOT NULL REFERENCES channels ON DELETE CASCADE,
    position integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (channel_id, position)
);

CREATE TABLE invitations (
    code text COLLATE "C" NOT NULL PRIMARY KEY,
    made_by text COLLATE "C" NOT NULL,
    uses bigint NOT NULL,
    until bigint NOT NULL
);

CREATE TABLE read_markers (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target text COLLATE "C" NOT NULL,
    read_at bigint NOT NULL,
    PRIMARY KEY (account_id, target)
);
