#include "mediad/rtc/player_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/macros.h"
#include "mediad/rtc/negotiate_internal.h"
#include "mediad/rtc/negotiate_player.h"
#include "mediad/rtc/sdp_fragment.h"
#include "mediad/rtc/sdp_parse.h"
#include "mediad/rtc/up_stream_internal.h"

enum { KINDS = 2 };

static const enum track_kind kinds[KINDS] = {TRACK_AUDIO, TRACK_VIDEO};

/* A section of the answer that something flows in, or may. */
struct part {
    int section; /* -1: the player does not receive this kind */
    /* Its codec is the one that it began with, since its numbers go on in one down track;
     * CODEC_NONE: nothing has flown yet. */
    struct down_target target;
};

struct player_stream {
    struct media_stream base;
    struct up_stream *up; /* counted; what flows; NULL: nothing */
    struct negotiated *plan;
    struct part parts[KINDS];
};

int player_stream_new(struct player_stream **out, struct media *m, const struct stream_names *names,
                      void *user)
{
    struct player_stream *s = calloc(1, sizeof *s);
    int r = s ? media_stream_init(&s->base, m, false, names, user) : ERR_NO_MEMORY;

    if (r < 0) {
        free(s);
        return r;
    }
    s->base.is_lone = true;
    *out = s;
    return 0;
}

void player_stream_free(struct player_stream *s)
{
    if (!s)
        return;
    media_stream_release(&s->base);
    if (s->up)
        up_stream_unref(s->up);
    negotiated_free(s->plan);
    free(s);
}

/* ---- what flows ---- */

/* Of the video the best rid, which stands first. */
static int find_track(const struct up_stream *up, enum track_kind kind)
{
    for (size_t i = 0; up && i < up->n_tracks; i++) {
        if (up->tracks[i].kind == kind)
            return (int)i;
    }
    return -1;
}

static struct player_codec codec_of(const struct up_stream *up, int track)
{
    const struct up_section *section = &up->plan->sections[up->targets[track].where.section];

    return (struct player_codec){section->codecs[0].codec, section->codecs[0].fmtp};
}

static bool has_begun(const struct part *part)
{
    return part->section >= 0 && part->target.codec != CODEC_NONE;
}

/* What the receiver was sent ends, and its numbers stay for what comes next. */
static void play_nothing(struct part *part)
{
    struct down_target *target = &part->target;

    target->n_rids = 1;
    target->rid = 0;
    target->rids[0] = (struct down_rid){.stats = TRACKS_MAX - 1}; /* of no track */
}

static void describe(struct part *part, const struct up_section *section, unsigned format)
{
    struct down_target *target = &part->target;

    *target = (struct down_target){
        .codec = section->codecs[format].codec,
        .section = (unsigned)part->section,
        .ssrc = section->ssrc,
        .rtx_ssrc = section->codecs[format].rtx_pt ? section->rtx_ssrc : 0,
        .route = player_route(section, format),
    };
    snprintf(target->mid, sizeof target->mid, "%s", section->mid);
    snprintf(target->cname, sizeof target->cname, "%s", section->cname);
}

/* @return the format in which the track can be sent, or -1 */
static int format_of(const struct part *part, const struct up_section *section,
                     const struct player_codec *codec)
{
    bool is_other = has_begun(part) && part->target.codec != codec->codec;

    return is_other ? -1 : player_format(section, codec);
}

static int play_track(struct part *part, const struct up_section *section,
                      const struct up_stream *up, int track, struct error *e)
{
    const struct player_codec codec = codec_of(up, track);
    int format = format_of(part, section, &codec);

    if (format < 0)
        return error_set(e, ERR_UNSUPPORTED, NULL, "the player's %s is not %s",
                         section->kind == TRACK_AUDIO ? "audio" : "video",
                         codec_info(codec.codec)->sdp_name);
    describe(part, section, (unsigned)format);
    part->target.owner = up->base.placed.worker;
    up_stream_source(up, up->targets[track].track_id, &part->target);
    return 0;
}

/* @return 0, or ERR_UNSUPPORTED when a track does not fit: it is silent then */
static int play(struct part *parts, const struct negotiated *plan, const struct up_stream *up,
                struct error *e)
{
    int r = 0;

    for (size_t i = 0; i < KINDS; i++) {
        struct part *part = &parts[i];
        int track = find_track(up, kinds[i]), of_track = 0;

        if (part->section < 0)
            continue;
        if (track >= 0)
            of_track = play_track(part, &plan->sections[part->section], up, track, e);
        if (track < 0 || of_track < 0)
            play_nothing(part);
        if (of_track < 0)
            r = of_track;
    }
    return r;
}

