/*
 * The name and permissions of a client, by password or token (docs/PROTOCOL.md). What takes
 * time is done in the pool.
 */
#ifndef NEREID_MEDIAD_SIGNAL_AUTHENTICATE_H
#define NEREID_MEDIAD_SIGNAL_AUTHENTICATE_H

#include "common/group_desc.h"
#include "mediad/group/member.h"
#include "mediad/signal/env.h"
#include "mediad/signal/known.h"

/** Borrowed until authenticate() returns. */
struct credentials {
    const char *group;
    const struct group_desc *desc; /* gets a reference */
    const char *username;          /* NULL when absent */
    const char *password;
    const char *token; /* "" when absent; else it wins over the password */
    /** The bearer of `username`, or of `token`, proved that before, and need not again: what holds
     * for it is judged anew. A cryptographic token is judged as of then. NULL: nobody did. */
    const struct known *known;
};

/** Who somebody was found to be. */
struct identity {
    char *username; /* owned */
    struct permissions permissions;
    struct known known;
};
void identity_release(struct identity *i);

enum refusal {
    REFUSAL_NONE,
    REFUSAL_NOT_AUTHORISED,
    REFUSAL_NEED_USERNAME, /* a good token, or none at all, and no name */
    REFUSAL_DUPLICATE_USERNAME,
    REFUSAL_BAD_USERNAME, /* who it is was proved, but nobody may be called that */
    REFUSAL_BUSY,
    REFUSAL_INTERNAL,
};

struct authentication;

/**
 * Decide; `done` is called once, perhaps before this returns.
 * @param done    its `identity` may be taken from; it is released afterwards
 * @param running set while the pool works on it, for authentication_cancel(); NULL again after
 */
void authenticate(struct signal_env *env, const struct credentials *c,
                  void (*done)(void *arg, enum refusal refusal, struct identity *identity),
                  void *arg, struct authentication **running);
/** `done` will not be called. NULL is fine. */
void authentication_cancel(struct authentication *a);

#endif
