-- Nothing ever chose a language or a time zone for an account: pages are in English, times in UTC.

ALTER TABLE accounts DROP COLUMN locale;
ALTER TABLE accounts DROP COLUMN tz;

PRAGMA user_version = 2;
