/*
 * The places of members whose connection was lost, or whose page went away: who says the secret of
 * one within two minutes comes back as who it was, with the rights that the group's file gives then
 * (docs/PROTOCOL.md, "Coming back"). Who leaves or is put out has no place any more. Only in
 * memory, bounded, each of use once and in one group. Control thread only.
 */
#ifndef NEREID_MEDIAD_SIGNAL_PLACES_H
#define NEREID_MEDIAD_SIGNAL_PLACES_H

#include "common/list.h"
#include "common/token.h"
#include "mediad/name_index.h"
#include "mediad/signal/known.h"
#include "mediad/timer_wheel.h"

#define PLACE_KEPT_US (INT64_C(120) * 1000000)
/** A longer token is not kept: its bearer comes back by the token alone. */
#define PLACE_TOKEN_MAX 4096

struct place {
    struct name_entry by_digest; /* while it is kept; the name is `digest` */
    char secret[TOKEN_NAME_SIZE];
    char *group;
    char *username;
    char *token; /* by which it came; "" for none */
    struct known known;
    unsigned features;
    /* private, while it is kept */
    struct list_node in_kept;
    char *digest; /* of group and secret */
    int64_t until_us;
};

/** A member's, with a new secret. @param token "" for none @return NULL when out of memory, or
 * without random numbers */
struct place *place_new(const char *group, const char *username, const char *token,
                        const struct known *known);
/** NULL is fine. */
void place_free(struct place *p);
/** In a time that does not depend on how much of it is right. */
bool place_is_secret(const struct place *p, const char *secret);

/** Zeroed is empty. */
struct places {
    struct name_index by_digest;
    struct list kept; /* oldest first */
    struct timer_wheel *timers;
    struct timer expiry;
};

/** Keep a member's place from now on. Takes it over. @param max more are not kept: the oldest goes
 */
void places_keep(struct places *all, struct timer_wheel *timers, struct place *p, size_t max,
                 int64_t now_us);
/** The place with that secret in that group. @return NULL: there is none. Borrowed */
struct place *places_find(const struct places *all, const char *group, const char *secret);
/** It has been taken: frees it. */
void places_forget(struct places *all, struct place *p);
/** Nobody comes back into this group, or nobody of that name. @param username NULL: anybody */
void places_forget_group(struct places *all, const char *group, const char *username);
void places_release(struct places *all);

#endif
