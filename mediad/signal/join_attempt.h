/*
 * A join while it is decided: what join.c and join_enter.c share. The session owns it, and its
 * further messages wait (HOLD_JOIN).
 */
#ifndef NEREID_MEDIAD_SIGNAL_JOIN_ATTEMPT_H
#define NEREID_MEDIAD_SIGNAL_JOIN_ATTEMPT_H

#include "mediad/signal/authenticate.h"
#include "mediad/signal/session_internal.h"

struct join_attempt {
    struct client_session *session;
    struct definition_lookup lookup;
    struct authentication *authentication; /* while the pool works on it */
    struct timer penalty;                  /* before a refusal for credentials is sent */
    const char *error, *text;              /* of that refusal */
    char *group;
    char *username; /* NULL when absent */
    struct buf password;
    struct buf token;
    char *resume;
    struct json_object *data;
    /* the definition that was found; references */
    struct group_desc *desc, *file_desc;
    struct definition found;
    unsigned n_lookups;
    struct identity identity;
};

/** Answer with `joined/fail`, and end the attempt. @param error identifier, @param text value */
void join_fail(struct join_attempt *j, const char *error, const char *text);
/** End the session's attempt, good or bad: it is freed, and messages that waited are handled. */
void join_finish(struct client_session *s);
/** Admit or refuse. `identity` is known; ends the attempt. */
void join_enter(struct join_attempt *j);

#endif
