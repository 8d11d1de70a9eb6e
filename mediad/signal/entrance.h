/*
 * The way into a group, for whatever kind of member: its description, who somebody is
 * (authenticate.h), and whether the group takes them (group/admission.h). Whoever uses it tells the
 * newcomer what came of it. What takes time is done in the pool.
 */
#ifndef NEREID_MEDIAD_SIGNAL_ENTRANCE_H
#define NEREID_MEDIAD_SIGNAL_ENTRANCE_H

#include "mediad/group/admission.h"
#include "mediad/group/live_group.h"
#include "mediad/signal/authenticate.h"
#include "mediad/signal/env.h"

struct entrance;

/** What becomes of an attempt: one of `refused`, `redirected` and `entered`, once; each may release
 * the entrance. */
struct entrance_ops {
    /** @param error identifier for programs (docs/PROTOCOL.md), static; @param text a sentence */
    void (*refused)(struct entrance *e, const char *error, const char *text);
    /** The group is elsewhere. @param target a link as browsers need it */
    void (*redirected)(struct entrance *e, const char *target);
    /** It is a member, and nobody has been told. */
    void (*entered)(struct entrance *e);
    /** Whether a place was kept for it (places.h): then a lock does not keep it out. NULL: none is.
     */
    bool (*has_place)(struct entrance *e);
    /** The member whose place it takes: NULL, or none. `g` may be NULL. */
    struct member *(*find_replaced)(struct entrance *e, const struct live_group *g);
    /** That one leaves (LEAVING_REPLACED). */
    void (*replace)(struct entrance *e, struct member *old);
};

/** One attempt; embedded. Zeroed: none. */
struct entrance {
    const struct entrance_ops *ops;
    struct signal_env *env;
    struct member *member; /* with id and address, in no group; gets name and permissions */
    unsigned needs;        /* permissions without which it is refused */
    char *group;
    /* private */
    char *username; /* as claimed; NULL when absent */
    struct buf password;
    struct buf token;
    bool is_known; /* it need not prove who it is */
    struct known known;
    struct definition_lookup lookup;
    struct authentication *authentication; /* while the pool works on it */
    struct timer penalty;                  /* before a refusal for credentials is told */
    const char *error, *text;              /* of that refusal */
    struct group_desc *desc, *file_desc;   /* that were found; references */
    struct definition found;
    unsigned n_lookups;
    struct identity identity;
};

/** What somebody claims. Borrowed. */
struct entrance_claim {
    const char *group;
    const char *username; /* NULL when absent */
    const char *password, *token;
    const struct known *known; /* NULL: it has to prove who it is (authenticate.h) */
};

/** @return 0 or ERR_NO_MEMORY, with nothing left over */
int entrance_init(struct entrance *e, const struct entrance_ops *ops, struct signal_env *env,
                  struct member *member, const struct entrance_claim *claim) MUST_USE;
/** Forgets the attempt, wherever it is. */
void entrance_release(struct entrance *e);
/** Begin; may end before this returns. The group's name must be a legal one. */
void entrance_begin(struct entrance *e);

/** Somebody who wants in, and whose name and permissions are known. */
struct newcomer {
    const struct identity *identity;
    const char *id, *address;
    bool is_resuming, has_place; /* struct admission_case */
};
/** May they come in now? The same question as at joining, without what follows.
 * @param g NULL: nobody is there  @param file_desc of the file, for a group without anybody */
enum admission entrance_judge(struct signal_env *env, struct live_group *g,
                              const struct group_desc *file_desc, const struct newcomer *n);

#endif
