-- What was said and done, in the order of the log. See chatdaemon/storage/history_rows.py for the columns.
-- `id`, `entry` and `at` never fall from row to row; an id is never used twice, since the index of words has no
-- other way to know its rows. `message`: 1 where something was said. `hidden`: 1 for what was taken back and is
-- only kept because of a hold; nobody may read it.

CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    first INTEGER NOT NULL,
    second INTEGER NOT NULL,
    message INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    at INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    kind TEXT NOT NULL,
    nick TEXT,
    account TEXT,
    target TEXT,
    text TEXT,
    details TEXT NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0
);

-- With `message` before the place, so that the last hundred messages are found behind however many joins.
CREATE INDEX history_conversations ON history (first, second, message, entry, ordinal);

CREATE INDEX history_entries ON history (entry);

CREATE INDEX history_times ON history (at);

-- The words of what was said, as they are compared (history_rows.words_of_row), by the id of the row. It does not
-- hold the text again. All that is not ASCII is part of a word here: what a word is was decided before. The place
-- and the sender are words too, so that a search within them is one of lists of rows, not of the rows.
CREATE VIRTUAL TABLE history_words USING fts5 (
    words, place, sender, content = '', columnsize = 0, tokenize = "ascii tokenchars '_'"
);

-- With whom somebody has private conversations, in both directions, and when each may last have read something
-- new there.
CREATE TABLE history_direct (
    account INTEGER NOT NULL,
    other INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (account, other)
) WITHOUT ROWID;

-- What must not be deleted, whatever else says so. `kind` is "channel" or "account", `subject` its identity (that
-- of a conversation's `first`, or of a sender), `name` what it was called then.
CREATE TABLE holds (
    kind TEXT NOT NULL,
    subject INTEGER NOT NULL,
    name TEXT NOT NULL,
    set_by TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (kind, subject)
) WITHOUT ROWID;
