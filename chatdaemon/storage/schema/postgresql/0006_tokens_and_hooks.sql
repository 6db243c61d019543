-- Access tokens of accounts; "verbs" and "channels" are words with spaces between them. Of the secret there is
-- only its SHA-256.

CREATE TABLE access_tokens (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    verbs text COLLATE "C" NOT NULL,
    channels text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    used_at bigint NOT NULL
);
CREATE INDEX access_tokens_of ON access_tokens (account_id);
CREATE INDEX access_tokens_by ON access_tokens (digest);

-- Hooks of registered channels: "in" with the SHA-256 of a secret; "out" with an address, the secret that signs
-- what is sent there, and the names of the events, with spaces between them.

CREATE TABLE channel_hooks (
    channel_id text COLLATE "C" NOT NULL REFERENCES channels ON DELETE CASCADE,
    position integer NOT NULL,
    direction text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    digest text COLLATE "C",
    url text COLLATE "C",
    secret text COLLATE "C",
    events text COLLATE "C",
    made_by text COLLATE "C" NOT NULL,
    made_at bigint NOT NULL,
    PRIMARY KEY (channel_id, position)
);
