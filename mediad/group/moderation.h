/*
 * What operators and the server do to a group and its members: lock, permissions, kick, ban,
 * autolock and autokick (signalling.md 2.6, 3.7). Rights were checked by the caller.
 */
#ifndef NEREID_MEDIAD_GROUP_MODERATION_H
#define NEREID_MEDIAD_GROUP_MODERATION_H

#include "mediad/group/live_group.h"

#define BANS_MAX 1000 /* in one group; each joiner is compared with them */

/** Lock with a text for those refused (NULL opens), and tell everybody. @return 0, ERR_NO_MEMORY */
int moderation_lock(struct live_group *g, const char *text) MUST_USE;
/** Give and take permission bits; the member and then all are told. @return 0, ERR_NO_MEMORY */
int moderation_permissions(struct member *m, unsigned add, unsigned take) MUST_USE;
/** Tell of permissions that changed already. */
void moderation_permissions_changed(struct member *m, unsigned before);
/** Put one member out. */
void moderation_kick(struct member *m, const struct kick *kick);
/** Put everybody out. */
void moderation_kick_all(struct live_group *g, const struct kick *kick);
/** Without an operator: lock and empty the group if its description says so. */
void moderation_check_operators(struct live_group *g);

/** Keep a name from this address out for a while; a ban there is gets the new end.
 * @return 0, ERR_BUSY with BANS_MAX others, ERR_NO_MEMORY */
int moderation_ban(struct live_group *g, const char *username, const char *address,
                   int64_t until_us) MUST_USE;
bool moderation_is_banned(struct live_group *g, const char *username, const char *address,
                          int64_t now_us);
void moderation_forget_bans(struct live_group *g, int64_t now_us);

#endif
