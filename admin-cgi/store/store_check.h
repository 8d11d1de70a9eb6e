/*
 * What the server's checks found (health/), in the database of metrics_db.h; and counts of what is
 * risky, of data/nereid.db.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_CHECK_H
#define NEREID_ADMIN_CGI_STORE_STORE_CHECK_H

#include "admin-cgi/store/db.h"
#include "common/now.h"

/** What one check found. */
struct check_row {
    const char *name;   /* "mediad" */
    const char *state;  /* "ok", "warn", "bad", "unknown" */
    const char *value;  /* what was seen; no names of groups or people */
    const char *remedy; /* what to do; "" nothing */
    int64_t since_us;   /* from when on it is in this state */
    int64_t checked_us;
};

/** Keeper: replace what a check found; `since_us` goes on while the state stays. */
int store_check_put(struct db *metrics, const struct check_row *row, struct error *e) MUST_USE;
/** All, by name. */
int store_check_list(struct db *metrics, struct arena *a, struct check_row **out, size_t *n_out,
                     struct error *e) MUST_USE;

#define RISK_BLOCKED_US (900 * US_PER_S)

struct risk_counts {
    int64_t open_groups;     /* public ones that anybody may enter */
    int64_t plain_passwords; /* that stand in groups' files as they are */
    int64_t blocked;         /* names and addresses that had to wait lately: RISK_BLOCKED_US */
};
int store_risk_count(struct db *db, int64_t now_us, struct risk_counts *out,
                     struct error *e) MUST_USE;

#endif