static struct connection_update *make_update(const struct part *parts, const struct up_stream *up)
{
    struct connection_update *u = calloc(1, sizeof *u);

    if (!u)
        return NULL;
    u->down_targets = calloc(KINDS, sizeof *u->down_targets);
    if (!u->down_targets) {
        free(u);
        return NULL;
    }
    u->has_down = true;
    u->wish.rank = ALLOCATE_NO_RANK;
    if (up)
        u->published = connection_stats_ref(up->base.stats);
    for (size_t i = 0; i < KINDS; i++) {
        if (has_begun(&parts[i]))
            u->down_targets[u->n_down++] = parts[i].target;
    }
    return u;
}

static void keep(struct player_stream *s, const struct part *parts, struct up_stream *up)
{
    memcpy(s->parts, parts, sizeof s->parts);
    if (up)
        up->refs++;
    if (s->up)
        up_stream_unref(s->up);
    s->up = up;
}

int player_stream_play(struct player_stream *s, struct up_stream *up, struct error *e)
{
    struct part parts[KINDS];
    struct connection_update *u;
    int result, r;

    if (!s->plan)
        return error_set(e, ERR_WRONG_STATE, NULL, "the player has not offered yet");
    memcpy(parts, s->parts, sizeof parts);
    result = play(parts, s->plan, up, e);
    u = make_update(parts, up);
    r = u ? media_stream_post(&s->base, u) : ERR_NO_MEMORY;
    if (r < 0)
        return error_set(e, r, NULL, "out of memory");
    keep(s, parts, up);
    return result;
}

/* ---- the offer ---- */

/* Of each kind what is published, or all that the group has. */
static size_t list_codecs(struct player_codec out[CODEC_COUNT], const struct up_stream *up,
                          const char *const *codecs)
{
    size_t n = 0;

    for (size_t i = 0; i < KINDS; i++) {
        int track = find_track(up, kinds[i]);

        if (track >= 0)
            out[n++] = codec_of(up, track);
        for (size_t k = 0; track < 0 && codecs[k] && n < CODEC_COUNT; k++) {
            enum codec c = codec_by_name(span_str(codecs[k]));

            if (c != CODEC_NONE && codec_info(c)->kind == kinds[i])
                out[n++] = (struct player_codec){.codec = c};
        }
    }
    return n;
}

static bool has_rtx(const struct up_section *section)
{
    for (unsigned i = 0; i < section->n_codecs; i++) {
        if (section->codecs[i].rtx_pt)
            return true;
    }
    return false;
}

/* Random, distinct and not 0. */
static int draw_ssrcs(uint32_t *out, size_t n)
{
    for (size_t i = 0; i < n;) {
        bool is_used;

        if (gnutls_rnd(GNUTLS_RND_NONCE, &out[i], sizeof out[i]) < 0)
            return ERR_CRYPTO;
        is_used = out[i] == 0;
        for (size_t k = 0; k < i; k++)
            is_used = is_used || out[k] == out[i];
        i += !is_used;
    }
    return 0;
}

static int name_sources(struct negotiated *plan, const char *stream)
{
    uint32_t ssrcs[2 * KINDS];
    int r = draw_ssrcs(ssrcs, LENGTH(ssrcs));

    if (r < 0)
        return r;
    for (size_t i = 0; i < KINDS; i++) {
        int at = player_section(plan, kinds[i]);
        bool is_video = kinds[i] == TRACK_VIDEO;
        struct up_section *section;

        if (at < 0)
            continue;
        section = &plan->sections[at];
        section->ssrc = ssrcs[2 * i];
        section->rtx_ssrc = is_video && has_rtx(section) ? ssrcs[2 * i + 1] : 0;
        snprintf(section->stream_id, sizeof section->stream_id, "%s", stream);
        snprintf(section->cname, sizeof section->cname, "%s", stream);
        snprintf(section->track_id, sizeof section->track_id, "%s", is_video ? "video" : "audio");
    }
    return 0;
}

/* Everything that can fail comes before anything changes. */
static int accept_offer(struct player_stream *s, struct negotiated *plan, struct up_stream *up,
                        struct buf *answer, struct error *e)
{
    struct part parts[KINDS];
    struct ice_credentials local;
    struct connection_update *u = NULL;
    size_t start = answer->len;
    int r = name_sources(plan, s->base.stream);

