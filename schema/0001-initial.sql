-- The first schema: managed files with their versions and index, accounts, sessions, audit.
-- Times are microseconds since 1970, UTC. Each migration is one transaction. JSON is checked by the
-- program: json_valid() is not allowed in a schema that is not trusted.

PRAGMA application_id = 0x4e455245;

CREATE TABLE schema_migrations (
    version    INTEGER PRIMARY KEY CHECK (version > 0),
    name       TEXT NOT NULL UNIQUE,
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
    applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
    key        TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 100),
    value      TEXT NOT NULL CHECK (value <> ''),
    changed_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id                 INTEGER PRIMARY KEY,
    login              TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(login) BETWEEN 1 AND 64),
    display_name       TEXT NOT NULL DEFAULT '',
    role               TEXT NOT NULL CHECK (role IN ('administrator', 'auditor', 'scoped')),
    state              TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    pw_hash            TEXT NOT NULL DEFAULT '',
    pw_changed_at      INTEGER NOT NULL,
    must_change        INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1)),
    locale             TEXT NOT NULL DEFAULT '',
    tz                 TEXT NOT NULL DEFAULT '',
    created_at         INTEGER NOT NULL,
    last_login_at      INTEGER NOT NULL DEFAULT 0,
    last_login_address TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE account_scopes (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    prefix     TEXT NOT NULL,
    subtree    INTEGER NOT NULL CHECK (subtree IN (0, 1)),
    caps       INTEGER NOT NULL CHECK (caps BETWEEN 1 AND 63),
    max_groups INTEGER NOT NULL DEFAULT 0 CHECK (max_groups >= 0),
    PRIMARY KEY (account_id, prefix, subtree)
) STRICT, WITHOUT ROWID;

-- The one-time token that makes the first administrator; only its SHA-256.
CREATE TABLE setup_tokens (
    hash       TEXT PRIMARY KEY CHECK (length(hash) = 64),
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

-- account_id, or the user of a group (group_name set) or of config.json (group_name NULL).
CREATE TABLE sessions (
    id          INTEGER PRIMARY KEY,
    token_hash  TEXT NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    account_id  INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    group_name  TEXT,
    user_name   TEXT,
    created_at  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    idle_us     INTEGER NOT NULL CHECK (idle_us > 0),
    abs_expires INTEGER NOT NULL,
    proved_at   INTEGER NOT NULL,
    address     TEXT NOT NULL,
    agent       TEXT NOT NULL,
    flash       TEXT NOT NULL DEFAULT '',
    CHECK ((account_id IS NULL) = (user_name IS NOT NULL)),
    CHECK (account_id IS NULL OR group_name IS NULL)
) STRICT;
CREATE INDEX sessions_account ON sessions (account_id, created_at);
CREATE INDEX sessions_expiry ON sessions (abs_expires);

CREATE TABLE throttle (
    kind          TEXT NOT NULL,
    key           TEXT NOT NULL,
    failures      INTEGER NOT NULL CHECK (failures >= 0),
    window_start  INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_window ON throttle (window_start);

-- One row per managed file. `pending`: the head is committed and not yet known to be in the file.
-- disk_sha256 is what the file held when it was last seen (NULL: there was none).
CREATE TABLE files (
    id             INTEGER PRIMARY KEY,
    kind           TEXT NOT NULL CHECK (kind IN ('group', 'config', 'ice')),
    name           TEXT NOT NULL,
    head           INTEGER REFERENCES versions (id),
    state          TEXT NOT NULL CHECK (state IN ('ok', 'broken', 'readonly', 'trashed')),
    pending        INTEGER NOT NULL DEFAULT 0 CHECK (pending IN (0, 1)),
    dev            INTEGER NOT NULL DEFAULT 0,
    ino            INTEGER NOT NULL DEFAULT 0,
    size           INTEGER NOT NULL DEFAULT 0,
    mtime_ns       INTEGER NOT NULL DEFAULT 0,
    ctime_ns       INTEGER NOT NULL DEFAULT 0,
    disk_sha256    TEXT CHECK (disk_sha256 IS NULL OR length(disk_sha256) = 64),
    state_since    INTEGER NOT NULL,
    problem        TEXT NOT NULL DEFAULT '',
    problem_line   INTEGER NOT NULL DEFAULT 0,
    problem_column INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, name),
    CHECK (state <> 'ok' OR head IS NOT NULL)
) STRICT;
CREATE INDEX files_state ON files (state, kind, name);
CREATE INDEX files_pending ON files (id) WHERE pending = 1;
CREATE INDEX files_inode ON files (ino, disk_sha256);

-- The exact bytes of a file, never changed.
CREATE TABLE versions (
    id         INTEGER PRIMARY KEY,
    file_id    INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL CHECK (seq > 0),
    parent     INTEGER REFERENCES versions (id) ON DELETE SET NULL,
    at         INTEGER NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('console', 'api', 'file', 'cli', 'system')),
    actor_name TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    source     TEXT NOT NULL CHECK (source IN ('edit', 'import', 'displaced', 'broken', 'restore')),
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
    body       BLOB NOT NULL,
    summary    TEXT NOT NULL DEFAULT '',
    UNIQUE (file_id, seq)
) STRICT;
CREATE INDEX versions_digest ON versions (file_id, sha256);
CREATE INDEX versions_at ON versions (at);
CREATE INDEX versions_parent ON versions (parent) WHERE parent IS NOT NULL;
CREATE INDEX versions_account ON versions (account_id) WHERE account_id IS NOT NULL;
CREATE TRIGGER versions_keep BEFORE UPDATE OF file_id, seq, at, sha256, body ON versions
BEGIN
    SELECT RAISE(ABORT, 'versions are never changed');
