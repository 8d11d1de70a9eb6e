/*
 * What a failed sign-in costs the next one (SEC-6): the counters of one attempt,
 * at the console or by a program. The policy is common/throttle.h's, the counters are kept by
 * store/store_throttle.h.
 *
 * A page's device is known by its cookie, which the caller has checked. A program keeps no cookie:
 * its device is known when the same name has signed in from the same address in the last 30 days.
 */
#ifndef NEREID_ADMIN_CGI_GUESS_H
#define NEREID_ADMIN_CGI_GUESS_H

#include "admin-cgi/store/db.h"
#include "common/atomic_file.h"
#include "common/throttle.h"

struct guess {
    struct throttle_attempt attempt;
    char name[SHA256_HEX_SIZE]; /* digest of the name, with its device when that is known */
    char address[64];
    char here[SHA256_HEX_SIZE]; /* of a program: digest of the name at this address */
};

/** A person at the console.
 *  @param device id of the known device; NULL: an unknown one
 *  @param group  "" for accounts and administrators of config.json
 *  @return 0 or ERR_NO_MEMORY */
int guess_of_person(struct guess *out, const char *address, const char *device, const char *group,
                    struct span name) MUST_USE;
/** A program with a name and a password. Looks up whether it is known.
 *  @param group "" for the whole server */
int guess_of_program(struct guess *out, struct db *db, const char *address, const char *group,
                     struct span name, int64_t now_us, struct error *e) MUST_USE;
/** A program with a token. */
void guess_of_token(struct guess *out, const char *address);

/** How long this attempt has to wait; 0: go on. */
int guess_wait(struct db *db, const struct guess *g, int64_t now_us, int64_t *wait_us,
               struct error *e) MUST_USE;
/** The attempt failed: note it with its name, its address and the server. */
int guess_failed(struct db *db, const struct guess *g, int64_t now_us, struct error *e) MUST_USE;
/** The attempt was right: failures of its name are forgotten, and a program's address is known from
 * here on. */
int guess_succeeded(struct db *db, const struct guess *g, int64_t now_us, struct error *e) MUST_USE;

#endif
