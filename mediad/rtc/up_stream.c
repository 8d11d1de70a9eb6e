#include "mediad/rtc/up_stream.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/media_mail.h"
#include "mediad/rtc/media_state.h"
#include "mediad/rtc/negotiate_internal.h"
#include "mediad/rtc/offer_check.h"
#include "mediad/rtc/sdp_fragment.h"
#include "mediad/rtc/sdp_parse.h"
#include "mediad/rtc/up_stream_internal.h"

static char **copy_codecs(const char *const *codecs)
{
    size_t n = 0;

    while (codecs && codecs[n])
        n++;
    char **copy = calloc(n + 1, sizeof *copy);

    for (size_t i = 0; copy && i < n; i++) {
        copy[i] = strdup(codecs[i]);
        if (copy[i])
            continue;
        while (i > 0)
            free(copy[--i]);
        free(copy);
        return NULL;
    }
    return copy;
}

static void free_codecs(char **codecs)
{
    for (size_t i = 0; codecs && codecs[i]; i++)
        free(codecs[i]);
    free(codecs);
}

int up_stream_new(struct up_stream **out, struct media *m, const struct stream_names *names,
                  const char *const *codecs, void *user)
{
    struct up_stream *s = calloc(1, sizeof *s);

    if (!s)
        return ERR_NO_MEMORY;
    s->refs = 1;
    s->codecs = copy_codecs(codecs);
    int r = s->codecs ? media_stream_init(&s->base, m, true, names, user) : ERR_NO_MEMORY;

    if (r < 0) {
        free_codecs(s->codecs);
        free(s);
        return r;
    }
    *out = s;
    return 0;
}

void up_stream_be_lone(struct up_stream *s)
{
    s->base.is_lone = true;
}

void up_stream_unref(struct up_stream *s)
{
    if (--s->refs)
        return;
    negotiated_free(s->plan);
    free_codecs(s->codecs);
    free(s);
}

void up_stream_free(struct up_stream *s)
{
    if (!s)
        return;
    media_stream_release(&s->base);
    up_stream_unref(s);
}

/* The id of a track stays over renegotiations: by mid and rid. */
static uint64_t track_id(struct up_stream *s, const struct negotiated *plan,
                         const struct up_track *where)
{
    const struct up_section *section = &plan->sections[where->section];
    const char *rid = where->rid < 0 ? "" : section->rids[where->rid].id;

    for (size_t i = 0; i < s->n_tracks; i++) {
        const struct up_section *old = &s->plan->sections[s->targets[i].where.section];

        if (strcmp(old->mid, section->mid) == 0 && strcmp(s->tracks[i].rid, rid) == 0 &&
            old->codecs[0].codec == section->codecs[0].codec)
            return s->targets[i].track_id;
    }
    return ++s->base.media->last_id;
}

/* Copied for the worker, since each side frees its own. */
static struct negotiated *copy_plan(const struct negotiated *plan)
{
    size_t size = sizeof *plan + plan->n_sections * sizeof plan->sections[0];
    struct negotiated *copy = malloc(size);

    if (copy)
        memcpy(copy, plan, size);
    return copy;
}

static size_t list_targets(struct up_stream *s, const struct negotiated *plan,
                           struct up_target targets[TRACKS_MAX])
{
    struct up_track tracks[TRACKS_MAX];
    size_t n = negotiated_tracks(plan, tracks, TRACKS_MAX);

    if (n > TRACKS_MAX)
        n = TRACKS_MAX;
    for (size_t i = 0; i < n; i++)
        targets[i] =
            (struct up_target){.track_id = track_id(s, plan, &tracks[i]), .where = tracks[i]};
    return n;
}

