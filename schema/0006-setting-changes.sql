-- What was changed among the settings, with the whole values: for their history, and to take a change back. The audit log has the first
-- bytes alone.

CREATE TABLE setting_changes (
    id         INTEGER PRIMARY KEY,
    batch      INTEGER NOT NULL CHECK (batch > 0), -- the same for all that was saved at once
    key        TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 100),
    before     TEXT CHECK (before <> ''),          -- NULL: nobody had set it
    after      TEXT CHECK (after <> ''),           -- NULL: the default again
    is_silent  INTEGER NOT NULL CHECK (is_silent IN (0, 1)), -- another row of the batch says it
    at         INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;
CREATE INDEX setting_changes_key ON setting_changes (key, id);
CREATE INDEX setting_changes_batch ON setting_changes (batch);

PRAGMA user_version = 6;
