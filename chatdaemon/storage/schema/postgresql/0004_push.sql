-- Web push: where accounts are told of messages. "capabilities" are words with spaces between them.

CREATE TABLE push_subscriptions (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    endpoint text COLLATE "C" NOT NULL,
    public_key text COLLATE "C" NOT NULL,
    secret text COLLATE "C" NOT NULL,
    capabilities text COLLATE "C" NOT NULL,
    renewed_at bigint NOT NULL,
    PRIMARY KEY (account_id, endpoint)
);
