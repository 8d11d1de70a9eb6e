/*
 * What the last network test from a browser found about media (UDP): kept for the health page,
 * which says when it was and what came out.
 */
#ifndef NEREID_ADMIN_CGI_NETWORK_BROWSER_TEST_H
#define NEREID_ADMIN_CGI_NETWORK_BROWSER_TEST_H

#include "admin-cgi/arena.h"
#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

enum browser_media {
    BROWSER_MEDIA_NONE,   /* nothing came through */
    BROWSER_MEDIA_SILENT, /* a connection, and no picture in it */
    BROWSER_MEDIA_RELAY,  /* by a TURN server alone */
    BROWSER_MEDIA_UDP,    /* straight to mediad's port */
};

#define BROWSER_TEST_ROUND_TRIP_MAX_MS 100000

struct browser_test {
    enum browser_media media;
    int64_t round_trip_ms; /* of the pair that connected */
    int64_t at_us;         /* 0: there was no test yet */
    const char *by;        /* account; in the arena */
};

/** The word of a result, as the browser's script sends it. @return false: it is none */
bool browser_media_of(const char *word, enum browser_media *out);

/** @param out zeroed when there was none @return 0, ERR_BUSY, ERR_IO, ERR_NO_MEMORY */
int browser_test_last(struct db *db, struct arena *a, struct browser_test *out,
                      struct error *e) MUST_USE;
/** Keep one, in place of the last; its time and its account are the actor's.
 * @return 0, ERR_BUSY, ERR_IO, ERR_NO_MEMORY */
int browser_test_keep(struct db *db, const struct browser_test *test, const struct actor *actor,
                      struct error *e) MUST_USE;

#endif
