/*
 * Negotiation both ways. First byte 'a': the rest answers an offer of ours; 'p': it is a player's
 * offer; else a publisher's. The answer that we write to an offer parses, and holds nothing that
 * was not offered.
 */
#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/negotiate_player.h"
#include "mediad/rtc/sdp_parse.h"
#include "mediad/rtc/sdp_write.h"
#include "check.h"

static struct local_transport local_transport(struct candidate *candidate)
{
    candidate_host(candidate, "192.0.2.7", 8444, 0);
    return (struct local_transport){.ufrag = "abcdefgh",
                                    .pwd = "abcdefghijklmnopqrstuvwx",
                                    .fingerprint =
                                        "sha-256 AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:"
                                        "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99",
                                    .is_ice_lite = true,
                                    .candidates = candidate,
                                    .n_candidates = 1,
                                    .has_end_of_candidates = true};
}

static bool has_extmap(const struct sdp_section *s, const struct sdp_extmap *x)
{
    for (unsigned i = 0; i < s->n_extmaps; i++) {
        if (s->extmaps[i].id == x->id && span_eq(s->extmaps[i].uri, x->uri))
            return true;
    }
    return false;
}

static bool has_feedback(const struct sdp_format *f, struct span feedback)
{
    for (unsigned i = 0; i < f->n_feedback; i++) {
        if (span_eq(f->feedback[i], feedback))
            return true;
    }
    return false;
}

static bool has_rid(const struct sdp_section *s, struct span id)
{
    for (unsigned i = 0; i < s->n_rids; i++) {
        if (s->rids[i].is_send && span_eq(s->rids[i].id, id))
            return true;
    }
    return false;
}

/* Nothing in the answer's section that the offer's did not have.
 * @param is_one_video a video is sent in one codec, which both sides know */
static void check_section(const struct sdp_section *offer, const struct sdp_section *answer,
                          bool is_one_video)
{
    unsigned n_codecs = 0;

    check(span_eq(offer->media, answer->media) && span_eq(offer->mid, answer->mid));
    if (answer->port == 0)
        return;
    check(answer->has_rtcp_mux && answer->n_formats > 0);
    for (unsigned i = 0; i < answer->n_formats; i++) {
        const struct sdp_format *f = &answer->formats[i];
        const struct sdp_format *offered = sdp_format_by_pt(offer, f->pt);

        check(offered && span_eq(span_trim(offered->fmtp), f->fmtp));
        for (unsigned k = 0; k < f->n_feedback; k++)
            check(has_feedback(offered, f->feedback[k]));
        n_codecs += !span_eq_nocase(f->name, span_str("rtx"));
    }
    check(n_codecs == 1 || answer->kind == SDP_AUDIO || !is_one_video);
    for (unsigned i = 0; i < answer->n_extmaps; i++)
        check(has_extmap(offer, &answer->extmaps[i]));
    for (unsigned i = 0; i < answer->n_rids; i++)
        check(has_rid(offer, answer->rids[i].id));
}

/* @param receivers what they can decode: any set */
static void fuzz_offer(const struct sdp_session *offer, uint32_t receivers)
{
    static const char *const codecs[] = {"vp8",  "vp9",  "av1",  "h264", "opus",
                                         "g722", "pcmu", "pcma", NULL};
    struct up_choice choice = {
        .codecs = codecs, .receivers = receivers, .is_encrypted = receivers & 1};
    struct candidate candidate;
    struct local_transport local = local_transport(&candidate);
    struct negotiated *n = NULL, *again = NULL;
    struct sdp_session *answer = NULL;
    struct up_track tracks[256];
    struct error e = {0};
    struct buf b = {0};

    if (negotiate_offer(&n, offer, &choice, &e) < 0) {
        check(!n && e.text[0]);
        return;
    }
    choice.previous = n;
    check(negotiate_offer(&again, offer, &choice, NULL) == 0); /* once more */
    for (unsigned i = 0; i < n->n_sections; i++)
        check(n->sections[i].codecs[0].pt == again->sections[i].codecs[0].pt);
    (void)negotiate_offered_variants(offer);
    check(!remote_transport_is_restart(&n->remote, &again->remote));
    check(remote_transport_same_fingerprints(&n->remote, &again->remote));
    check(negotiated_tracks(n, tracks, 256) <= 256);
    check(sdp_write_answer(&b, n, &local) == 0);
    check(sdp_parse(&answer, buf_span(&b), NULL) == 0);
    check(answer->n_sections == offer->n_sections);
    for (unsigned i = 0; i < answer->n_sections; i++)
        check_section(&offer->sections[i], &answer->sections[i], true);
    sdp_session_free(answer);
    negotiated_free(n);
    negotiated_free(again);
    buf_release(&b);
}

