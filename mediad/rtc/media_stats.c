#include "mediad/rtc/media_stats.h"

#include <stdio.h>
#include <string.h>

#include "mediad/rtc/media_state.h"
#include "mediad/rtc/media_stream.h"
#include "mediad/rtc/media_videos.h"

static void add_int(struct json_object *to, const char *name, int64_t value)
{
    json_object_object_add(to, name, json_object_new_int64(value));
}

/* ---- one row for each counter of the workers ---- */

static const struct metric_family rtp_packets_family = {
    "rtp_packets_total", METRIC_COUNTER,
    "RTP packets that came from publishers or went to receivers.", "direction"};
static const struct metric_family rtp_bytes_family = {"rtp_bytes_total", METRIC_COUNTER,
                                                      "Bytes of these packets.", "direction"};
static const struct metric_family rtcp_family = {"rtcp_total", METRIC_COUNTER, "RTCP packets.",
                                                 "direction"};
static const struct metric_family rtp_lost_family = {
    "rtp_lost_total", METRIC_COUNTER, "RTP packets that publishers sent and that never came.",
    "direction"};
static const struct metric_family retransmitted_family = {
    "rtp_retransmitted_total", METRIC_COUNTER, "RTP packets that receivers were sent again.", NULL};
static const struct metric_family extra_family = {
    "rtp_extra_received_total", METRIC_COUNTER,
    "RTP packets of publishers that are no new media: a repeat that was missing (repair) or had "
    "come (known), or padding.",
    "kind"};
static const struct metric_family rebuilt_family = {
    "rtp_rebuilt_total", METRIC_COUNTER,
    "Lost packets of publishers that were rebuilt of redundant audio.", NULL};
static const struct metric_family dropped_family = {
    "rtp_dropped_total", METRIC_COUNTER,
    "Datagrams and packets that were not forwarded, by reason.", "reason"};
static const struct metric_family srtp_family = {"srtp_failures_total", METRIC_COUNTER,
                                                 "Packets that SRTP refused, by reason.", "reason"};
static const struct metric_family keyframes_family = {
    "keyframe_requests_total", METRIC_COUNTER,
    "Keyframes that receivers needed: asked of publishers, replayed, or refused.", "result"};
static const struct metric_family probes_family = {
    "probes_total", METRIC_COUNTER, "Bursts that found out what receivers' lines carry.", NULL};
static const struct metric_family pauses_family = {
    "video_pauses_total", METRIC_COUNTER,
    "Videos that were paused because a receiver's line carried no more.", NULL};
static const struct metric_family lines_family = {
    "receiver_lines", METRIC_GAUGE, "Receivers' lines of which is known what they carry.", NULL};
static const struct metric_family lines_bytes_family = {
    "receiver_lines_bytes_per_second", METRIC_GAUGE,
    "What these lines carry by the server's estimate, all together.", NULL};
static const struct metric_family stun_family = {"stun_total", METRIC_COUNTER,
                                                 "STUN messages by what became of them.", "result"};
static const struct metric_family dtls_family = {
    "dtls_handshakes_total", METRIC_COUNTER, "DTLS handshakes by what became of them.", "result"};
static const struct metric_family ice_selected_family = {
    "ice_selected_total", METRIC_COUNTER,
    "Paths that connections took: the first one, or a later one.", "type"};
static const struct metric_family ice_failures_family = {
    "ice_failures_total", METRIC_COUNTER, "Connections that lost their path, by the step at which.",
    "stage"};
static const struct metric_family crossings_family = {"worker_crossings_total", METRIC_COUNTER,
                                                      "What one worker handed to another.", "kind"};
static const struct metric_family connections_family = {
    "peer_connections", METRIC_GAUGE, "Peer connections: all, and those that are connected.",
    "state"};
static const struct metric_family connection_memory_family = {
    "peer_connection_memory_bytes", METRIC_GAUGE, "Memory of all peer connections.", NULL};
