#include "mediad/signal/media_trial.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/macros.h"
#include "mediad/rtc/player_stream.h"
#include "mediad/signal/env.h"

struct media_trial {
    struct list_node in_all;
    struct signal_env *env;
    struct member viewer; /* of no group: what the media plane tells of a lost connection */
    struct player_stream *media;
    struct timer end;
};

static const struct log_ctx ctx = {.room = "trial"};

static void trial_free(struct media_trial *trial)
{
    timer_cancel(&trial->end);
    player_stream_free(trial->media);
    list_remove(&trial->in_all);
    trial->env->n_media_trials--;
    free(trial);
}

static void end_fired(struct timer *timer, int64_t now_us)
{
    (void)now_us;
    trial_free(CONTAINER_OF(timer, struct media_trial, end));
}

/* Told from within the media plane, which does not lose a stream there. */
static void closed(struct member *viewer, const char *id, const char *why)
{
    struct media_trial *trial = CONTAINER_OF(viewer, struct media_trial, viewer);

    (void)id;
    log_debug(&ctx, "ended: %s", why);
    timer_wheel_set(trial->env->timers, &trial->end, trial->env->now_us);
}

static const struct member_ops viewer_ops = {.closed = closed};

static int begin(struct media_trial *trial, struct signal_env *env, struct span offer,
                 struct buf *answer, struct error *e)
{
    static const char *const codecs[] = {"opus", NULL};
    const struct stream_names names = {
        .group = "", .client = "trial", .stream = "trial", .client_id = ++env->last_member};
    int r = player_stream_new(&trial->media, env->media, &names, &trial->viewer);

    if (r < 0)
        return error_set(e, r, NULL, "the connection could not be made");
    return player_stream_offer(trial->media, offer, NULL, codecs, answer, e);
}

int media_trial_begin(struct signal_env *env, struct span offer, struct buf *answer,
                      struct error *e)
{
    struct media_trial *trial;
    int r;

    if (env->is_ending || env->n_media_trials >= MEDIA_TRIALS_MAX)
        return error_set(e, ERR_BUSY, NULL, "too many connections are being tried");
    trial = calloc(1, sizeof *trial);
    if (!trial)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    trial->env = env;
    trial->viewer.ops = &viewer_ops;
    trial->end.fire = end_fired;
    list_append(&env->media_trials, &trial->in_all);
    env->n_media_trials++;
    r = begin(trial, env, offer, answer, e);
    if (r < 0)
        trial_free(trial);
    else
        timer_wheel_set(env->timers, &trial->end, env->now_us + MEDIA_TRIAL_US);
    return r;
}

void media_trials_end_all(struct signal_env *env)
{
    LIST_EACH_REMOVING (struct media_trial, trial, &env->media_trials, in_all)
        trial_free(trial);
}