/* @param is_published something flows already, else it may come in several codecs */
static void fuzz_player(const struct sdp_session *offer, bool is_published)
{
    static const struct player_codec published[] = {
        {CODEC_OPUS, ""}, {CODEC_H264, "packetization-mode=1;profile-level-id=42e01f"}};
    static const struct player_codec possible[] = {{CODEC_OPUS, NULL}, {CODEC_PCMU, NULL},
                                                   {CODEC_VP8, NULL},  {CODEC_H264, NULL},
                                                   {CODEC_VP9, NULL},  {CODEC_AV1, NULL}};
    struct candidate candidate;
    struct local_transport local = local_transport(&candidate);
    struct sdp_session *answer = NULL;
    struct negotiated *n = NULL;
    struct error e = {0};
    struct buf b = {0};

    if (negotiate_player(&n, offer, is_published ? published : possible, is_published ? 2 : 6, &e) <
        0) {
        check(!n && e.text[0]);
        return;
    }
    for (unsigned i = 0; i < n->n_sections; i++) {
        const struct up_section *s = &n->sections[i];

        check(!s->is_accepted || (s->n_codecs > 0 && player_section(n, s->kind) == (int)i));
        for (unsigned k = 0; k < s->n_codecs; k++)
            check(player_route(s, k).pt == s->codecs[k].pt);
    }
    check(sdp_write_answer(&b, n, &local) == 0);
    check(sdp_parse(&answer, buf_span(&b), NULL) == 0);
    check(answer->n_sections == offer->n_sections);
    for (unsigned i = 0; i < answer->n_sections; i++) {
        check_section(&offer->sections[i], &answer->sections[i], is_published);
        check(answer->sections[i].port == 0 || answer->sections[i].direction == SDP_SENDONLY);
    }
    sdp_session_free(answer);
    negotiated_free(n);
    buf_release(&b);
}

static void fuzz_answer(const struct sdp_session *answer)
{
    static const struct down_wish wishes[] = {
        {0, TRACK_AUDIO, CODEC_OPUS, "minptime=10", "s", "a", "s", true},
        {1, TRACK_VIDEO, CODEC_VP8, "", "s", "v", "s", false},
    };
    struct candidate candidate;
    struct local_transport local = local_transport(&candidate);
    struct sdp_session *offer = NULL;
    struct down_answer out;
    struct down_plan p;
    struct error e = {0};
    struct buf b = {0};
    int r;

    down_plan_init(&p, 42);
    check(down_plan_set(&p, wishes, 2, NULL) == 0);
    r = down_plan_answer(&p, answer, &out, &e);
    check(r == 0 || e.text[0]);
    if (r == 0) {
        check(out.n_sections == 2);
        for (unsigned i = 0; i < 2; i++)
            check(!out.routes[i].is_accepted || out.remote.n_fingerprints > 0);
        check(!out.routes[0].red_pt || out.routes[0].red_pt != out.routes[0].pt);
        check(!out.routes[1].red_pt);
    }
    check(down_plan_set(&p, wishes, 2, NULL) == 0); /* whatever it refused, we can offer again */
    check(sdp_write_offer(&b, &p, &local) == 0);
    check(sdp_parse(&offer, buf_span(&b), NULL) == 0);
    check(offer->n_sections == p.n_sections);
    sdp_session_free(offer);
    buf_release(&b);
    down_plan_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sdp_session *s = NULL;

    if (size == 0 || sdp_parse(&s, span_of(data + 1, size - 1), NULL) < 0)
        return 0;
    if (data[0] == 'a')
        fuzz_answer(s);
    else if (data[0] == 'p')
        fuzz_player(s, size % 2);
    else
        fuzz_offer(s, (uint32_t)size * 2654435761u);
    sdp_session_free(s);
    return 0;
}
