/*
 * The audit log: rows chained by hash, never changed (WEB-21, SEC-50).
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_AUDIT_H
#define NEREID_ADMIN_CGI_STORE_STORE_AUDIT_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

struct audit_entry {
    const char *action;                    /* "group.put", "login", "login.refused" */
    const char *object_kind;               /* "group", "user", "account", "token", "config", "" */
    const char *object;                    /* its name; secrets cut to 4 characters by the caller */
    int64_t version_before, version_after; /* 0: none */
    const char *result;                    /* "ok", "refused", "failed" */
    const char *detail;                    /* JSON, redacted; NULL: none */
};

/** Append, in the running write transaction or in one of its own. */
int store_audit_add(struct db *db, const struct actor *actor, const struct audit_entry *entry,
                    struct error *e) MUST_USE;

/** That something was done with a recording of a group. @return as above, ERR_NO_MEMORY */
int store_audit_add_recording(struct db *db, const struct actor *actor, const char *action,
                              const char *group, const char *name, struct error *e) MUST_USE;

/** Several, all or none. */
int store_audit_add_all(struct db *db, const struct actor *actor, const struct audit_entry *entries,
                        size_t n, struct error *e) MUST_USE;

struct audit_row {
    int64_t id;
    int64_t at_us;
    const char *actor_kind, *actor_name, *address, *request_id;
    const char *action, *object_kind, *object, *result, *detail;
    int64_t version_before, version_after;
    int64_t seq_before, seq_after; /* which versions of their file these are; 0: none, or gone */
};
struct audit_query {
    const char *action;        /* NULL: any */
    const char *object;        /* NULL: any */
    const char *actor;         /* NULL: any */
    const char *result;        /* "ok", or anything else for what did not work; NULL: any */
    const char *text;          /* somewhere in the row, whatever its case (of ASCII); NULL: any */
    int64_t from_us, until_us; /* 0: open */
    int64_t before_id;         /* keyset: 0 from the newest */
    size_t limit;
};
/** Newest first. */
int store_audit_list(struct db *db, struct arena *a, const struct audit_query *q,
                     struct audit_row **out, size_t *n_out, struct error *e) MUST_USE;
/** The last sign-ins that were refused, newest first, among the last thousand rows. */
int store_audit_refused(struct db *db, struct arena *a, size_t limit, struct audit_row **out,
                        size_t *n_out, struct error *e) MUST_USE;
/** Walk the chain. @param bad_id first row that does not fit, 0 when all do */
int store_audit_verify(struct db *db, int64_t *bad_id, int64_t *n_rows, struct error *e) MUST_USE;

#endif
