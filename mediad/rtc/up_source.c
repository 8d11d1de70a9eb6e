#include "mediad/rtc/up_source.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/router.h"
#include "mediad/rtc/rtcp.h"

#define NACK_BATCH 128
/* An SSRC that was left returns only after this much silence: packets of it that come late, or of
 * two senders at once, must not throw the numbering to and fro. */
#define LEFT_SILENCE_US (2 * US_PER_S)

static void send_nacks(struct timer *timer, int64_t now_us)
{
    struct up_source *source = CONTAINER_OF(timer, struct up_source, nack_timer);
    struct peer_transport *transport = source->transport;
    uint16_t seqs[NACK_BATCH];
    uint32_t n_given_up = source->loss.n_given_up;
    size_t n = loss_due(&source->loss, now_us, seqs, NACK_BATCH);

    /* receivers would ask for it in vain for seconds before they say that they stand still */
    if (source->loss.n_given_up != n_given_up)
        track_want_keyframe(source->track, false);
    if (n > 0) {
        struct writer out = writer_init(send_batch_slot(&transport->worker->batch), DTLS_MTU);

        rtcp_write_rr(&out, source->reporter_ssrc, NULL, 0);
        rtcp_write_nack(&out, source->reporter_ssrc, source->ssrc, seqs, n);
        if (!out.bad)
            peer_transport_send_rtcp(transport, out.data, out.len);
    }
    int64_t next_us = loss_next_us(&source->loss);

    if (next_us != INT64_MAX)
        timer_wheel_set(&transport->worker->wheel, timer, next_us);
}

struct up_source *up_source_new(struct peer_transport *transport, const struct up_target *target,
                                const struct negotiated *plan, uint32_t reporter_ssrc,
                                const struct track_source_ops *ops)
{
    const struct up_section *section = &plan->sections[target->where.section];
    const struct up_codec *codec = &section->codecs[0];
    struct worker *w = transport->worker;
    struct up_source *source = calloc(1, sizeof *source);
    bool is_video = section->kind == TRACK_VIDEO;

    if (!source)
        return NULL;
    source->transport = transport;
    source->track = track_new(w, target->track_id, w->index, codec->codec, ops, source);
    if (!source->track) {
        free(source);
        return NULL;
    }
    worker_count(w, COUNT_TRACKS, 1);
    source->reporter_ssrc = reporter_ssrc;
    source->nack_timer.fire = send_nacks;
    reception_init(&source->reception, source->track->clock_rate);
    timeline_track_init(&source->timeline, source->track->clock_rate);
    loss_init(&source->loss, !(codec->feedback & FEEDBACK_NACK) ? 0
                             : is_video                         ? LOSS_TRIES_VIDEO
                                                                : LOSS_TRIES_AUDIO);
    return source;
}

void up_source_free(struct up_source *source)
{
    if (!source)
        return;
    if (source->track) {
        worker_count(source->transport->worker, COUNT_TRACKS, (uint64_t)-1);
        track_free(source->track);
    }
    timer_cancel(&source->nack_timer);
    free(source->dependency);
    free(source);
}

/* The numbering starts anew with another SSRC: extended numbers jump ahead by more than any gap. */
void up_source_bind(struct up_source *source, uint32_t ssrc)
{
    if (source->ssrc) {
        source->left[source->n_left % UP_LEFT_SSRCS].ssrc = source->ssrc;
        source->left[source->n_left++ % UP_LEFT_SSRCS].heard_us = source->transport->worker->now_us;
        source->ext_offset += (source->reception.highest_seq | 0xffff) + 0x10001;
        reception_init(&source->reception, source->track->clock_rate);
        loss_reset(&source->loss);
        memset(source->rebuilt, 0, sizeof source->rebuilt);
        source->lost_seen = source->seen = source->missing = 0;
        source->n_losing = source->n_broken = source->n_stiff = 0;
        source->broken_us = source->stiff_us = 0;
        if (source->dependency)
            *source->dependency = (struct dependency_state){0};
        /* the clock too: no reports to receivers before one of the new SSRC has come */
        timeline_track_init(&source->timeline, source->track->clock_rate);
        router_set_time(source->track, &(struct track_time){0});
    }
    source->ssrc = ssrc;
}

void up_source_describe(struct up_source *source, const struct up_target *target,
                        const struct negotiated *plan)
{
    const struct up_section *section = &plan->sections[target->where.section];

    source->where = target->where;
    source->is_last_rid = target->where.rid >= 0 && target->where.rid == section->n_rids - 1;
    source->feedback = section->codecs[0].feedback;
    source->track->keyframes.cannot_ask = !(source->feedback & (FEEDBACK_PLI | FEEDBACK_FIR));
    if (section->ext_ids[HEADER_EXT_DEPENDENCY] && !source->dependency)
        source->dependency = calloc(1, sizeof *source->dependency); /* without it: by payload */
    if (target->where.rid >= 0 || !section->ssrc || section->ssrc == source->signalled_ssrc)
        return; /* nothing new: packets may have told of another SSRC since */
    source->signalled_ssrc = section->ssrc;
    if (source->ssrc != section->ssrc)
        up_source_bind(source, section->ssrc);
    source->rtx_ssrc = section->rtx_ssrc;
}

bool up_source_has_left(struct up_source *source, uint32_t ssrc)
{
    int64_t now_us = source->transport->worker->now_us;

    for (unsigned i = 0; i < UP_LEFT_SSRCS; i++) {
        if (source->left[i].ssrc != ssrc)
            continue;
        int64_t silent_us = now_us - source->left[i].heard_us;

        source->left[i].heard_us = now_us;
        return silent_us < LEFT_SILENCE_US;
    }
    return false;
}

void up_source_watch_losses(struct up_source *source, const struct packet *p)
{
    struct worker *w = source->transport->worker;
    enum loss_event event = loss_packet(&source->loss, p->seq, w->now_us);

    if (event == LOSS_OVERFLOW)
        track_want_keyframe(source->track, false);
    if (p->info.keyframe == KEYFRAME_YES)
        loss_keyframe(&source->loss, p->seq);
    if (!source->loss.n_missing)
        return;
    int64_t next_us = loss_next_us(&source->loss);

    if (next_us != INT64_MAX &&
        (!timer_is_running(&source->nack_timer) || next_us < source->nack_timer.due_us))
        timer_wheel_set(&w->wheel, &source->nack_timer, next_us);
}

void up_source_ask_keyframe(struct up_source *source)
{
    struct worker *w = source->transport->worker;

    if (!source->ssrc || !peer_transport_path(source->transport))
        return;
    struct writer out = writer_init(send_batch_slot(&w->batch), DTLS_MTU);

    rtcp_write_rr(&out, source->reporter_ssrc, NULL, 0);
    if (source->feedback & FEEDBACK_PLI)
        rtcp_write_pli(&out, source->reporter_ssrc, source->ssrc);
    else if (source->feedback & FEEDBACK_FIR)
        rtcp_write_fir(&out, source->reporter_ssrc, source->ssrc, source->fir_number++);
    else
        return;
    worker_count(w, COUNT_KEYFRAME_ASKED, 1);
    if (!out.bad)
        peer_transport_send_rtcp(source->transport, out.data, out.len);
}
