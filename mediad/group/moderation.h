/*
 * What operators and the server do to a group and its members: lock, permissions, kick, a new
 * description, and what follows when the last operator goes. Rights were checked by the caller.
 */
#ifndef NEREID_MEDIAD_GROUP_MODERATION_H
#define NEREID_MEDIAD_GROUP_MODERATION_H

#include "mediad/group/live_group.h"

/** Lock with a text for those refused (NULL opens), and tell everybody. @return 0, ERR_NO_MEMORY */
int moderation_lock(struct live_group *g, const char *text) MUST_USE;
/** Give and take permission bits; the member and then all are told.
 * @param by the operator, NULL for the server @return 0, ERR_NO_MEMORY */
int moderation_permissions(struct member *m, unsigned add, unsigned take,
                           const struct member *by) MUST_USE;
/** What a member gets that is made an operator here: as much as one from the file, which may
 * invite, and record where that is allowed. */
unsigned moderation_operator_bits(const struct live_group *g);
/** Put one member out; `kick->leaving` is how. */
void moderation_kick(struct member *m, const struct kick *kick);
/** Put everybody out, viewers too: LEAVING_WITH_ALL, whatever the kick says. */
void moderation_kick_all(struct live_group *g, const struct kick *kick);
/** A member leaves its group. May put out anybody who stays (autokick). */
void moderation_leave(struct member *m, enum leaving leaving, int64_t now_us);
/** Without an operator: lock and empty the group if its description says so; without anybody it is
 * not recorded any more. */
void moderation_check_operators(struct live_group *g);

/** In a group that is encrypted end to end nobody stays who has no key: its recorder, WHIP
 * publishers and viewers go. Called when that may have begun. */
void moderation_check_encryption(struct live_group *g);

/** Swap in a new description: permissions of those who logged in by password are computed anew, and
 * all are told. References are taken. */
void moderation_set_desc(struct live_group *g, struct group_desc *desc,
                         struct group_desc *file_desc, bool is_inherited);

#endif
