-- Keys by which clients have sent messages, so that the same one again is not another. "fingerprint" is the same
-- for the same message.

CREATE TABLE message_keys (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    msgid text COLLATE "C" NOT NULL,
    said_at bigint NOT NULL,
    fingerprint bigint NOT NULL,
    PRIMARY KEY (account_id, key)
);
