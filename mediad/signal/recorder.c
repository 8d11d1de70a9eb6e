#include "mediad/signal/recorder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/hex.h"
#include "common/log.h"
#include "mediad/group/moderation.h"
#include "mediad/record/jobs.h"
#include "mediad/rtc/record_stream.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/stream_links.h"

#define ID_BYTES 16 /* random */

struct group_recorder {
    struct member member;
    struct signal_env *env;
    struct list streams; /* struct recorded_stream */
    char id[HEX_SIZE(ID_BYTES)];
};

struct recorded_stream {
    struct list_node in_recorder;
    struct group_recorder *recorder;
    struct up_link *up;
    unsigned generation;         /* of its tracks */
    struct recording *recording; /* NULL: nothing of it can be recorded */
    struct record_stream *media;
};

static char name[] = "RECORDING";

static struct group_recorder *recorder_of(const struct member *m)
{
    return CONTAINER_OF(m, struct group_recorder, member);
}

static struct log_ctx log_of(const struct live_group *g)
{
    return (struct log_ctx){.room = "record", .group = g->name};
}

/* ---- what is said ---- */

static struct frame *write_info(const char *text)
{
    const struct chat_message notice = {
        .type = "usermessage", .kind = "info", .privileged = true, .text = text};

    return message_write_chat(&notice);
}

static void tell(struct live_group *g, bool operators_only, const struct buf *text)
{
    struct frame *f = buf_check(text) == 0 ? write_info(buf_str(text)) : NULL;

    if (f)
        live_group_send(g, f, NULL, operators_only);
    frame_unref(f);
}

static void tell_all(struct live_group *g, const char *by, const char *done, const char *alone)
{
    struct log_ctx ctx = log_of(g);
    struct buf text = {0};

    if (by && *by != '\0')
        buf_printf(&text, "%s %s", by, done);
    else
        buf_add_str(&text, alone);
    log_info(&ctx, "%s", buf_str(&text));
    tell(g, false, &text);
    buf_release(&text);
}

/* Something about one stream, for the operators. */
PRINTF_LIKE(2, 3)
static void warn(const struct up_link *up, const char *format, ...)
{
    const struct member *owner = up_link_owner(up);
    struct log_ctx ctx = log_of(owner->group);
    struct buf text = {0};
    va_list args;
    char line[256];

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    buf_printf(&text, "Recording of %s: %s",
               *owner->username != '\0' ? owner->username : "a stream", line);
    if (buf_check(&text) == 0)
        log_warn(&ctx, "%s", buf_str(&text));
    tell(owner->group, true, &text);
    buf_release(&text);
}

/* ---- one stream ---- */

/* Which of its tracks a file gets: the first of sound and the first video that can be written. */
struct chosen {
    size_t tracks[RECORD_TRACKS_MAX];
    struct recording_track spec[RECORD_TRACKS_MAX];
    size_t n;
};

static const struct track_info *
chosen_of_kind(const struct chosen *c, const struct track_info *tracks, enum track_kind kind)
{
    for (size_t i = 0; i < c->n; i++) {
        if (tracks[c->tracks[i]].kind == kind)
            return &tracks[c->tracks[i]];
    }
    return NULL;
}

static void choose(struct chosen *c, const struct up_link *up)
{
    const struct track_info *tracks = NULL;
    size_t n = up_stream_tracks(up->media, &tracks);

    *c = (struct chosen){0};
    for (size_t i = 0; i < n; i++) {
        enum codec codec = codec_by_name(span_str(tracks[i].codec));
        const char *kind = tracks[i].kind == TRACK_VIDEO ? "video" : "sound";
        const struct track_info *other = chosen_of_kind(c, tracks, tracks[i].kind);

        if (other && *other->rid != '\0' && *tracks[i].rid != '\0')
            continue; /* another size of the same video */
        if (other) {
            warn(up, "it has more than one track with %s; the first is recorded", kind);
        } else if (!recording_can(codec)) {
            warn(up, "its %s is left out: %s cannot be recorded", kind, tracks[i].codec);
        } else if (c->n < RECORD_TRACKS_MAX) {
            c->tracks[c->n] = i;
            c->spec[c->n++] = (struct recording_track){codec, tracks[i].fmtp};
        }
    }
}

