-- Those who are always on, and the channels that they are in. A channel with no founder is not registered: it is
-- kept while somebody is in it who is always on. In memberships, "entry" is the order in which people joined.

ALTER TABLE channels ALTER COLUMN founder DROP NOT NULL;
ALTER TABLE channels ALTER COLUMN registered_at DROP NOT NULL;

CREATE TABLE devices (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    device text COLLATE "C" NOT NULL,
    seen_at bigint NOT NULL,
    PRIMARY KEY (account_id, device)
);

CREATE TABLE users (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    nick text COLLATE "C" NOT NULL,
    username text COLLATE "C" NOT NULL,
    realname text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    plain_host text COLLATE "C" NOT NULL,
    real_host text COLLATE "C" NOT NULL,
    connected_at bigint NOT NULL,
    exempt integer NOT NULL,
    away text COLLATE "C",
    auto_away integer NOT NULL,
    left_at bigint NOT NULL
);

CREATE INDEX users_accounts ON users (account_id);

CREATE TABLE user_modes (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    position integer NOT NULL,
    mode text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, position)
);

CREATE TABLE user_accepted (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    position integer NOT NULL,
    account text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, position)
);

CREATE TABLE user_silences (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    position integer NOT NULL,
    mask text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, position)
);

CREATE TABLE memberships (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    channel_id text COLLATE "C" NOT NULL REFERENCES channels ON DELETE CASCADE,
    ranks text COLLATE "C" NOT NULL,
    joined_at bigint NOT NULL,
    entry bigint NOT NULL,
    PRIMARY KEY (user_id, channel_id)
);

CREATE INDEX memberships_channels ON memberships (channel_id);
