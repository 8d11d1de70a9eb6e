-- Links by which somebody without an account plays a recording. What stands in a link is signed (admin-cgi/handlers/share_link.h), so
-- that these rows open nothing; the recording itself is a file.

CREATE TABLE shares (
    id           INTEGER PRIMARY KEY,
    group_name   TEXT NOT NULL,
    filename     TEXT NOT NULL,
    label        TEXT NOT NULL,
    made_at      INTEGER NOT NULL,
    made_by      TEXT NOT NULL,
    expires_at   INTEGER NOT NULL CHECK (expires_at > made_at),
    ended_at     INTEGER NOT NULL DEFAULT 0,
    pw_hash      TEXT NOT NULL DEFAULT '',
    uses         INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0),
    last_used_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX shares_recording ON shares (group_name, filename);

PRAGMA user_version = 5;
