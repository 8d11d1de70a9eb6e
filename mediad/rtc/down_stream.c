#include "mediad/rtc/down_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "common/macros.h"
#include "mediad/mailbox.h"
#include "mediad/rtc/media_mail.h"
#include "mediad/rtc/sdp_parse.h"
#include "mediad/rtc/up_stream_internal.h"

/* Sections of a receiver are named by the publisher's section, with room for several of its rids at
 * once: tracks of one section that are wanted one after the other share a section. */
#define KEYS_PER_SECTION 8

/* A track of the outstanding offer. */
struct offered_track {
    unsigned section;
    uint64_t track_id;
    enum codec codec;
    bool is_lowest_only;
};

struct down_stream {
    struct media_stream base;
    struct up_stream *up; /* counted */
    char *label;
    struct down_plan plan;
    bool has_offered; /* an answer is due */
    bool is_fresh;    /* the outstanding offer has new credentials */
    size_t n_offered;
    size_t offered_size;
    struct offered_track *offered; /* owned array */
    struct allocate_wish wish;
};

int down_stream_new(struct down_stream **out, struct media *m, struct up_stream *up,
                    const struct stream_names *names, const char *label, void *user)
{
    struct down_stream *s = calloc(1, sizeof *s);
    uint64_t seed;

    if (!s)
        return ERR_NO_MEMORY;
    s->label = strdup(label ? label : "");
    int r = s->label ? 0 : ERR_NO_MEMORY;

    if (r == 0 && gnutls_rnd(GNUTLS_RND_NONCE, &seed, sizeof seed) < 0)
        r = ERR_CRYPTO;
    if (r == 0)
        r = media_stream_init(&s->base, m, false, names, user);
    if (r < 0) {
        free(s->label);
        free(s);
        return r;
    }
    down_plan_init(&s->plan, seed);
    s->wish.rank = ALLOCATE_NO_RANK;
    s->up = up;
    up->refs++;
    *out = s;
    return 0;
}

void down_stream_free(struct down_stream *s)
{
    if (!s)
        return;
    media_stream_release(&s->base);
    up_stream_unref(s->up);
    down_plan_release(&s->plan);
    free(s->offered);
    free(s->label);
    free(s);
}

static const char *first_of(const char *a, const char *b, const char *c)
{
    return a && a[0] ? a : b && b[0] ? b : c;
}

/* How often a section was wished for before the n-th wish. */
static uint32_t uses_before(const struct up_stream *up, const struct track_selection *tracks,
                            size_t n)
{
    uint32_t uses = 0;

    for (size_t i = 0; i < n; i++)
        uses += up->targets[tracks[i].track].where.section ==
                up->targets[tracks[n].track].where.section;
    return uses;
}

static int make_wishes(struct down_stream *s, const struct track_selection *tracks, size_t n,
                       struct down_wish *wishes, struct error *e)
{
    const struct up_stream *up = s->up;

    if (n > TRACKS_MAX)
        return error_set(e, ERR_TOO_LARGE, NULL, "more than %d tracks", TRACKS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (tracks[i].track >= up->n_tracks)
            return error_set(e, ERR_INVALID, NULL, "no such track");
        const struct up_target *target = &up->targets[tracks[i].track];
        const struct up_section *section = &up->plan->sections[target->where.section];
        const char *kind = section->kind == TRACK_VIDEO ? "video" : "audio";
        uint32_t use = uses_before(up, tracks, i);

        if (use >= KEYS_PER_SECTION)
            return error_set(e, ERR_TOO_LARGE, NULL, "too many tracks of one section");
        wishes[i] = (struct down_wish){
            .key = target->where.section * KEYS_PER_SECTION + use,
            .kind = section->kind,
            .codec = section->codecs[0].codec,
            .fmtp = section->codecs[0].fmtp,
            .stream_id = first_of(section->stream_id, s->label, "dummy"),
            .track_id = first_of(section->track_id, up->tracks[tracks[i].track].rid, kind),
            .cname = first_of(s->base.stream, "nereid", ""),
            .has_red = section->codecs[0].red_pt != 0,
        };
    }
    return 0;
}

static int reserve_offered(struct down_stream *s, size_t n)
{
    if (n <= s->offered_size)
        return 0;
    struct offered_track *larger = realloc(s->offered, n * sizeof *larger);

    if (!larger)
        return ERR_NO_MEMORY;
    s->offered = larger;
    s->offered_size = n;
    return 0;
}

static void remember_offer(struct down_stream *s, const struct track_selection *tracks, size_t n,
                           const struct down_wish *wishes)
{
    for (size_t i = 0; i < n; i++) {
        const struct up_target *target = &s->up->targets[tracks[i].track];

        s->offered[i] = (struct offered_track){
            .section = (unsigned)down_plan_find(&s->plan, wishes[i].key),
            .track_id = target->track_id,
            .codec = wishes[i].codec,
            .is_lowest_only = tracks[i].lowest_layer,
        };
    }
    s->n_offered = n;
    s->has_offered = true;
}

/* The worker must know new credentials before the first check with them comes. */
static int post_credentials(struct down_stream *s, const struct ice_credentials *local)
{
    struct connection_update *u = calloc(1, sizeof *u);

    if (!u)
        return ERR_NO_MEMORY;
    u->has_local = true;
    u->local = *local;
    return media_stream_post(&s->base, u);
}