static int start_writing(struct recorded_stream *s, const struct chosen *chosen, struct error *e)
{
    struct signal_env *env = s->recorder->env;
    struct recording_spec spec = {.group = up_link_owner(s->up)->group->name,
                                  .username = up_link_owner(s->up)->username,
                                  .label = s->up->label,
                                  .n_tracks = chosen->n};
    int r;

    memcpy(spec.tracks, chosen->spec, sizeof spec.tracks);
    r = recording_start(&s->recording, env->recorder, &spec, s, e);
    if (r < 0)
        return r;
    r = record_stream_new(&s->media, env->media, s->up->media, recording_queue(s->recording),
                          chosen->tracks, chosen->n);
    if (r < 0) {
        recording_stop(s->recording);
        s->recording = NULL;
        return error_set(e, r, NULL, "%s", err_text(r));
    }
    return 0;
}

static void begin(struct recorded_stream *s)
{
    struct chosen chosen;
    struct error e = {0};

    s->generation = s->up->generation;
    choose(&chosen, s->up);
    if (chosen.n > 0 && start_writing(s, &chosen, &e) < 0)
        warn(s->up, "not possible: %s", e.text);
}

static void finish(struct recorded_stream *s)
{
    record_stream_free(s->media);
    if (s->recording)
        recording_stop(s->recording);
    s->media = NULL;
    s->recording = NULL;
}

static void forget(struct recorded_stream *s)
{
    finish(s);
    list_remove(&s->in_recorder);
    free(s);
}

static struct recorded_stream *find(struct group_recorder *r, const struct up_link *up)
{
    LIST_EACH (struct recorded_stream, s, &r->streams, in_recorder) {
        if (s->up == up)
            return s;
    }
    return NULL;
}

/* ---- as a member ---- */

static void hear(struct member *m, struct group_event *event)
{
    (void)m;
    (void)event;
}

static void permissions_changed(struct member *m, unsigned before)
{
    (void)m;
    (void)before;
}

static void leave(struct group_recorder *r, enum leaving leaving, const char *by, const char *why)
{
    struct live_group *g = r->member.group;
    struct buf alone = {0};

    buf_printf(&alone, "The recording has ended%s%s", *why != '\0' ? ": " : ".", why);
    if (leaving != LEAVING_WITH_ALL)
        tell_all(g, by, "has ended the recording.", buf_str(&alone));
    buf_release(&alone);
    LIST_EACH_REMOVING (struct recorded_stream, s, &r->streams, in_recorder)
        forget(s);
    moderation_leave(&r->member, leaving, r->env->now_us);
    member_clear(&r->member);
    free(r);
}

static void kicked(struct member *m, const struct kick *kick)
{
    leave(recorder_of(m), kick->leaving, kick->by_username, kick->text);
}

static void published(struct member *m, struct published *stream)
{
    struct group_recorder *r = recorder_of(m);
    struct up_link *up = up_link_of(stream);
    struct recorded_stream *s = find(r, up);

    if (s && s->generation == up->generation)
        return;
    if (s) {
        finish(s); /* other tracks: another file */
        begin(s);
        return;
    }
    s = calloc(1, sizeof *s);
    if (!s) {
        warn(up, "not possible: out of memory");
        return;
    }
    s->recorder = r;
    s->up = up;
    list_append(&r->streams, &s->in_recorder);
    begin(s);
}

static void unpublished(struct member *m, struct published *stream)
{
    struct recorded_stream *s = find(recorder_of(m), up_link_of(stream));

    if (s)
        forget(s);
}

static const struct member_ops recorder_ops = {.hear = hear,
                                               .kicked = kicked,
                                               .permissions_changed = permissions_changed,
                                               .published = published,
                                               .unpublished = unpublished};

/* ---- what the writer reports ---- */

static void ended(void *user, const char *why)
{
    struct recorded_stream *s = user;
    struct group_recorder *r = s->recorder;
    struct live_group *g = r->member.group;
    struct log_ctx ctx = log_of(g);
    struct buf text = {0};

    r->env->counters.recordings_failed++;
    log_error(&ctx, "recording ended: %s", why);
    buf_printf(&text, "The recording cannot go on: %s", why);
    tell(g, true, &text);
    buf_release(&text);
    leave(r, LEAVING_ALONE, NULL, "");
}

