#include "mediad/rtc/media_internal.h"

static void add_int(struct json_object *to, const char *name, int64_t value)
{
    json_object_object_add(to, name, json_object_new_int64(value));
}

static int64_t load(const atomic_int_fast64_t *at)
{
    return atomic_load_explicit(at, memory_order_relaxed);
}

static struct json_object *track_json(const struct track_stats *t)
{
    struct json_object *out = json_object_new_object();
    int64_t max_bps = load(&t->max_bitrate_bps), rtt_us = load(&t->rtt_us),
            jitter_us = load(&t->jitter_us);

    if (!out)
        return NULL;
    add_int(out, "bitrate", load(&t->bitrate_bps));
    if (max_bps >= 0)
        add_int(out, "maxBitrate", max_bps);
    json_object_object_add(out, "loss", json_object_new_double((double)load(&t->loss_ppm) / 1e6));
    if (rtt_us >= 0)
        json_object_object_add(out, "rtt", json_object_new_double((double)rtt_us / 1e3));
    if (jitter_us >= 0)
        json_object_object_add(out, "jitter", json_object_new_double((double)jitter_us / 1e3));
    return out;
}

struct json_object *media_stream_stats(const struct media_stream *s)
{
    struct json_object *out = json_object_new_object();
    struct json_object *tracks = json_object_new_array();
    unsigned n = atomic_load_explicit(&s->stats->n_tracks, memory_order_relaxed);
    int64_t max_bps = load(&s->stats->max_bitrate_bps);

    if (!out || !tracks) {
        json_object_put(out);
        json_object_put(tracks);
        return NULL;
    }
    if (max_bps >= 0)
        add_int(out, "maxBitrate", max_bps);
    for (unsigned i = 0; i < n && i < TRACKS_MAX; i++)
        json_object_array_add(tracks, track_json(&s->stats->tracks[i]));
    json_object_object_add(out, "tracks", tracks);
    return out;
}

/* One row per counter: its metric (security-ops.md O1, without the prefix) and its label's value.
 */
static const struct count_name {
    const char *metric;
    const char *label; /* NULL: the metric has none */
} count_names[COUNT_N] = {
    [COUNT_RTP_IN] = {"rtp_packets_total", "in"},
    [COUNT_RTP_IN_BYTES] = {"rtp_bytes_total", "in"},
    [COUNT_RTP_OUT] = {"rtp_packets_total", "out"},
    [COUNT_RTP_OUT_BYTES] = {"rtp_bytes_total", "out"},
    [COUNT_RTCP_IN] = {"rtcp_total", "in"},
    [COUNT_RTCP_OUT] = {"rtcp_total", "out"},
    [COUNT_RTP_LOST_IN] = {"rtp_lost_total", "in"},
    [COUNT_RTP_REPEATED] = {"rtp_retransmitted_total", NULL},
    [COUNT_DROP_ADDRESS] = {"rtp_dropped_total", "address"},
    [COUNT_DROP_NO_KEYS] = {"rtp_dropped_total", "no_keys"},
    [COUNT_DROP_SYNTAX] = {"rtp_dropped_total", "syntax"},
    [COUNT_DROP_SIZE] = {"rtp_dropped_total", "size"},
    [COUNT_DROP_SSRC] = {"rtp_dropped_total", "ssrc"},
    [COUNT_DROP_RATE] = {"rtp_dropped_total", "rate"},
    [COUNT_DROP_DUPLICATE] = {"rtp_dropped_total", "duplicate"},
    [COUNT_DROP_STRAY] = {"rtp_dropped_total", "stray"},
    [COUNT_DROP_RING] = {"rtp_dropped_total", "ring"},
    [COUNT_DROP_SEND] = {"rtp_dropped_total", "send"},
    [COUNT_DROP_KERNEL] = {"rtp_dropped_total", "kernel"},
    [COUNT_DROP_SLOTS] = {"rtp_dropped_total", "slots"},
    [COUNT_SRTP_AUTH] = {"srtp_failures_total", "auth"},
    [COUNT_SRTP_REPLAY] = {"srtp_failures_total", "replay"},
    [COUNT_KEYFRAME_ASKED] = {"keyframe_requests_total", "asked"},
    [COUNT_KEYFRAME_REPLAYED] = {"keyframe_requests_total", "replayed"},
    [COUNT_STUN_VALID] = {"stun_total", "valid"},
    [COUNT_STUN_REFUSED] = {"stun_total", "refused"},
    [COUNT_STUN_FORGED] = {"stun_total", "forged"},
    [COUNT_STUN_LIMITED] = {"stun_total", "limited"},
    [COUNT_DTLS_DONE] = {"dtls_handshakes_total", "done"},
    [COUNT_DTLS_FAILED] = {"dtls_handshakes_total", "failed"},
    [COUNT_DTLS_LIMITED] = {"dtls_handshakes_total", "limited"},
    [COUNT_ICE_CONNECTED] = {"ice_selected_total", "connected"},
    [COUNT_ICE_MOVED] = {"ice_selected_total", "moved"},
    [COUNT_ICE_LOST] = {"ice_failures_total", "consent"},
    [COUNT_CROSSED_DATAGRAMS] = {"worker_crossings_total", "datagram"},
    [COUNT_CROSSED_PACKETS] = {"worker_crossings_total", "packet"},
    [COUNT_CONNECTIONS] = {"peer_connections", "all"},
    [COUNT_CONNECTED] = {"peer_connections", "connected"},
    [COUNT_CONNECTION_BYTES] = {"peer_connection_memory_bytes", NULL},
    [COUNT_TRACKS] = {"tracks", "up"},
};

struct json_object *media_stats(struct media *m)
{
    struct json_object *out = json_object_new_object();
    struct json_object *busy = json_object_new_array();

    if (!out || !busy) {
        json_object_put(out);
        json_object_put(busy);
        return NULL;
    }
    for (unsigned what = 0; what < COUNT_N; what++) {
        const struct count_name *name = &count_names[what];
        struct json_object *metric;
        uint64_t sum = 0;

        /* gauges go up on one worker and down on the same: their sum wraps back to the truth */
        for (unsigned i = 0; i < m->n_workers; i++)
            sum += atomic_load_explicit(&m->workers[i].counts[what], memory_order_relaxed);
        if (!name->label) {
            add_int(out, name->metric, (int64_t)sum);
            continue;
        }
        if (!json_object_object_get_ex(out, name->metric, &metric)) {
            metric = json_object_new_object();
            json_object_object_add(out, name->metric, metric);
        }
        add_int(metric, name->label, (int64_t)sum);
    }
    for (unsigned i = 0; i < m->n_workers; i++) {
        unsigned permille =
            atomic_load_explicit(&m->workers[i].busy_permille, memory_order_relaxed);

        json_object_array_add(busy, json_object_new_double((double)permille / 1000));
    }
    json_object_object_add(out, "worker_busy_ratio", busy);
    return out;
}
