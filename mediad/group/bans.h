/*
 * Names that are kept out of a group for a while, each from one address. Control thread only.
 */
#ifndef NEREID_MEDIAD_GROUP_BANS_H
#define NEREID_MEDIAD_GROUP_BANS_H

#include <stdint.h>

#include "common/error.h"
#include "common/list.h"

#define BANS_MAX 1000 /* in one group; each joiner is compared with them */

/** Zeroed is empty. */
struct bans {
    struct list list; /* of struct ban */
};

void bans_release(struct bans *b);
/** Keep a name from this address out until `until_us`; a ban there is gets the new end.
 * @return 0, ERR_BUSY with BANS_MAX others, ERR_NO_MEMORY */
int bans_add(struct bans *b, const char *username, const char *address, int64_t until_us) MUST_USE;
/** True when a ban keeps this name from this address out. Bans that have ended are forgotten. */
bool bans_include(struct bans *b, const char *username, const char *address, int64_t now_us);
/** Forget bans that have ended. */
void bans_expire(struct bans *b, int64_t now_us);
bool bans_is_empty(const struct bans *b);

#endif
