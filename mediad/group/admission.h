/*
 * Whether a client may enter, once its name and permissions are known; the first reason against it
 * is told (docs/PROTOCOL.md). Pure.
 */
#ifndef NEREID_MEDIAD_GROUP_ADMISSION_H
#define NEREID_MEDIAD_GROUP_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum admission {
    ADMIT,
    REFUSE_DRAINING, /* nobody new, before maintenance */
    REFUSE_BANNED,
    REFUSE_LOCKED,
    REFUSE_NOT_OPEN_YET,
    REFUSE_CLOSED,
    REFUSE_NO_OPERATOR,
    REFUSE_FULL,
    REFUSE_ID, /* empty, or too long */
    REFUSE_DUPLICATE_ID,
    REFUSE_SERVER_FULL,
};

struct admission_case {
    bool is_draining; /* the server takes nobody new in */
    bool is_op;
    bool is_resuming; /* takes the place of its own earlier connection */
    bool has_place;   /* its earlier connection was lost a moment ago */
    bool is_banned;
    bool is_locked;
    bool has_not_before, has_expires;
    int64_t not_before_us, expires_us, wall_us; /* since 1970 */
    bool autokick, has_operator;
    int64_t max_clients; /* of the description; 0: none */
    int64_t members_max; /* the server's, for anybody */
    size_t n_members;
    size_t n_members_server;
    int64_t server_members_max;
    size_t id_len;
    bool id_is_taken;
};

#define CLIENT_ID_MAX 256 /* bytes */

enum admission admission_decide(const struct admission_case *c);

/** The `error` identifier for clients, "locked" (SIG-8); NULL for ADMIT. */
const char *admission_error(enum admission a);
/** The text of `joined/fail`, unless a lock brings its own. */
const char *admission_text(enum admission a);

#endif
