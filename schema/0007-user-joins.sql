-- When a user of a group was last seen to come in: the keeper notes it of who is there, never mediad or a join.

CREATE TABLE user_joins (
    file_id   INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    user_name TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (file_id, user_name)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 7;