static void keep_plan(struct up_stream *s, struct negotiated *plan, const struct up_target *targets,
                      size_t n)
{
    negotiated_free(s->plan);
    s->plan = plan;
    s->n_tracks = n;
    memcpy(s->targets, targets, n * sizeof *targets);
    for (size_t i = 0; i < n; i++) {
        const struct up_section *section = &plan->sections[targets[i].where.section];

        s->tracks[i] = (struct track_info){
            .kind = section->kind,
            .codec = codec_info(section->codecs[0].codec)->name,
            .rid = targets[i].where.rid < 0 ? "" : section->rids[targets[i].where.rid].id,
            .fmtp = section->codecs[0].fmtp,
        };
    }
}

static struct connection_update *make_update(struct up_stream *s, const struct negotiated *plan,
                                             const struct ice_credentials *local, bool is_new_local,
                                             const struct up_target *targets, size_t n)
{
    struct connection_update *u = calloc(1, sizeof *u);

    if (!u)
        return NULL;
    u->up = copy_plan(plan);
    if (!u->up) {
        free(u);
        return NULL;
    }
    u->has_local = is_new_local;
    u->local = *local;
    u->has_remote = true;
    u->remote = plan->remote;
    u->is_fresh_remote = !s->plan || remote_transport_is_restart(&s->plan->remote, &plan->remote);
    u->n_up = n;
    memcpy(u->up_targets, targets, n * sizeof *targets);
    return u;
}

typedef int write_answer(struct buf *b, const struct negotiated *n,
                         const struct local_transport *local);

/* Everything that can fail comes before anything changes. */
static int accept_plan(struct up_stream *s, struct negotiated *plan, write_answer *write,
                       struct buf *answer, struct error *e)
{
    struct media_stream *base = &s->base;
    bool is_new_local = !s->plan || remote_transport_is_restart(&s->plan->remote, &plan->remote);
    struct ice_credentials local = base->local;
    struct up_target targets[TRACKS_MAX];
    size_t n = list_targets(s, plan, targets);
    size_t start = answer->len;
    int r = is_new_local ? media_stream_new_credentials(base, &local) : 0;

    if (r < 0)
        return error_set(e, r, NULL, "no random numbers");
    base->session_version++;
    struct local_transport transport = media_stream_transport(base, &local);
    struct connection_update *u = make_update(s, plan, &local, is_new_local, targets, n);

    r = u ? write(answer, plan, &transport) : ERR_NO_MEMORY;
    if (r < 0)
        connection_update_free(u);
    else
        r = media_stream_post(base, u);
    if (r < 0) {
        answer->len = start;
        return error_set(e, r, NULL, "out of memory");
    }
    base->has_local = true;
    base->local = local;
    keep_plan(s, plan, targets, n);
    return 0;
}

int up_stream_offer(struct up_stream *s, struct span sdp, uint32_t receivers, bool is_encrypted,
                    struct media_abilities *own, struct buf *answer, struct error *e)
{
    const struct up_choice choice = {.codecs = (const char *const *)s->codecs,
                                     .receivers = receivers,
                                     .is_encrypted = is_encrypted,
                                     .previous = s->plan};
    uint32_t offered = 0;
    struct sdp_session *offer = NULL;
    struct negotiated *plan = NULL;
    int r = sdp_parse(&offer, sdp, e);

    if (r == 0)
        offered = negotiate_offered_variants(offer);
    if (r == 0)
        r = negotiate_offer(&plan, offer, &choice, e);
    if (r == 0)
        r = accept_plan(s, plan, sdp_write_answer, answer, e);
    if (r < 0)
        negotiated_free(plan);
    else
        media_abilities_offer(own, offered);
    sdp_session_free(offer);
    return r;
}

static int restart(struct up_stream *s, const struct sdp_fragment *f, struct buf *answer,
                   struct error *e)
{
    struct negotiated *plan = copy_plan(s->plan);
    int r = plan ? negotiate_credentials(&plan->remote, f->ufrag, f->pwd, e)
                 : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");

    if (r == 0)
        r = accept_plan(s, plan, sdp_fragment_write_answer, answer, e);
    if (r < 0)
        negotiated_free(plan);
    return r;
}

