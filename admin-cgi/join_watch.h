/*
 * Notes in the database who came into a group (store/store_user_join.h), from the samples of
 * mediad's meetings: joining itself waits for nothing. Who came and left between two samples is not
 * seen. Keeper.
 */
#ifndef NEREID_ADMIN_CGI_JOIN_WATCH_H
#define NEREID_ADMIN_CGI_JOIN_WATCH_H

#include <json-c/json.h>

#include "admin-cgi/live_sample.h"
#include "admin-cgi/store/store_user_join.h"

struct app;

/** Zeroed: nobody was seen yet, so that everybody who is there counts. */
struct join_watch {
    int64_t until_us; /* who joined later is new */
};

/**
 * Who of mediad's groups is new.
 * @param out in the arena, names borrowed from `groups`
 * @param newest_us the latest time of them; as it was without any
 * @return how many
 */
size_t join_watch_new(const struct join_watch *w, struct json_object *groups, struct arena *a,
                      struct user_join **out, int64_t *newest_us);

/** The keeper's turn, after each sample. What could not be written is tried again at the next. */
void join_watch_run(struct join_watch *w, struct app *app, const struct live_sample *live,
                    int64_t now_us);

#endif
