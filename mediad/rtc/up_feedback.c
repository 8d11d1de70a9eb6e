#include "mediad/rtc/up_feedback.h"

#include "common/macros.h"
#include "common/now.h"
#include "common/reader.h"
#include "mediad/rtc/rtcp.h"

/* The extension's value: a 16-bit number. */
#define NUMBER_SIZE 2

/* A message about a few packets, with the headers of UDP and IP. */
#define MESSAGE_BITS (100 * 8)
/* No more than one part in so many of what comes. */
#define SHARE 20

static void choose_interval(struct up_feedback *f, int64_t now_us)
{
    int64_t passed_us = now_us - f->since_us;
    int64_t bits = (int64_t)f->n_bytes * 8;
    int64_t fair_us = bits ? SHARE * MESSAGE_BITS * passed_us / bits : UP_FEEDBACK_SLOW_US;

    f->interval_us =
        bits * US_PER_S > UP_FEEDBACK_FAST_BPS * passed_us ? UP_FEEDBACK_FAST_US : UP_FEEDBACK_US;
    if (f->interval_us < fair_us)
        f->interval_us = fair_us < UP_FEEDBACK_SLOW_US ? fair_us : UP_FEEDBACK_SLOW_US;
}

static void send_feedback(struct timer *timer, int64_t now_us)
{
    struct up_feedback *f = CONTAINER_OF(timer, struct up_feedback, timer);
    struct send_batch *batch = &f->transport->worker->batch;

    choose_interval(f, now_us);
    if (!peer_transport_path(f->transport))
        return; /* said with what comes later */
    for (;;) {
        struct writer out = writer_init(send_batch_slot(batch), DTLS_MTU);

        rtcp_write_rr(&out, f->ssrc, NULL, 0);
        if (!feedback_recorder_write(&f->recorder, &out, f->ssrc, f->media_ssrc))
            return;
        peer_transport_send_rtcp(f->transport, out.data, out.len);
    }
}

void up_feedback_start(struct up_feedback *f, struct peer_transport *transport, uint32_t ssrc)
{
    f->transport = transport;
    f->ssrc = ssrc;
    f->interval_us = UP_FEEDBACK_US;
    f->timer.fire = send_feedback;
}

void up_feedback_release(struct up_feedback *f)
{
    timer_cancel(&f->timer);
}

static bool has_feedback(const struct up_section *s)
{
    for (unsigned i = 0; i < s->n_codecs; i++) {
        if (s->codecs[i].feedback & FEEDBACK_TRANSPORT_CC)
            return true;
    }
    return false;
}

/* In one BUNDLE an extension has one id (RFC 8843 section 9.2). */
void up_feedback_describe(struct up_feedback *f, const struct negotiated *plan)
{
    f->ext_id = 0;
    for (unsigned i = 0; i < plan->n_sections && !f->ext_id; i++) {
        const struct up_section *s = &plan->sections[i];

        if (s->is_accepted && has_feedback(s))
            f->ext_id = s->ext_ids[HEADER_EXT_TRANSPORT_CC];
    }
}

void up_feedback_packet(struct up_feedback *f, const struct rtp_header *h, struct span packet)
{
    int64_t now_us = f->transport->worker->now_us;
    struct span value;

    if (!f->ext_id || !rtp_extension(h, packet, f->ext_id, &value) || value.len != NUMBER_SIZE)
        return;
    struct reader r = reader_init(value);

    if (h->ssrc) /* 0: a probe before any media */
        f->media_ssrc = h->ssrc;
    feedback_recorder_note(&f->recorder, reader_u16(&r), now_us);
    if (!timer_is_running(&f->timer)) {
        f->since_us = now_us;
        f->n_bytes = 0;
        timer_wheel_set(&f->transport->worker->wheel, &f->timer, now_us + f->interval_us);
    }
    f->n_bytes += packet.len;
}
