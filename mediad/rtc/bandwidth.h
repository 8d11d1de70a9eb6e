/*
 * How much one client's line carries towards it, over all its peer connections: from transport-wide
 * feedback by delay and loss, in the manner of Google Congestion Control (draft-ietf-rmcat-gcc-02),
 * or from REMB and receiver reports of clients without it. Pure: reports and times in, rates out;
 * never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_BANDWIDTH_H
#define NEREID_MEDIAD_RTC_BANDWIDTH_H

#include <stddef.h>

#include "mediad/rtc/delay_trend.h"
#include "mediad/rtc/foreign_queue.h"
#include "mediad/rtc/probe.h"
#include "mediad/rtc/rate_control.h"
#include "mediad/rtc/rate_window.h"
#include "mediad/rtc/remote_rate.h"

/** As an arrival: the packet did not arrive, as far as the receiver knows. */
#define BANDWIDTH_LOST INT64_MIN

/** A client whose transport-wide feedback has ended for so long is believed what else it says. */
#define BANDWIDTH_FEEDBACK_ENDED_US INT64_C(5000000)

/** What became of one packet that was sent. */
struct bandwidth_packet {
    int64_t sent_us;    /* our clock */
    int64_t arrival_us; /* the receiver's clock, of whatever origin; BANDWIDTH_LOST */
    uint16_t bytes;     /* of the datagram */
    uint16_t probe;     /* bandwidth_probe.id; 0: none */
};

/** How one connection's reports relate to the others'. Embedded in the connection; zeroed: not
 * known yet. */
struct bandwidth_clock {
    struct delay_base base;
    int64_t newest_us;  /* sending time of the newest packet that was reported, lost or not */
    int64_t arrival_us; /* of the newest one that arrived, the receiver's clock */
    /* packets lost in a row, which are loss or an interruption */
    int64_t run_us;
    uint32_t n_run;
    uint32_t run_bytes;
};

/** One client's line. */
struct bandwidth {
    struct delay_trend trend;
    struct foreign_queue foreign;
    struct rate_control control;
    struct prober prober;
    struct rate_window acked; /* by arrival, on our clock */
    struct rate_window sent;
    struct loss_limit loss;
    struct remote_rate remote;
    int64_t feedback_us;    /* the last one; 0: none yet */
    int64_t response_us;    /* from sending to the report of it */
    int64_t held_us;        /* when the rate fell, and what flows may stay for a moment; 0: never */
    int64_t held_from_us;   /* the first of such times in a row */
    int64_t losing_us;      /* when one of twenty or more got lost last; 0: never */
    int64_t held_bps;       /* what came through while the line was full then, at its best */
    int64_t again_until_us; /* what was sent until then met the queue, too */
    int64_t drained_us;     /* by then what filled the line's queue has left, when it became far
                               narrower last, if nothing more was sent; 0: it never did */
    int64_t calm_us;        /* the queue has been short since; 0: it is not */
    unsigned n_close;       /* pairs of packets in a row that came closer than the rate */
    int64_t limited_bps;    /* what the last probe found; 0: it passed */
    int64_t through_bps;    /* what came of it, or of the last one that did not pass */
    bool has_passed;        /* the last probe, and not yet another one after it */
    int64_t wish_bps;       /* what all that is asked for would take */
    bool is_blind;          /* it cannot be probed */
    bool is_measured;       /* a probe or a full line said what it carries */
    /* packets of this window, by which loss is judged */
    int64_t window_us, window_newest_us;
    uint32_t n, n_lost, n_bytes;
    bool is_window_queued; /* some of them met a queue of ours */
    int64_t lossy_us;      /* the last window that lost much, but by no queue; 0: none */
};

/** Nothing was sent or reported yet; RATE_CONTROL_START_BPS until then. */
void bandwidth_init(struct bandwidth *b, int64_t now_us);

/**
 * One feedback message came.
 * @param packets of one connection, in order of sending; each is given as lost at most once, and as
 * received at most once, which may be later
 * @param clock of that connection
 */
void bandwidth_feedback(struct bandwidth *b, struct bandwidth_clock *clock,
                        const struct bandwidth_packet *packets, size_t n, int64_t now_us);
/** The receiver's own estimate for one of its connections (REMB).
 * @param remb of that connection @param sent_bps what goes over that connection now */
void bandwidth_remb(struct bandwidth *b, struct bandwidth_remb *remb, int64_t bps, int64_t sent_bps,
                    int64_t now_us);
/** A connection that may have sent REMB ends. */
void bandwidth_forget_remb(struct bandwidth *b, struct bandwidth_remb *remb);
/** A receiver report of a connection without transport-wide feedback.
 * @param expected packets since the report before @param lost of them */
void bandwidth_report(struct bandwidth *b, uint32_t lost, uint32_t expected, int64_t now_us);
/** Datagrams of any connection left towards the client, probes too; called for each or for some
 * together, with the time that is their sent_us. */
void bandwidth_sent(struct bandwidth *b, uint32_t bytes, int64_t now_us);

/** What may be sent in all, bit/s: sound, video, repeats, probes. Until something is known, the
 * rate to start with. */
int64_t bandwidth_bps(const struct bandwidth *b, int64_t now_us);
/** What goes on being sent may take so much, bit/s: for three seconds after the line was full what
 * came through then, since a burst may have filled it, or for one when much gets lost even then;
 * else as bandwidth_bps(). */
int64_t bandwidth_held_bps(const struct bandwidth *b, int64_t now_us);
/** When what filled the line's queue, as it became far narrower the last time, has left it, if
 * nothing more is sent; 0: it never did. What is sent before waits behind that, or is dropped. */
static inline int64_t bandwidth_drained_us(const struct bandwidth *b)
{
    return b->drained_us;
}
/** Has any report said something lately? While none has, nobody is limited or paused. */
bool bandwidth_is_known(const struct bandwidth *b, int64_t now_us);

/** Are packets lost by chance lately, and not by a queue that is full? Known by transport-wide
 * feedback alone. */
bool bandwidth_is_lossy(const struct bandwidth *b, int64_t now_us);

/**
 * Is it time to probe? Not while the line is full, nor within some time after it was.
 * @param wish_bps what everything that the client asks for would take, if there were room
 * @return true: send *out, at once
 */
bool bandwidth_wants_probe(struct bandwidth *b, int64_t wish_bps, int64_t now_us,
                           struct bandwidth_probe *out);
/** In its place, of a client to which nothing can be sent as a probe. */
void bandwidth_cannot_probe(struct bandwidth *b, int64_t wish_bps);

#endif
