/*
 * Somebody in a group who came by HTTP alone (WHIP, WHEP): one request with an offer makes it, and
 * it is a resource from then on. Here is what both kinds have in common: the way in, what is
 * counted, the answer and the end. Knows no HTTP.
 */
#ifndef NEREID_MEDIAD_SIGNAL_VISITOR_H
#define NEREID_MEDIAD_SIGNAL_VISITOR_H

#include "mediad/signal/entrance.h"
#include "mediad/signal/env.h"
#include "mediad/signal/resource.h"

struct visitor;

/** Who wants in, and with what. Borrowed. */
struct visitor_request {
    const char *group; /* a legal name */
    const char *username;
    const char *password, *token; /* "" when absent */
    struct span secret;           /* as for resource_init() */
    const char *address;          /* the client's, for operators and limits */
    struct span sdp;
};

/** What became of it: one of these, once. None of them may end the visitor. */
struct visitor_waiter {
    /** It is gone. @param error identifier for programs; NULL where there is none */
    void (*refused)(void *arg, const char *error, const char *text);
    /** It is gone. @param target a link as browsers need it */
    void (*redirected)(void *arg, const char *target);
    /** It is in. @param answer the whole description */
    void (*accepted)(void *arg, struct resource *r, struct span answer);
};

/** What its offer came to. */
struct visitor_answer {
    struct buf sdp;
    const char *error; /* identifier for programs, when it was refused */
    struct buf text;   /* same: a sentence */
};

/** What a kind is. */
struct visitor_ops {
    enum resource_kind resource;
    enum member_kind member;
    unsigned needs; /* permissions */
    const struct member_ops *member_ops;
    /** It is in the group: do with its offer what it came for. @return false: refused */
    bool (*start)(struct visitor *v, struct span offer, struct visitor_answer *out);
    /** It leaves the group. */
    void (*leave)(struct visitor *v, enum leaving leaving);
    /** Free what it is embedded in. */
    void (*free)(struct visitor *v);
};

/** Embedded. */
struct visitor {
    struct member member;
    struct signal_env *env;
    const struct visitor_ops *ops;
    struct resource resource; /* once it is in */
    bool is_announced;        /* the members know of it: they are told when it leaves */
    /* private */
    struct census_entry census;
    struct entrance entrance;            /* until it is in */
    struct buf offer;                    /* same */
    struct buf secret;                   /* same */
    const struct visitor_waiter *waiter; /* NULL once it has heard */
    void *arg;
    struct visitor **running; /* the waiter's */
    struct timer end; /* fires at once: ends one that cannot be ended where it was noticed */
};

/**
 * Ask; the waiter may hear before this returns.
 * @param v       zeroed, whose end is decided here from now on; NULL: there was no memory for it
 * @param running set while nobody has heard, for visitor_cancel(); NULL again after
 */
void visitor_begin(struct visitor *v, const struct visitor_ops *ops, struct signal_env *env,
                   const struct visitor_request *request, const struct visitor_waiter *waiter,
                   void *arg, struct visitor **running);
/** The waiter will not hear: the attempt is forgotten. NULL is fine. */
void visitor_cancel(struct visitor *v);
/** Leave the group, now; the visitor stays until it is freed. */
void visitor_leave(struct visitor *v, enum leaving leaving);
/** The end, now. */
void visitor_free(struct visitor *v);
/** The end, at the next turn of the loop. */
void visitor_end_later(struct visitor *v);

#endif
