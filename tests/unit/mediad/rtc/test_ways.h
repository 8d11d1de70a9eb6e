/*
 * A received video by what is measured of its rids and their layers, in which ways it can be sent,
 * and in which one it is. Include it once, as test_downlink.h, which it rests on.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_WAYS_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_WAYS_H

#include "tests/unit/mediad/rtc/test_downlink.h"

enum { KBIT = 1000 };

/* What is measured of one rid, in kbit/s. */
struct measured {
    int kbps[TRACK_LAYERS][TRACK_LAYERS]; /* up to a spatial and a temporal layer; 0: none came */
    int known_kbps;                       /* 0: as much as all its layers */
    int expected_kbps;                    /* what its publisher was told; 0: nothing */
    int rid_state;
    int pictures; /* a second; 0: not known */
};

/* ---- what is measured ---- */

static inline void measure(unsigned rid, const struct measured *m)
{
    struct track_stats *t = &published->tracks[rid];
    int most = 0;

    for (unsigned sid = 0; sid < TRACK_LAYERS; sid++) {
        for (unsigned tid = 0; tid < TRACK_LAYERS; tid++) {
            stats_store(&t->sent_bps[sid][tid], (int64_t)m->kbps[sid][tid] * KBIT);
            if (m->kbps[sid][tid] > most)
                most = m->kbps[sid][tid];
        }
    }
    stats_store(&t->bitrate_bps, (int64_t)most * KBIT);
    stats_store(&t->known_bps, (int64_t)(m->known_kbps ? m->known_kbps : most) * KBIT);
    stats_store(&t->expected_bps, (int64_t)m->expected_kbps * KBIT);
    stats_store(&t->rid_state, m->rid_state);
    stats_store(&t->pictures, m->pictures);
}

/* Somebody receives these, and nothing is known of the line. */
static inline void open_video(enum codec codec, uint8_t n_rids, const struct measured *rids,
                              bool is_screen)
{
    target.codec = codec;
    target.n_rids = n_rids;
    wish.is_screen = is_screen;
    assert_int_equal(0, open_downlink());
    for (unsigned i = 0; i < n_rids; i++)
        measure(i, &rids[i]);
    describe();
}

/* ---- what is sent ---- */

/* "1:0.*": of rid 1 the lowest spatial layer, with all its pictures. */
static inline void add_way(char *text, size_t size, unsigned rid, unsigned sid, unsigned tid)
{
    size_t len = strlen(text);

    snprintf(text + len, size - len, "%s%u:%c.%c", len ? " " : "", rid,
             sid == LAYER_MAX ? '*' : '0' + (char)sid, tid == LAYER_MAX ? '*' : '0' + (char)tid);
}

/* "-": nothing. */
static inline const char *way(void)
{
    static char text[32];
    const struct down_choice *c = &video()->choice;

    text[0] = '\0';
    if (c->is_paused)
        return "-";
    add_way(text, sizeof text, c->rid, c->sid, c->tid);
    return text;
}

/* All that there are, ascending, with what they take in kbit/s. */
static inline const char *ways(void)
{
    static char text[512];
    const struct down_track *t = video();

    text[0] = '\0';
    for (unsigned i = 0; i < t->video.n_layers; i++) {
        size_t len;

        add_way(text, sizeof text, t->layers[i].rid, t->layers[i].sid, t->layers[i].tid);
        len = strlen(text);
        snprintf(text + len, sizeof text - len, "=%d", (int)(t->video.layers[i].bps / KBIT));
    }
    return text;
}

static inline void assert_way(const char *name, int line_kbps, const char *want)
{
    if (strcmp(way(), want) != 0)
        fail_msg("%s, %d kbit/s: %s instead of %s, of %s", name, line_kbps, way(), want, ways());
}

static inline void narrow_to(int kbps)
{
    downlink_estimated(down, (int64_t)kbps * KBIT);
    pass(1);
}

/* Three spatial and three temporal layers. */
static const struct measured three_by_three = {
    .kbps = {{60, 90, 120}, {200, 300, 400}, {600, 900, 1200}}};

#endif
