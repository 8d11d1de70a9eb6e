#include "mediad/signal/media_trial.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/macros.h"
#include "mediad/rtc/up_stream.h"
#include "mediad/signal/env.h"

#define LOOK_US US_PER_S /* between two looks at how much came */

struct media_trial {
    struct list_node in_all;
    struct signal_env *env;
    struct member sender; /* of no group: what the media plane tells of a lost connection */
    uint64_t id;
    struct up_stream *media;
    struct timer look;
    int64_t end_us;
};

static const struct log_ctx ctx = {.room = "trial"};

static void trial_free(struct media_trial *trial)
{
    timer_cancel(&trial->look);
    up_stream_free(trial->media);
    list_remove(&trial->in_all);
    trial->env->n_media_trials--;
    free(trial);
}

static struct media_trial_result result_of(const struct media_trial *trial)
{
    return (struct media_trial_result){.audio = up_stream_received(trial->media, TRACK_AUDIO),
                                       .video = up_stream_received(trial->media, TRACK_VIDEO)};
}

static void look(struct timer *timer, int64_t now_us)
{
    struct media_trial *trial = CONTAINER_OF(timer, struct media_trial, look);
    struct media_trial_result came = result_of(trial);

    if (came.audio.bytes + came.video.bytes > MEDIA_TRIAL_BYTES_MAX)
        log_warn(&ctx, "a browser's test sends too much, and is ended");
    else if (now_us < trial->end_us) {
        timer_wheel_set(trial->env->timers, timer, now_us + LOOK_US);
        return;
    }
    trial_free(trial);
}

/* Told from within the media plane, which does not lose a stream there. */
static void closed(struct member *sender, const char *id, const char *why)
{
    struct media_trial *trial = CONTAINER_OF(sender, struct media_trial, sender);

    (void)id;
    log_debug(&ctx, "ended: %s", why);
    trial->end_us = trial->env->now_us;
    timer_wheel_set(trial->env->timers, &trial->look, trial->env->now_us);
}

static const struct member_ops sender_ops = {.closed = closed};

static int begin(struct media_trial *trial, struct span offer, struct buf *answer, struct error *e)
{
    static const char *const codecs[] = {"vp8", "vp9", "h264", "av1", "opus", NULL};
    const struct stream_names names = {
        .group = "", .client = "trial", .stream = "trial", .client_id = trial->id};
    struct media_abilities unused = {0};
    const struct track_info *tracks;
    size_t start = answer->len;
    int r = up_stream_new(&trial->media, trial->env->media, &names, codecs, &trial->sender);

    if (r < 0)
        return error_set(e, r, NULL, "the connection could not be made");
    up_stream_be_lone(trial->media);
    r = up_stream_offer(trial->media, offer, UINT32_MAX, false, &unused, answer, e);
    if (r == 0 && up_stream_tracks(trial->media, &tracks) == 0) {
        answer->len = start;
        r = error_set(e, ERR_INVALID, "offer", "neither sound nor pictures are sent");
    }
    return r;
}

int media_trial_begin(struct signal_env *env, struct span offer, uint64_t *id, struct buf *answer,
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
    trial->sender.ops = &sender_ops;
    trial->id = ++env->last_member;
    trial->look.fire = look;
    trial->end_us = env->now_us + MEDIA_TRIAL_US;
    list_append(&env->media_trials, &trial->in_all);
    env->n_media_trials++;
    r = begin(trial, offer, answer, e);
    if (r < 0) {
        trial_free(trial);
        return r;
    }
    timer_wheel_set(env->timers, &trial->look, env->now_us + LOOK_US);
    *id = trial->id;
    return 0;
}

int media_trial_end(struct signal_env *env, uint64_t id, struct media_trial_result *out)
{
    LIST_EACH_REMOVING (struct media_trial, trial, &env->media_trials, in_all) {
        if (trial->id != id)
            continue;
        *out = result_of(trial);
        trial_free(trial);
        return 0;
    }
    return ERR_NOT_FOUND;
}

void media_trials_end_all(struct signal_env *env)
{
    LIST_EACH_REMOVING (struct media_trial, trial, &env->media_trials, in_all)
        trial_free(trial);
}
