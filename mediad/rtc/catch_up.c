#include "mediad/rtc/catch_up.h"

#include "mediad/rtc/rtp.h"

void catch_up_start(struct catch_up *c, const struct packet_cache *cache, uint16_t first_seq)
{
    *c = (struct catch_up){
        .is_running = true, .next_seq = first_seq, .newest_seq = cache->newest_seq};
}

static unsigned clamp(int n, int min, int max)
{
    return (unsigned)(n < min ? min : n > max ? max : n);
}

bool catch_up_step(struct catch_up *c, const struct packet_cache *cache)
{
    bool is_newer = packet_cache_since_keyframe(cache) > 0 &&
                    rtp_seq_diff(cache->keyframe_seq, c->next_seq) > 0;
    int left, came = rtp_seq_diff(cache->newest_seq, c->newest_seq);

    if (is_newer)
        c->next_seq = cache->keyframe_seq;
    left = rtp_seq_diff(cache->newest_seq, c->next_seq) + 1;
    c->newest_seq = cache->newest_seq;
    c->n_left =
        clamp(left / CATCH_UP_MAX, CATCH_UP_MIN, CATCH_UP_MAX) + clamp(came, 0, CATCH_UP_MAX);
    return is_newer;
}

struct packet *catch_up_next(struct catch_up *c, const struct packet_cache *cache)
{
    while (c->n_left > 0) {
        struct packet *p;

        if (rtp_seq_diff(c->next_seq, cache->newest_seq) > 0) {
            c->is_running = false;
            return NULL;
        }
        p = packet_cache_find(cache, c->next_seq++);
        if (p) {
            c->n_left--;
            return p;
        }
    }
    return NULL;
}
