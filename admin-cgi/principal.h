/*
 * Who asks, and what they may: one struct for console sessions, Basic and Bearer credentials, so
 * that pages and API answer from the same table (WEB-4).
 */
#ifndef NEREID_ADMIN_CGI_PRINCIPAL_H
#define NEREID_ADMIN_CGI_PRINCIPAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/** Capabilities of a scope; bits as stored in account_scopes.caps. */
enum capability {
    CAP_VIEW = 1 << 0,
    CAP_MODERATE = 1 << 1,
    CAP_EDIT = 1 << 2,   /* definition, users, keys */
    CAP_INVITE = 1 << 3, /* tokens */
    CAP_RECORD = 1 << 4, /* see and delete recordings */
    CAP_CREATE = 1 << 5, /* new groups below the prefix */
    CAP_ALL = (1 << 6) - 1
};

/** A group, or a group with everything below it; prefix "" with subtree is the whole server. */
struct scope {
    const char *prefix; /* without final slash */
    bool subtree;
    unsigned caps;
    int64_t max_groups; /* for CAP_CREATE; 0: no limit */
};

enum principal_kind {
    PRINCIPAL_NOBODY,
    PRINCIPAL_ACCOUNT,    /* console account */
    PRINCIPAL_CONFIG,     /* administrator of config.json */
    PRINCIPAL_GROUP_USER, /* user of a group file with permission admin */
    PRINCIPAL_TOKEN,      /* stateful or cryptographic token with permission admin */
    PRINCIPAL_SELF,       /* a group's user who proved the own password, and may change it only */
};

struct principal {
    enum principal_kind kind;
    int64_t account_id;       /* PRINCIPAL_ACCOUNT, else 0 */
    const char *name;         /* account or user name, "" for a token without one; borrowed */
    const char *display_name; /* of an account; NULL or "": none */
    bool is_server_admin;
    bool is_auditor;            /* may view everything, change nothing */
    bool must_change_password;  /* and may do nothing else before */
    bool must_enrol;            /* the same for a second factor */
    const char *zone;           /* of times on pages, "Europe/Berlin"; NULL or "": UTC. Of who has
                                   chosen none, the server's (session_find()) */
    const char *chosen_zone;    /* NULL or "": none */
    const char *locale;         /* of pages; NULL or "": what the browser says */
    const struct scope *scopes; /* borrowed */
    size_t n_scopes;
    int64_t session_id;   /* row of the session that proved it; 0 for API credentials */
    int64_t proved_at_us; /* last proof of the password in this session */
    int64_t session_idle_us, session_ends_us; /* without use it ends then; in any case */
};

struct arena;

/** Take away what is not in `caps`: for a credential that is worth less than its person. With
 * CAP_ALL nothing is taken; with less nobody is a server administrator. @return 0, ERR_NO_MEMORY */
int principal_limit(struct principal *p, struct arena *a, unsigned caps) MUST_USE;

/** True when all of `caps` are held for the group (for CAP_CREATE: the name to be made). */
bool principal_may(const struct principal *p, const char *group, unsigned caps);

/** How others hear of this person: never NULL or empty. */
const char *principal_told_name(const struct principal *p);

/** True when `caps` are held somewhere: whether to show a menu entry. */
bool principal_may_anywhere(const struct principal *p, unsigned caps);

#endif