static void warned(void *user, const char *text)
{
    const struct recorded_stream *s = user;

    warn(s->up, "%s", text);
}

static void finished(void *user_data, const char *group, const char *file)
{
    struct log_ctx ctx = {.room = "record", .group = group};
    struct signal_env *env = user_data;

    if (file) {
        log_info(&ctx, "recorded %s", file);
        jobs_tend(env->jobs); /* makes its poster */
    } else {
        log_info(&ctx, "nothing came that could be recorded: no file");
    }
}

const struct recorder_events signal_recorder_events = {
    .ended = ended, .warned = warned, .finished = finished};

/* ---- from outside ---- */

bool group_recorder_may(const struct signal_env *env, const struct live_group *g)
{
    return env->recorder && g->desc->allow_recording && !live_group_is_encrypted(g);
}

/* A member that is in no group yet; NULL when out of memory, or of random numbers. */
static struct group_recorder *make(struct signal_env *env)
{
    const struct permissions permissions = {.bits = PERMISSION_SYSTEM};
    struct group_recorder *r = calloc(1, sizeof *r);
    uint8_t random[ID_BYTES];

    if (!r || gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof random) < 0 ||
        member_set_base(&r->member, &permissions) < 0) {
        free(r);
        return NULL;
    }
    hex_format(r->id, random, sizeof random);
    r->env = env;
    r->member.kind = MEMBER_RECORDER;
    r->member.ops = &recorder_ops;
    r->member.id = r->id;
    r->member.username = name;
    r->member.number = ++env->last_member;
    r->member.joined_us = env->wall_us;
    return r;
}

static int check(const struct signal_env *env, const struct live_group *g, struct error *e)
{
    if (!env->recorder)
        return error_set(e, ERR_UNAVAILABLE, NULL, "this server does not record");
    if (!g->desc->allow_recording)
        return error_set(e, ERR_UNSUPPORTED, NULL, "this group does not allow recording");
    if (live_group_is_encrypted(g))
        return error_set(e, ERR_UNSUPPORTED, NULL,
                         "this meeting is encrypted end to end: the server cannot record it");
    if (g->recorder)
        return error_set(e, ERR_EXISTS, NULL, "already recording");
    if (g->n_members == 0)
        return error_set(e, ERR_NOT_FOUND, NULL, "nobody is in this group");
    return 0;
}

int group_recorder_start(struct signal_env *env, struct live_group *g, const char *by,
                         struct error *e)
{
    int result = check(env, g, e);
    struct group_recorder *r = result < 0 ? NULL : make(env);

    if (result < 0)
        return result;
    if (!r || live_group_add(g, &r->member, env->now_us) < 0) {
        if (r)
            member_clear(&r->member);
        free(r);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    env->counters.recordings++;
    live_group_announce(g, &r->member);
    tell_all(g, by, "has started to record this meeting.", "This meeting is being recorded.");
    LIST_EACH (struct published, stream, &g->streams, in_group)
        published(&r->member, stream);
    return 0;
}

void group_recorder_stop(struct live_group *g, const char *by)
{
    if (g->recorder)
        leave(recorder_of(g->recorder), LEAVING_ALONE, by, "");
}

void group_recorder_stop_all(struct signal_env *env)
{
    LIST_EACH (struct live_group, g, &env->registry->groups, in_registry)
        group_recorder_stop(g, NULL);
}

bool group_recorder_state(const struct live_group *g, struct group_recording *out)
{
    *out = (struct group_recording){0};
    if (!g->recorder)
        return false;
    out->since_us = g->recorder->joined_us;
    LIST_EACH (const struct recorded_stream, s, &recorder_of(g->recorder)->streams, in_recorder)
        out->n_streams += s->recording != NULL;
    return true;
}

struct frame *group_recorder_greeting(const struct live_group *g)
{
    return g->recorder ? write_info("This meeting is being recorded.") : NULL;
}
