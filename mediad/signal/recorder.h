/*
 * The member RECORDING of a group that is recorded: one recording (record/recording.h) for each
 * stream that is published in the group, from when it comes, or the recording starts, until it
 * ends. Everybody sees it in the list of members, and is told when it comes and goes. It ends by
 * who may, with the group's last member, with the right to record there, and by itself when nothing
 * can be written any more. docs/RECORDING.md has it from outside.
 */
#ifndef NEREID_MEDIAD_SIGNAL_RECORDER_H
#define NEREID_MEDIAD_SIGNAL_RECORDER_H

#include "mediad/group/live_group.h"
#include "mediad/record/recording.h"
#include "mediad/signal/env.h"

/** How a group is recorded. */
struct group_recording {
    int64_t since_us; /* since 1970 */
    size_t n_streams; /* that are written */
};

/** What recorder_new() calls back, with the environment as its `events_user`. */
extern const struct recorder_events signal_recorder_events;

/** @return does this group allow it, and can this server? */
bool group_recorder_may(const struct signal_env *env, const struct live_group *g);
/**
 * @param by who does it, as all are told; "" for nobody
 * @return 0; ERR_EXISTS: it is recorded already; ERR_UNSUPPORTED: the group does not allow it;
 * ERR_UNAVAILABLE: this server does not record; ERR_NOT_FOUND: nobody is in the group;
 * ERR_NO_MEMORY, ERR_CRYPTO
 */
int group_recorder_start(struct signal_env *env, struct live_group *g, const char *by,
                         struct error *e) MUST_USE;
/** Nothing happens where nothing is recorded. */
void group_recorder_stop(struct live_group *g, const char *by);
/** In all groups, before the server ends. */
void group_recorder_stop_all(struct signal_env *env);
/** @return false: the group is not recorded */
bool group_recorder_state(const struct live_group *g, struct group_recording *out);
/** What newcomers to a recorded group are told; NULL when it is not, or out of memory. */
struct frame *group_recorder_greeting(const struct live_group *g);

#endif
