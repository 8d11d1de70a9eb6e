/*
 * Links by which somebody without an account plays one recording: for a time, until they are ended,
 * with a password or without. What stands in a link is handlers/share_link.h's.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SHARE_H
#define NEREID_ADMIN_CGI_STORE_STORE_SHARE_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"
#include "common/now.h"

#define SHARE_LIFETIME_MAX_US (7 * US_PER_DAY)
#define SHARE_LABEL_MAX 200

/** Strings are never NULL once read, and live in the arena they were read into. */
struct share {
    int64_t id;
    const char *group, *filename; /* the recording */
    const char *label;            /* what administrators call it; "" */
    int64_t made_us;
    const char *made_by;
    int64_t expires_us;  /* at most SHARE_LIFETIME_MAX_US from when it was last set */
    int64_t ended_us;    /* somebody ended it; 0: nobody did */
    const char *pw_hash; /* common/account_hash.h; "": no password */
    int64_t uses;        /* how often it was played or taken from the beginning */
    int64_t last_used_us;
};

static inline bool share_is_open(const struct share *s, int64_t now_us)
{
    return !s->ended_us && s->expires_us > now_us;
}

/** Of `share` group, filename, label, expires_us and pw_hash count. @param id_out its id
 * @return 0, ERR_EXISTS (the form came twice), ERR_BUSY, ERR_NO_SPACE, ERR_IO */
int store_share_make(struct db *db, const struct share *share, const struct actor *actor,
                     int64_t *id_out, struct error *e) MUST_USE;
/** Write label, expires_us, ended_us and pw_hash of one that is there; as store_share_make(). */
int store_share_change(struct db *db, const struct share *share, const struct actor *actor,
                       struct error *e) MUST_USE;

/** @return 0, ERR_NOT_FOUND, or a failure */
int store_share_get(struct db *db, struct arena *a, int64_t id, struct share *out,
                    struct error *e) MUST_USE;
/** Those of one recording, newest first. */
int store_share_list(struct db *db, struct arena *a, const char *group, const char *filename,
                     struct share **out, size_t *n_out, struct error *e) MUST_USE;
/** All that are open, of every recording. */
int store_share_list_open(struct db *db, struct arena *a, int64_t now_us, struct share **out,
                          size_t *n_out, struct error *e) MUST_USE;

/** Note that a recording was played or downloaded by this link. */
int store_share_used(struct db *db, int64_t id, int64_t now_us, struct error *e) MUST_USE;
/** Forget those that have been over for 30 days. Keeper. */
int store_share_purge(struct db *db, int64_t now_us, struct error *e) MUST_USE;

#endif
