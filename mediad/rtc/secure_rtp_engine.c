#include "mediad/rtc/secure_rtp_engine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/macros.h"
#include "mediad/rtc/secure_rtp_suites.h"

/* ---- the choice ---- */

#define TRIAL_BYTES 1100
#define TRIAL_PACKETS 64
#define TRIAL_ROUNDS 3

/* Batches as they occur, from a call of two to a lecture. */
static const unsigned trial_sizes[] = {1, 2, 3, 4, 6, 8, 12, 16, 32, 64};
#define TRIALS LENGTH(trial_sizes)

struct trial {
    struct secure_rtp_key key;
    struct secure_rtp_job jobs[TRIAL_PACKETS];
    uint8_t packets[TRIAL_PACKETS][TRIAL_BYTES + SECURE_RTP_TRAILER_MAX];
};

/* Written once, by the thread that starts the media plane. */
static struct choice {
    unsigned variant;
    unsigned n_min; /* 0: nettle alone */
    char text[80];
} chosen = {.text = "nettle"};
static pthread_once_t choose_once = PTHREAD_ONCE_INIT;

/* Packets of many lengths, all of them short of the longest by less than a block of SHA-1. */
static void trial_fill(struct trial *t)
{
    static const uint8_t master[SECURE_RTP_MASTER_MAX] = {1};
    struct secure_rtp_stream stream = {0};

    memset(t, 0, sizeof *t);
    secure_rtp_key_init(&t->key, secure_rtp_suite_at(0), master);
    for (unsigned i = 0; i < TRIAL_PACKETS; i++) {
        uint8_t *packet = t->packets[i];

        packet[0] = 0x80;
        packet[3] = (uint8_t)i;
        (void)!secure_rtp_job_init(&t->jobs[i], &t->key, &stream, packet, TRIAL_BYTES - i);
    }
}

/* This thread's time, so that what else runs on the machine does not count. */
static double thread_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* @return nanoseconds per packet in batches of n; < 0: it failed */
static double trial_measure(struct trial *t, struct secure_rtp_engine *e, unsigned n)
{
    double best = -1;

    for (unsigned round = 0; round < TRIAL_ROUNDS; round++) {
        double start = thread_ns();
        unsigned done = 0;

        for (; done + n <= TRIAL_PACKETS; done += n) {
            if (secure_rtp_engine_run(e, &t->jobs[done], n) < 0)
                return -1;
        }
        double took = (thread_ns() - start) / done;

        if (best < 0 || took < best)
            best = took;
    }
    return best;
}

/* Both start from the same packets, and each batch ends up with the same bytes. */
static bool trial_agrees(struct trial *t, struct trial *by_nettle, struct secure_rtp_engine *e)
{
    struct secure_rtp_engine nettle = {0};

    for (unsigned i = 0; i < TRIALS; i++) {
        trial_fill(t);
        trial_fill(by_nettle);
        if (secure_rtp_engine_run(e, t->jobs, trial_sizes[i]) < 0 ||
            secure_rtp_engine_run(&nettle, by_nettle->jobs, trial_sizes[i]) < 0 ||
            memcmp(t->packets, by_nettle->packets, sizeof t->packets) != 0)
            return false;
    }
    return true;
}

/* @param nettle_ns what nettle needs for a packet
 * @param n_min     from which size on it is quicker than nettle, 0: never
 * @return the mean over all sizes with nettle where that is quicker */
static double trial_variant(struct trial *t, struct secure_rtp_engine *e, double nettle_ns,
                            unsigned *n_min)
{
    double sum = 0;

    *n_min = 0;
    for (unsigned i = TRIALS; i-- > 0;) {
        double ns = trial_measure(t, e, trial_sizes[i]);
        bool is_quicker = ns >= 0 && ns < nettle_ns;

        sum += is_quicker ? ns : nettle_ns;
        if (is_quicker && (i == TRIALS - 1 || *n_min == trial_sizes[i + 1]))
            *n_min = trial_sizes[i];
    }
    return sum / (double)TRIALS;
}

static void choose_among(struct trial *t, struct trial *other)
{
    struct secure_rtp_engine nettle = {0};

    trial_fill(t);
    double nettle_ns = trial_measure(t, &nettle, TRIAL_PACKETS);
    double best_ns = nettle_ns;

    for (unsigned i = 0; secure_rtp_multi_variant(i); i++) {
        struct secure_rtp_engine e = {.n_min = 1};
        unsigned n_min = 0;

        if (secure_rtp_multi_new(&e.multi, i) < 0)
            continue;
        if (trial_agrees(t, other, &e)) {
            double ns = trial_variant(t, &e, nettle_ns, &n_min);

            if (n_min && ns < best_ns) {
                best_ns = ns;
                chosen.variant = i;
                chosen.n_min = n_min;
            }
        }
        secure_rtp_engine_release(&e);
    }
    if (chosen.n_min)
        snprintf(chosen.text, sizeof chosen.text, "libipsec-mb (%s) from %u packet%s on",
                 secure_rtp_multi_variant(chosen.variant), chosen.n_min,
                 chosen.n_min == 1 ? "" : "s");
}

static void choose(void)
{
    struct trial *trials = calloc(2, sizeof *trials);

    /* nettle will do where not even this is left */
    if (trials)
        choose_among(&trials[0], &trials[1]);
    free(trials);
}

void secure_rtp_engine_choose(void)
{
    pthread_once(&choose_once, choose);
}

const char *secure_rtp_engine_choice(void)
{
    return chosen.text;
}

/* ---- an engine ---- */

int secure_rtp_engine_init(struct secure_rtp_engine *e)
{
    *e = (struct secure_rtp_engine){.n_min = chosen.n_min};
    return chosen.n_min ? secure_rtp_multi_new(&e->multi, chosen.variant) : 0;
}

void secure_rtp_engine_release(struct secure_rtp_engine *e)
{
    secure_rtp_multi_free(e->multi);
    *e = (struct secure_rtp_engine){0};
}

/* Jobs of one suite. */
static int run_suite(struct secure_rtp_engine *e, const struct secure_rtp_suite *suite,
                     const struct secure_rtp_job *jobs, unsigned n)
{
    if (e->multi && n >= e->n_min && suite->protect_many)
        return suite->protect_many(e->multi, jobs, n);
    for (unsigned i = 0; i < n; i++)
        suite->protect(&jobs[i]);
    return 0;
}

int secure_rtp_engine_run(struct secure_rtp_engine *e, const struct secure_rtp_job *jobs,
                          unsigned n)
{
    int r = 0;

    for (unsigned first = 0; r == 0 && first < n;) {
        const struct secure_rtp_suite *suite = jobs[first].key->suite;
        unsigned end = first + 1;

        while (end < n && end - first < SECURE_RTP_MULTI_MAX && jobs[end].key->suite == suite)
            end++;
        r = run_suite(e, suite, &jobs[first], end - first);
        first = end;
    }
    return r;
}