END;

-- What lists and searches need of each group's head; rewritten in the transaction that moves it.
CREATE TABLE group_index (
    file_id         INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    name            TEXT NOT NULL UNIQUE,
    display_name    TEXT NOT NULL,
    description     TEXT NOT NULL,
    redirect        TEXT NOT NULL,
    access_kind     TEXT NOT NULL
        CHECK (access_kind IN ('none', 'users', 'shared', 'open', 'external', 'redirect')),
    is_public       INTEGER NOT NULL CHECK (is_public IN (0, 1)),
    auto_subgroups  INTEGER NOT NULL CHECK (auto_subgroups IN (0, 1)),
    allow_recording INTEGER NOT NULL CHECK (allow_recording IN (0, 1)),
    has_weak        INTEGER NOT NULL CHECK (has_weak IN (0, 1)),
    not_before      INTEGER NOT NULL,
    expires         INTEGER NOT NULL,
    n_users         INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX group_index_public ON group_index (name) WHERE is_public = 1;
CREATE INDEX group_index_changed ON group_index (changed_at, name);
CREATE INDEX group_index_weak ON group_index (name) WHERE has_weak = 1;

CREATE VIRTUAL TABLE group_fts USING fts5 (
    name, display_name, description, contact, comment, users,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);

-- user_name is NULL-free: the wildcard user has kind 'wildcard' and the name ''.
CREATE TABLE group_users (
    file_id       INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL CHECK (kind IN ('named', 'wildcard')),
    user_name     TEXT NOT NULL,
    permissions   TEXT NOT NULL,
    password_kind TEXT NOT NULL,
    is_weak       INTEGER NOT NULL CHECK (is_weak IN (0, 1)),
    PRIMARY KEY (file_id, kind, user_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_users_name ON group_users (user_name, file_id);

-- Two writers of one file: the version that lost, until a person has looked at it.
CREATE TABLE conflicts (
    id          INTEGER PRIMARY KEY,
    file_id     INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    version_id  INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL CHECK (kind IN ('displaced', 'overwritten')),
    at          INTEGER NOT NULL,
    resolved_at INTEGER,
    resolved_by TEXT
) STRICT;
CREATE INDEX conflicts_open ON conflicts (at) WHERE resolved_at IS NULL;
CREATE INDEX conflicts_file ON conflicts (file_id);
CREATE INDEX conflicts_version ON conflicts (version_id);

CREATE TABLE forms (
    id         TEXT PRIMARY KEY CHECK (length(id) BETWEEN 16 AND 64),
    account_id INTEGER NOT NULL,
    result_url TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX forms_at ON forms (at);

-- Chained by hash. Rows are added, and the oldest go after the time in settings 'audit.purged_until'.
CREATE TABLE audit (
    id             INTEGER PRIMARY KEY,
    at             INTEGER NOT NULL,
    actor_kind     TEXT NOT NULL,
    actor_name     TEXT NOT NULL,
    account_id     INTEGER NOT NULL,
    address        TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    action         TEXT NOT NULL,
    object_kind    TEXT NOT NULL,
    object         TEXT NOT NULL,
    version_before INTEGER NOT NULL,
    version_after  INTEGER NOT NULL,
    result         TEXT NOT NULL CHECK (result IN ('ok', 'refused', 'failed')),
    detail         TEXT NOT NULL,
    prev_hash      TEXT NOT NULL CHECK (length(prev_hash) = 64),
    hash           TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_object ON audit (object, id);
CREATE INDEX audit_actor ON audit (actor_name, id);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN old.at >= coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'audit.purged_until'), 0)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never changed');
END;

PRAGMA user_version = 1;
