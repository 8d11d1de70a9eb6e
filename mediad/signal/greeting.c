#include "mediad/signal/greeting.h"

#include <string.h>

#include "mediad/signal/features.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/recorder.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_output.h"
#include "mediad/signal/speaking.h"
#include "mediad/signal/status.h"

static struct span write_status(struct client_session *s, struct buf *out)
{
    const struct live_group *g = session_group(s);
    const struct server_config *config = server_config_file_get(s->env->config, NULL);
    const struct status_view view = {.name = g->name,
                                     .desc = g->desc,
                                     .file_len = g->file_len,
                                     .shows_life = true,
                                     .is_locked = g->lock,
                                     .tells_unlocked = true,
                                     .is_encrypted = live_group_is_encrypted(g),
                                     .can_change_password = config->writable_groups,
                                     .n_clients = g->n_members};

    status_write(out, &view);
    return buf_check(out) == 0 ? buf_span(out) : span_str("{}");
}

/* The part of `joined` that is the same for all members; NULL when out of memory. */
static struct frame *write_view(struct client_session *s)
{
    struct buf status = {0}, text = {0};
    const struct group_view view = {.status = write_status(s, &status),
                                    .data = session_group(s)->data,
                                    .rtc_configuration = env_rtc_configuration(s->env)};
    struct frame *f = NULL;

    message_write_view(&text, &view);
    if (buf_check(&text) == 0)
        f = frame_new(buf_span(&text));
    buf_release(&status);
    buf_release(&text);
    return f;
}

/* @param view made if it is NULL, for those who are told the same */
static struct frame *write_joined(struct client_session *s, const char *kind,
                                  const struct member *by, struct frame **view)
{
    bool is_join = strcmp(kind, "join") == 0;
    struct joined joined = {.kind = kind,
                            .group = session_group(s)->name,
                            .username = s->member.username,
                            .resume = is_join && s->place ? s->place->secret : NULL,
                            .features = is_join ? s->member.features : 0,
                            .can_record = (s->member.features & FEATURE_RECORDING) &&
                                          group_recorder_may(s->env, session_group(s)),
                            .permissions = &s->member.permissions,
                            .by = by};

    if (!*view && (*view = write_view(s)) == NULL)
        return NULL;
    joined.view = span_of(frame_text(*view), (*view)->len);
    s->rtc_sent_us = s->env->now_us;
    return message_write_joined(&joined);
}

void session_send_change_alike(struct client_session *s, struct frame **view)
{
    session_send(s, write_joined(s, "change", NULL, view));
}

void session_send_change(struct client_session *s, const struct member *by)
{
    struct frame *view = NULL;

    session_send(s, write_joined(s, "change", by, &view));
    frame_unref(view);
}

static void greet_with(struct client_session *s, struct frame *f)
{
    if (f)
        session_push(s, f, true);
    else
        session_send(s, NULL);
}

static void greet_with_speakers(struct client_session *s)
{
    struct frame *f = NULL;

    if (s->member.features & FEATURE_SPEAKERS)
        f = speaking_greeting(session_group(s));
    if (f)
        session_push(s, f, true);
    frame_unref(f);
}

/* A newcomer is told of a running recording what those inside were told when it began. */
static void greet_with_recording(struct client_session *s)
{
    struct frame *f = group_recorder_greeting(session_group(s));

    if (f)
        session_push(s, f, true);
    frame_unref(f);
}

void session_greet(struct client_session *s)
{
    struct live_group *g = session_group(s);
    struct frame *view = NULL, *joined = write_joined(s, "join", NULL, &view);

    greet_with(s, joined);
    frame_unref(joined);
    frame_unref(view);
    history_expire(&g->history, live_group_history_age_us(g), s->env->now_us);
    for (unsigned i = 0; i < g->history.n; i++)
        greet_with(s, g->history.entries[i].frame);
    if (!s->member.add_frame)
        s->member.add_frame = message_write_user("add", &s->member);
    greet_with(s, s->member.add_frame);
    LIST_EACH (struct member, m, &g->members, in_group) {
        if (m == &s->member)
            continue;
        if (!m->add_frame)
            m->add_frame = message_write_user("add", m);
        greet_with(s, m->add_frame);
    }
    greet_with_speakers(s);
    greet_with_recording(s);
}