static const struct metric_family tracks_family = {"tracks", METRIC_GAUGE,
                                                   "Tracks that are published.", "direction"};
static const struct metric_family streams_family = {
    "streams", METRIC_GAUGE, "Streams from publishers, and to receivers.", "direction"};
static const struct metric_family busy_family = {
    "worker_busy_ratio", METRIC_GAUGE, "Share of the last second that a media worker was busy.",
    "worker"};

static const struct count_row {
    const struct metric_family *family;
    const char *label; /* NULL where the family has none */
} count_rows[COUNT_N] = {
    [COUNT_RTP_IN] = {&rtp_packets_family, "in"},
    [COUNT_RTP_IN_BYTES] = {&rtp_bytes_family, "in"},
    [COUNT_RTP_OUT] = {&rtp_packets_family, "out"},
    [COUNT_RTP_OUT_BYTES] = {&rtp_bytes_family, "out"},
    [COUNT_RTCP_IN] = {&rtcp_family, "in"},
    [COUNT_RTCP_OUT] = {&rtcp_family, "out"},
    [COUNT_RTP_LOST_IN] = {&rtp_lost_family, "in"},
    [COUNT_RTP_REPEATED] = {&retransmitted_family, NULL},
    [COUNT_EXTRA_REPAIR] = {&extra_family, "repair"},
    [COUNT_EXTRA_KNOWN] = {&extra_family, "known"},
    [COUNT_EXTRA_PADDING] = {&extra_family, "padding"},
    [COUNT_REBUILT] = {&rebuilt_family, NULL},
    [COUNT_DROP_ADDRESS] = {&dropped_family, "address"},
    [COUNT_DROP_NO_KEYS] = {&dropped_family, "no_keys"},
    [COUNT_DROP_SYNTAX] = {&dropped_family, "syntax"},
    [COUNT_DROP_SIZE] = {&dropped_family, "size"},
    [COUNT_DROP_SSRC] = {&dropped_family, "ssrc"},
    [COUNT_DROP_RATE] = {&dropped_family, "rate"},
    [COUNT_DROP_DUPLICATE] = {&dropped_family, "duplicate"},
    [COUNT_DROP_STRAY] = {&dropped_family, "stray"},
    [COUNT_DROP_RING] = {&dropped_family, "ring"},
    [COUNT_DROP_SEND] = {&dropped_family, "send"},
    [COUNT_DROP_KERNEL] = {&dropped_family, "kernel"},
    [COUNT_DROP_PACED] = {&dropped_family, "paced"},
    [COUNT_DROP_SLOTS] = {&dropped_family, "slots"},
    [COUNT_SRTP_AUTH] = {&srtp_family, "auth"},
    [COUNT_SRTP_REPLAY] = {&srtp_family, "replay"},
    [COUNT_KEYFRAME_ASKED] = {&keyframes_family, "asked"},
    [COUNT_KEYFRAME_REPLAYED] = {&keyframes_family, "replayed"},
    [COUNT_KEYFRAME_REFUSED] = {&keyframes_family, "refused"},
    [COUNT_VIDEO_PAUSES] = {&pauses_family, NULL},
    [COUNT_LINES] = {&lines_family, NULL},
    [COUNT_LINES_BYTES] = {&lines_bytes_family, NULL},
    [COUNT_PROBES] = {&probes_family, NULL},
    [COUNT_STUN_VALID] = {&stun_family, "valid"},
    [COUNT_STUN_REFUSED] = {&stun_family, "refused"},
    [COUNT_STUN_FORGED] = {&stun_family, "forged"},
    [COUNT_STUN_LIMITED] = {&stun_family, "limited"},
    [COUNT_STUN_REPEATED] = {&stun_family, "repeated"},
    [COUNT_DTLS_DONE] = {&dtls_family, "done"},
    [COUNT_DTLS_FAILED] = {&dtls_family, "failed"},
    [COUNT_DTLS_LIMITED] = {&dtls_family, "limited"},
    [COUNT_ICE_CONNECTED] = {&ice_selected_family, "connected"},
    [COUNT_ICE_MOVED] = {&ice_selected_family, "moved"},
    [COUNT_ICE_LOST] = {&ice_failures_family, "consent"},
    [COUNT_CROSSED_DATAGRAMS] = {&crossings_family, "datagram"},
    [COUNT_CROSSED_PACKETS] = {&crossings_family, "packet"},
    [COUNT_CONNECTIONS] = {&connections_family, "all"},
    [COUNT_CONNECTED] = {&connections_family, "connected"},
    [COUNT_CONNECTION_BYTES] = {&connection_memory_family, NULL},
    [COUNT_TRACKS] = {&tracks_family, "up"},
};

