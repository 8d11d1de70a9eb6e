-- Signing in: codes of an authenticator app (RFC 6238) with recovery codes, passwords for programs, links to sign in with
-- once; and what an account shows its person: own zone and language, the sign-in before, what was done meanwhile.

ALTER TABLE accounts ADD COLUMN locale TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN tz TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN totp_required INTEGER NOT NULL DEFAULT 0 CHECK (totp_required IN (0, 1));
-- Told at the next sign-in, one sentence a line.
ALTER TABLE accounts ADD COLUMN notice TEXT NOT NULL DEFAULT '';
-- The sign-in before the last one, and how many were refused between them.
ALTER TABLE accounts ADD COLUMN previous_login_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN previous_login_address TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN previous_failures INTEGER NOT NULL DEFAULT 0 CHECK (previous_failures >= 0);

-- The secret is sealed under data/secret.key; codes up to last_step (of 30 s) were used.
CREATE TABLE totp (
    account_id   INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    secret       BLOB NOT NULL,
    confirmed_at INTEGER NOT NULL,
    last_step    INTEGER NOT NULL CHECK (last_step > 0)
) STRICT;

CREATE TABLE recovery_codes (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash       TEXT NOT NULL CHECK (length(hash) = 64),
    used_at    INTEGER,
    PRIMARY KEY (account_id, hash)
) STRICT, WITHOUT ROWID;

-- A sign-in whose password was right, and which waits for a code.
CREATE TABLE second_steps (
    hash       TEXT PRIMARY KEY CHECK (length(hash) = 64),
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    next       TEXT NOT NULL,
    kept       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX second_steps_account ON second_steps (account_id);

-- caps as in account_scopes; 63: all that the account may.
CREATE TABLE app_passwords (
    id                INTEGER PRIMARY KEY,
    account_id        INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    label             TEXT NOT NULL CHECK (label <> ''),
    hash              TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
    caps              INTEGER NOT NULL CHECK (caps BETWEEN 1 AND 63),
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    last_used_at      INTEGER NOT NULL DEFAULT 0,
    last_used_address TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX app_passwords_account ON app_passwords (account_id);

-- At most one for an account: a new one ends the old.
CREATE TABLE sign_in_links (
    account_id INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    hash       TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
    expires_at INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 4;
