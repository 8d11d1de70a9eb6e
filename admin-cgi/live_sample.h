/*
 * The last sample of mediad's meetings (`/v0/live` in docs/CONTROL.md), shared by all processes:
 * the keeper takes one every few seconds, and a page that wants a newer one has it taken, within
 * 200 ms for all that it waits. While mediad hangs nobody waits: the last sample answers, with its
 * age.
 */
#ifndef NEREID_ADMIN_CGI_LIVE_SAMPLE_H
#define NEREID_ADMIN_CGI_LIVE_SAMPLE_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"
#include "common/now.h"

#define LIVE_SAMPLE_EVERY_US (5 * US_PER_S) /* the keeper's */
#define LIVE_SAMPLE_OLD_US (12 * US_PER_S)  /* from here on a page says the sample's age */

struct live_board;
struct live_sampler;
struct control_client;

/** One process's view. @param board, client borrowed */
int live_sampler_new(struct live_sampler **out, struct live_board *board,
                     struct control_client *client) MUST_USE;
void live_sampler_free(struct live_sampler *s);

struct live_sample {
    struct json_object *document; /* borrowed until the next call; NULL: there never was one */
    struct json_object *groups;   /* in it: array of live groups, sorted by name; NULL with it */
    uint64_t number;              /* another sample has another one; 0: none */
    int64_t age_us;               /* since mediad was asked for it */
    bool is_fresh;                /* as fresh as was asked for, and mediad answers */
    bool is_old;                  /* older than LIVE_SAMPLE_OLD_US, or there is none */
};

/** @param max_age_us a sample of this age will do; 0: none from before this call */
struct live_sample live_sample_get(struct live_sampler *s, int64_t max_age_us);

/** The keeper's turn, every LIVE_SAMPLE_EVERY_US: take a sample, and find out whether mediad hangs.
 * Waits a second at most. @return as live_sample_get() with the last sample */
struct live_sample live_sample_take(struct live_sampler *s);

/** One live group by name; NULL: nobody is there. Borrowed. */
struct json_object *live_sample_group(struct json_object *groups, const char *name);

/** Nobody is in this public group, and it is locked until an operator comes. */
bool live_sample_is_autolocked(const struct live_sample *sample, const char *name);

/** "40 seconds", "3 minutes", "2 hours"; in the arena. */
const char *live_sample_age_text(struct arena *a, int64_t age_us);

#endif