/* Gauges go up on one worker and down on the same: their sum wraps back to the truth. */
static uint64_t total(const struct media *m, unsigned what)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < m->n_workers; i++)
        sum += atomic_load_explicit(&m->workers[i].counts[what], memory_order_relaxed);
    return sum;
}

static double busy_ratio(const struct media *m, unsigned worker)
{
    return (double)atomic_load_explicit(&m->workers[worker].busy_permille, memory_order_relaxed) /
           1000;
}

static size_t count_streams(const struct media *m, bool up)
{
    const struct media_stream *s;
    size_t at = 0, n = 0;

    while ((s = fixed_table_next(&m->streams, &at)) != NULL)
        n += s->is_up == up;
    return n;
}

void media_metrics(const struct media *m, struct metric_set *out)
{
    for (unsigned what = 0; what < COUNT_N; what++)
        metric_set_add(out, count_rows[what].family, count_rows[what].label,
                       (double)total(m, what));
    for (unsigned i = 0; i < m->n_workers; i++) {
        char number[16];

        snprintf(number, sizeof number, "%u", i);
        metric_set_add(out, &busy_family, number, busy_ratio(m, i));
    }
    metric_set_add(out, &streams_family, "up", (double)count_streams(m, true));
    metric_set_add(out, &streams_family, "down", (double)count_streams(m, false));
    media_videos_metrics(m, out);
}

struct json_object *media_stats(struct media *m)
{
    struct json_object *out = json_object_new_object();
    struct json_object *streams = json_object_new_object();
    struct json_object *busy = json_object_new_array();

    if (!out || !busy || !streams) {
        json_object_put(out);
        json_object_put(streams);
        json_object_put(busy);
        return NULL;
    }
    for (unsigned what = 0; what < COUNT_N; what++) {
        const struct count_row *row = &count_rows[what];
        int64_t sum = (int64_t)total(m, what);
        struct json_object *metric;

        if (!row->label) {
            add_int(out, row->family->name, sum);
            continue;
        }
        if (!json_object_object_get_ex(out, row->family->name, &metric)) {
            metric = json_object_new_object();
            json_object_object_add(out, row->family->name, metric);
        }
        add_int(metric, row->label, sum);
    }
    add_int(streams, "up", (int64_t)count_streams(m, true));
    add_int(streams, "down", (int64_t)count_streams(m, false));
    json_object_object_add(out, streams_family.name, streams);
    for (unsigned i = 0; i < m->n_workers; i++)
        json_object_array_add(busy, json_object_new_double(busy_ratio(m, i)));
    json_object_object_add(out, busy_family.name, busy);
    return out;
}

struct json_object *media_offered(const struct media *m)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; list && i < m->n_candidates; i++) {
        const struct candidate *c = &m->candidates[i];
        char text[sizeof c->address + 16];

        snprintf(text, sizeof text, strchr(c->address, ':') ? "[%s]:%u" : "%s:%u", c->address,
                 c->port);
        json_object_array_add(list, json_object_new_string(text));
    }
    return list;
}