int down_stream_offer(struct down_stream *s, const struct track_selection *tracks, size_t n_tracks,
                      bool ice_restart, struct buf *sdp, struct error *e)
{
    struct down_wish wishes[TRACKS_MAX];
    struct ice_credentials local = s->base.local;
    bool is_new_local = ice_restart || !s->base.has_local;
    size_t start = sdp->len;
    int r = make_wishes(s, tracks, n_tracks, wishes, e);

    if (r < 0)
        return r;
    if (reserve_offered(s, n_tracks) < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (is_new_local && (r = media_stream_new_credentials(&s->base, &local)) < 0)
        return error_set(e, r, NULL, "no random numbers");
    r = down_plan_set(&s->plan, wishes, n_tracks, e);
    if (r < 0)
        return r;
    s->base.session_version++;
    struct local_transport transport = media_stream_transport(&s->base, &local);

    r = sdp_write_offer(sdp, &s->plan, &transport);
    if (r == 0 && is_new_local)
        r = post_credentials(s, &local);
    if (r < 0) {
        sdp->len = start;
        return error_set(e, r, NULL, "out of memory");
    }
    s->base.has_local = true;
    s->base.local = local;
    s->is_fresh = s->is_fresh || is_new_local;
    remember_offer(s, tracks, n_tracks, wishes);
    return 0;
}

static struct connection_update *make_update(struct down_stream *s, const struct down_answer *a)
{
    struct connection_update *u = calloc(1, sizeof *u);

    if (!u)
        return NULL;
    u->down_targets = calloc(s->n_offered ? s->n_offered : 1, sizeof *u->down_targets);
    if (!u->down_targets) {
        free(u);
        return NULL;
    }
    u->has_remote = true;
    u->remote = a->remote;
    u->is_fresh_remote = s->is_fresh;
    u->has_down = true;
    u->published = connection_stats_ref(s->up->base.stats);
    u->wish = s->wish;
    for (size_t i = 0; i < s->n_offered; i++) {
        const struct offered_track *offered = &s->offered[i];
        const struct down_section *section = &s->plan.sections[offered->section];

        if (offered->section >= a->n_sections || !a->routes[offered->section].is_accepted)
            continue;
        struct down_target *target = &u->down_targets[u->n_down++];

        *target = (struct down_target){
            .codec = offered->codec,
            .owner = s->up->base.placed.worker,
            .is_lowest_only = offered->is_lowest_only,
            .section = offered->section,
            .ssrc = section->ssrc,
            .rtx_ssrc = section->rtx_ssrc,
            .route = a->routes[offered->section],
        };
        up_stream_source(s->up, offered->track_id, target);
        snprintf(target->mid, sizeof target->mid, "%s", section->mid);
        snprintf(target->cname, sizeof target->cname, "%s", section->cname);
    }
    return u;
}

static int accept_answer(struct down_stream *s, const struct down_answer *a, struct error *e)
{
    struct connection_update *u = make_update(s, a);
    int r = u ? media_stream_post(&s->base, u) : ERR_NO_MEMORY;

    if (r < 0)
        return error_set(e, r, NULL, "out of memory");
    s->has_offered = false;
    s->is_fresh = false;
    return 0;
}

/* A section that is refused (port 0) says what the receiver cannot decode. */
static void learn_abilities(const struct down_stream *s, const struct down_answer *a,
                            struct media_abilities *own)
{
    for (size_t i = 0; i < s->n_offered; i++) {
        unsigned at = s->offered[i].section;
        const struct down_section *section = &s->plan.sections[at];
        uint32_t bit = codec_variant_bit(section->codec, span_str(section->fmtp));

        if (section->is_stopped || a->routes[at].is_accepted)
            media_abilities_answer(own, bit, !section->is_stopped);
    }
}

int down_stream_answer(struct down_stream *s, struct span sdp, struct media_abilities *own,
                       struct error *e)
{
    struct sdp_session *session = NULL;
    struct down_answer *answer = NULL;
    int r = 0;

    if (!s->has_offered)
        return error_set(e, ERR_WRONG_STATE, NULL, "no offer is outstanding");
    r = sdp_parse(&session, sdp, e);
    if (r < 0)
        return r;
    answer = calloc(1, sizeof *answer);
    r = answer ? down_plan_answer(&s->plan, session, answer, e)
               : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (r == 0)
        r = accept_answer(s, answer, e);
    if (r == 0)
        learn_abilities(s, answer, own);
    free(answer);
    sdp_session_free(session);
    return r;
}

int down_stream_wish(struct down_stream *s, const struct allocate_wish *wish)
{
    struct mail mail = {.kind = MAIL_WISH, .id = s->base.id};

    _Static_assert(sizeof *wish <= sizeof mail.data, "a wish fits into a mail");
    s->wish = *wish;
    if (!s->base.is_added)
        return 0; /* the first answer brings it */
    memcpy(mail.data, wish, sizeof *wish);
    return media_mail_post(s->base.media, s->base.placed.worker, &mail);
}

int down_stream_candidate(struct down_stream *s, struct span candidate, struct span mid,
                          struct error *e)
{
    (void)mid;
    return media_stream_candidate(&s->base, candidate, e);
}

struct json_object *down_stream_stats(struct down_stream *s)
{
    return media_stream_stats(&s->base);
}

void down_stream_quality(const struct down_stream *s, struct stream_quality *sum)
{
    media_stream_quality(&s->base, sum);
}
