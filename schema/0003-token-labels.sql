-- What administrators call an invitation. The file of tokens is the truth about all else.

CREATE TABLE token_labels (
    token_sha256 TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 3;