    if (r == 0)
        r = media_stream_new_credentials(&s->base, &local);
    if (r < 0)
        return error_set(e, r, NULL, "no random numbers");
    for (size_t i = 0; i < KINDS; i++)
        parts[i] = (struct part){.section = player_section(plan, kinds[i])};
    /* what is published has a format, or there would be no plan */
    r = play(parts, plan, up, e);
    if (r < 0)
        return r;
    struct local_transport transport = media_stream_transport(&s->base, &local);

    r = sdp_write_answer(answer, plan, &transport);
    if (r == 0)
        r = (u = make_update(parts, up)) == NULL ? ERR_NO_MEMORY : 0;
    if (r == 0) {
        u->has_local = u->has_remote = u->is_fresh_remote = true;
        u->local = local;
        u->remote = plan->remote;
        r = media_stream_post(&s->base, u);
    }
    if (r < 0) {
        answer->len = start;
        return error_set(e, r, NULL, "out of memory");
    }
    s->base.has_local = true;
    s->base.local = local;
    s->plan = plan;
    keep(s, parts, up);
    return 0;
}

int player_stream_offer(struct player_stream *s, struct span sdp, struct up_stream *up,
                        const char *const *codecs, struct buf *answer, struct error *e)
{
    struct player_codec known[CODEC_COUNT];
    struct sdp_session *offer = NULL;
    struct negotiated *plan = NULL;
    size_t n = list_codecs(known, up, codecs);
    int r;

    if (s->plan)
        return error_set(e, ERR_WRONG_STATE, NULL, "the player has offered before");
    r = sdp_parse(&offer, sdp, e);
    if (r == 0)
        r = negotiate_player(&plan, offer, known, n, e);
    if (r == 0)
        r = accept_offer(s, plan, up, answer, e);
    if (r < 0)
        negotiated_free(plan);
    sdp_session_free(offer);
    return r;
}

/* ---- fragments ---- */

/* Everything that can fail comes before anything changes. */
static int restart(struct player_stream *s, const struct sdp_fragment *f, struct buf *answer,
                   struct error *e)
{
    struct remote_transport remote = s->plan->remote;
    struct connection_update *u;
    struct ice_credentials local;
    size_t start = answer->len;
    int r = negotiate_credentials(&remote, f->ufrag, f->pwd, e);

    if (r < 0)
        return r;
    r = media_stream_new_credentials(&s->base, &local);
    if (r < 0)
        return error_set(e, r, NULL, "no random numbers");
    struct local_transport transport = media_stream_transport(&s->base, &local);

    u = calloc(1, sizeof *u);
    r = u ? sdp_fragment_write_answer(answer, s->plan, &transport) : ERR_NO_MEMORY;
    if (r < 0) {
        connection_update_free(u);
    } else {
        u->has_local = u->has_remote = u->is_fresh_remote = true;
        u->local = local;
        u->remote = remote;
        r = media_stream_post(&s->base, u);
    }
    if (r < 0) {
        answer->len = start;
        return error_set(e, r, NULL, "out of memory");
    }
    s->base.local = local;
    s->plan->remote = remote;
    return 0;
}

int player_stream_fragment(struct player_stream *s, struct span text, struct buf *answer,
                           bool *is_restart, struct error *e)
{
    struct sdp_fragment f;
    int r = sdp_fragment_read(&f, text, s->plan ? &s->plan->remote : NULL, is_restart, e);

    if (r < 0)
        return r;
    return *is_restart ? restart(s, &f, answer, e) : 0;
}

/* ---- questions ---- */

bool player_stream_takes(const struct player_stream *s, const struct up_stream *up)
{
    for (size_t i = 0; s->plan && i < KINDS; i++) {
        const struct part *part = &s->parts[i];
        int track = find_track(up, kinds[i]);

        if (part->section < 0 || track < 0)
            continue;
        const struct player_codec codec = codec_of(up, track);

        if (format_of(part, &s->plan->sections[part->section], &codec) < 0)
            return false;
    }
    return true;
}

uint32_t player_stream_can(const struct player_stream *s)
{
    uint32_t can = 0;

    for (size_t i = 0; i < KINDS; i++) {
        const struct part *part = &s->parts[i];
        const struct up_section *section;

        if (!s->plan || kinds[i] != TRACK_VIDEO || part->section < 0)
            continue;
        section = &s->plan->sections[part->section];
        for (unsigned k = 0; k < section->n_codecs; k++) {
            if (!has_begun(part) || part->target.codec == section->codecs[k].codec)
                can |=
                    codec_variant_bit(section->codecs[k].codec, span_str(section->codecs[k].fmtp));
        }
    }
    return can ? can : UINT32_MAX;
}

struct json_object *player_stream_stats(const struct player_stream *s)
{
    return media_stream_stats(&s->base);
}