int up_stream_fragment(struct up_stream *s, struct span text, struct buf *answer, bool *is_restart,
                       struct error *e)
{
    struct sdp_fragment f;
    int r = sdp_fragment_read(&f, text, s->plan ? &s->plan->remote : NULL, is_restart, e);

    if (r < 0)
        return r;
    return *is_restart ? restart(s, &f, answer, e) : 0;
}

int up_stream_check_offer(struct span sdp, const char *const *codecs, struct error *e)
{
    struct sdp_session *offer = NULL;
    int r = sdp_parse(&offer, sdp, e);

    if (r == 0)
        r = offer_check_codecs(offer, codecs, e);
    sdp_session_free(offer);
    return r;
}

size_t up_stream_tracks(const struct up_stream *s, const struct track_info **out)
{
    *out = s->tracks;
    return s->n_tracks;
}

void up_stream_source(const struct up_stream *up, uint64_t track_id, struct down_target *target)
{
    size_t at = 0, first;

    while (at < up->n_tracks && up->targets[at].track_id != track_id)
        at++;
    if (at == up->n_tracks) { /* it has gone since the offer: nothing flows */
        target->rids[target->n_rids++].track_id = track_id;
        return;
    }
    first = at;
    while (first > 0 && up->targets[first - 1].where.section == up->targets[at].where.section)
        first--;
    for (size_t i = first; i < up->n_tracks && target->n_rids < LENGTH(target->rids) &&
                           up->targets[i].where.section == up->targets[at].where.section;
         i++)
        target->rids[target->n_rids++] = (struct down_rid){up->targets[i].track_id, (uint8_t)i};
    target->rid = (uint8_t)(at - first);
}

int up_stream_speech(const struct up_stream *s)
{
    int loudest = 0;

    for (size_t i = 0; i < s->n_tracks; i++) {
        int speech = atomic_load_explicit(&s->base.stats->tracks[i].speech, memory_order_relaxed);

        if (speech > loudest)
            loudest = speech;
    }
    return loudest;
}

int up_stream_mute(struct up_stream *s, bool is_muted)
{
    struct mail mail = {.kind = MAIL_MUTE, .id = s->base.id, .data = {is_muted}};

    return media_mail_post(s->base.media, s->base.placed.worker, &mail);
}

int up_stream_want_keyframe(struct up_stream *s)
{
    for (size_t i = 0; i < s->n_tracks; i++) {
        struct mail mail = {.kind = MAIL_TRACK_KEYFRAME, .id = s->targets[i].track_id};
        int r;

        if (s->tracks[i].kind != TRACK_VIDEO)
            continue;
        r = media_mail_post(s->base.media, s->base.placed.worker, &mail);
        if (r < 0)
            return r;
    }
    return 0;
}

int up_stream_candidate(struct up_stream *s, struct span candidate, struct span mid,
                        struct error *e)
{
    (void)mid;
    return media_stream_candidate(&s->base, candidate, e);
}

struct json_object *up_stream_stats(struct up_stream *s)
{
    struct json_object *out = media_stream_stats(&s->base);
    struct json_object *tracks = json_object_object_get(out, "tracks");

    for (size_t i = 0; tracks && i < s->n_tracks && i < json_object_array_length(tracks); i++) {
        struct json_object *track = json_object_array_get_idx(tracks, i);

        if (track && *s->tracks[i].rid != '\0')
            json_object_object_add(track, "rid", json_object_new_string(s->tracks[i].rid));
    }
    return out;
}

bool up_stream_published(const struct up_stream *s, size_t track, struct published_video *out)
{
    return media_stream_published(&s->base, (unsigned)track, out);
}

struct up_received up_stream_received(const struct up_stream *s, enum track_kind kind)
{
    return media_stream_received(&s->base, kind);
}

void up_stream_quality(const struct up_stream *s, struct stream_quality *sum)
{
    media_stream_quality(&s->base, sum);
}
