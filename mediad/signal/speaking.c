#include "mediad/signal/speaking.h"

#include "common/macros.h"
#include "common/now.h"
#include "mediad/signal/features.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/stream_links.h"

/* At most four times a second members hear of a change. */
#define HEAR_US (300 * US_PER_MS)

static int64_t last_n_of(const struct signal_env *env, const struct live_group *g)
{
    int64_t n = g->desc->last_n;

    return n != 0 ? n : env->settings->last_n;
}

/* What the media plane and the members' streams say now. */
static void look(struct live_group *g)
{
    LIST_EACH (struct member, m, &g->members, in_group) {
        m->speaker.score = 0;
        m->speaker.has_camera = false;
    }
    LIST_EACH (struct published, stream, &g->streams, in_group) {
        const struct up_link *up = up_link_of(stream);
        struct speaker *sp = &stream->owner->speaker;
        int score = up_stream_speech(up->media);

        if (score > sp->score)
            sp->score = score;
        if (!up_link_is_screen(up) && up_link_videos(up))
            sp->has_camera = true;
    }
}

static void wish_anew(struct live_group *g)
{
    LIST_EACH (struct published, stream, &g->streams, in_group) {
        LIST_EACH (struct down_link, down, &up_link_of(stream)->downs, in_up)
            down_link_wish(down);
    }
}

static void tell(struct live_group *g)
{
    struct group_event event = {.kind = EVENT_MESSAGE};

    LIST_EACH (struct member, m, &g->members, in_group) {
        if (!(m->features & FEATURE_SPEAKERS))
            continue;
        if (!event.frame && (event.frame = message_write_speakers(&g->speakers)) == NULL)
            return;
        m->ops->hear(m, &event);
    }
    frame_unref(event.frame);
}

static void hear(struct signal_env *env, struct live_group *g)
{
    bool are_others, has_changed;

    look(g);
    has_changed = speakers_update(&g->speakers, env->now_us);
    are_others = speakers_limit(&g->speakers, last_n_of(env, g));
    if (has_changed)
        tell(g);
    if (has_changed || are_others)
        wish_anew(g);
}

static void fire(struct timer *timer, int64_t now_us)
{
    struct signal_env *env = CONTAINER_OF(timer, struct signal_env, hearing);
    bool is_heard = false;

    LIST_EACH (struct live_group, g, &env->registry->groups, in_registry) {
        if (list_is_empty(&g->streams) && speakers_are_still(&g->speakers))
            continue;
        hear(env, g);
        is_heard = true;
    }
    if (is_heard)
        timer_wheel_set(env->timers, timer, now_us + HEAR_US);
}

void speaking_published(struct signal_env *env, struct live_group *g)
{
    look(g);
    if (speakers_limit(&g->speakers, last_n_of(env, g)))
        wish_anew(g);
    env->hearing.fire = fire;
    if (!timer_is_running(&env->hearing))
        timer_wheel_set(env->timers, &env->hearing, env->now_us + HEAR_US);
}

struct frame *speaking_greeting(const struct live_group *g)
{
    const struct speaker *ranked[SPEAKERS_TOLD_MAX];

    return speakers_ranked(&g->speakers, ranked) > 0 ? message_write_speakers(&g->speakers) : NULL;
}
