/*
 * What a session is made of, so that the files that all handlers stand on need not name any.
 */
#ifndef NEREID_MEDIAD_SIGNAL_SESSION_PART_H
#define NEREID_MEDIAD_SIGNAL_SESSION_PART_H

#include "common/span.h"
#include "mediad/group/member.h"

struct client_session;

/** A concern that keeps something in a session: what becomes of that. Each file that has one gives
 * it a row in client_session.c's table. NULL: nothing. */
struct session_part {
    /** The session is about to leave its group, and is still in it. */
    void (*leave)(struct client_session *s, enum leaving leaving);
    /** The session ends. It is in SESSION_ENDED already, and perhaps still in its group. */
    void (*end)(struct client_session *s);
};

struct session_plan {
    /** Handle one message. */
    void (*handle)(struct client_session *s, struct span text);
    const struct session_part *const *parts; /* NULL-terminated; they leave and end in this order */
};

#endif
