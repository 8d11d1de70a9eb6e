/*
 * What administrators forbid groups on this server, or cap (site_setting.h, "limit."): checked
 * where the console and the API write groups, users' passwords and invitations. What was so before
 * stays; edits by hand and the command line are not bound. Nothing set: nothing is forbidden.
 */
#ifndef NEREID_ADMIN_CGI_SITE_GROUP_LIMITS_H
#define NEREID_ADMIN_CGI_SITE_GROUP_LIMITS_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"
#include "common/group_desc.h"

/** Those that a group's description may break. */
struct group_limits {
    bool forbids_recording, forbids_open;
    int64_t clients;      /* 0: no such limit */
    const char *codecs;   /* with spaces between them; "": all */
    const char *redirect; /* hosts, one a line; "": all */
};

/** As they are now; strings in the arena. */
void group_limits_get(struct db *db, struct arena *a, struct group_limits *out);

/**
 * Does a group keep to them?
 * @param before what it was until now: what breaks a limit already may stay as it is; NULL: nothing
 * @return 0; ERR_FORBIDDEN with the member as the place of `e` and the end of a sentence
 */
int group_limits_check(const struct group_limits *l, const struct group_desc *desc,
                       const struct group_desc *before, struct error *e) MUST_USE;

/** The same for a change that an actor makes, whom they may not bind. */
int group_limits_check_change(struct db *db, const struct actor *actor,
                              const struct group_desc *desc, struct span before,
                              struct error *e) MUST_USE;

/** An invitation's end. @param expires_us 0: none @return 0, ERR_FORBIDDEN (place "expires") */
int group_limits_check_invitation(struct db *db, const struct actor *actor, int64_t expires_us,
                                  struct error *e) MUST_USE;

/** A password for a user of a group. @return 0, ERR_FORBIDDEN (place "password") */
int group_limits_check_password(struct db *db, const struct actor *actor, struct span plain,
                                struct error *e) MUST_USE;

#endif
