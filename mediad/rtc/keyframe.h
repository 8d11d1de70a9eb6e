/*
 * One manager of keyframe requests per up video track: wishes of any number of receivers become at
 * most one request per 500 ms, repeated after 1 s without a keyframe, at most twice. Notes which
 * publishers never answer: programs that stream often send keyframes as they please. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_KEYFRAME_H
#define NEREID_MEDIAD_RTC_KEYFRAME_H

#include "common/error.h"
#include "common/span.h"

enum {
    KEYFRAME_INTERVAL_US = 500 * 1000,
    KEYFRAME_REPEAT_US = 1000 * 1000,
    KEYFRAME_REPEATS_MAX = 2,
    /** So many requests more without an answer than with one, and the publisher counts as deaf. */
    KEYFRAME_DEAF = 2,
};

struct keyframe_requests {
    bool is_wanted;     /* somebody waits for one */
    bool has_requested; /* ever */
    bool has_keyframe;  /* ever */
    bool is_flowing;    /* something came since the last request: set by its user */
    bool cannot_ask;    /* the publisher offered no feedback to ask by */
    bool is_deaf;       /* it does not do what it is asked */
    uint8_t n_unheard;  /* requests without an answer, less those with one; at most twice that */
    uint8_t n_sent;     /* requests for the wish that runs */
    int64_t requested_us;
    int64_t keyframe_us;
};

enum keyframe_answer {
    KEYFRAME_ASKED,  /* it will come; keyframe_tick() says when to send the request */
    KEYFRAME_REPLAY, /* one came within the last 500 ms: replay it from the cache to this receiver
                      */
};

/** A receiver needs a keyframe: PLI, FIR, new, or layer switch. */
enum keyframe_answer keyframe_want(struct keyframe_requests *k, int64_t now_us);

/** As keyframe_want(), when the cache has not the whole keyframe any more: asked for in any case.
 */
void keyframe_want_new(struct keyframe_requests *k);

/** Would a wish make a new request? Not while one is under way, or a keyframe has just come. */
bool keyframe_would_ask(const struct keyframe_requests *k, int64_t now_us);

/** A keyframe started to arrive. */
void keyframe_arrived(struct keyframe_requests *k, int64_t now_us);

/** Do keyframes come as the publisher likes, whatever it is asked? Such a one's picture group is
 * kept whole (packet_cache.h). */
static inline bool keyframe_is_deaf(const struct keyframe_requests *k)
{
    return k->cannot_ask || k->is_deaf;
}

/** Send a request (PLI, else FIR) upstream now? Call it after a wish and when keyframe_next_us()
 * has come; true counts as sent. */
bool keyframe_tick(struct keyframe_requests *k, int64_t now_us) MUST_USE;

/** When keyframe_tick() may say yes next; INT64_MAX when nothing is wanted. */
int64_t keyframe_next_us(const struct keyframe_requests *k);

/** How many requests one receiver may cause: each keyframe costs all receivers. Zeroed at first. */
struct keyframe_allowance {
    uint8_t n_used;
    int64_t refilled_us;
};
enum {
    KEYFRAME_ALLOWANCE = 4,                   /* wishes at once; */
    KEYFRAME_ALLOWANCE_US = 10 * 1000 * 1000, /* another one after this time */
};

/** @return false: it asked again and again; what the cache has must do */
bool keyframe_allow(struct keyframe_allowance *a, int64_t now_us) MUST_USE;

/** A receiver's memory of FIR commands (RFC 5104 section 4.3.1.1): repeats of one command carry the
 * same number and count once. Zeroed at first. */
struct fir_memory {
    bool has_number;
    uint8_t number;
};

/** Is this a new command? Remembers it. */
bool fir_is_new(struct fir_memory *f, uint8_t number);

#endif
