#include "mediad/rtc/media_videos.h"

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/media_state.h"
#include "mediad/rtc/media_stream.h"
#include "mediad/rtc/published_video.h"

#define WORDS_MAX 5

static const struct metric_family received_family = {
    "received_videos", METRIC_GAUGE, "Videos that receivers get, by how they are sent.", "state"};
static const struct metric_family reasons_family = {
    "received_videos_less", METRIC_GAUGE, "Those that are reduced or paused, by why.", "reason"};
static const struct metric_family layers_family = {
    "received_videos_layer", METRIC_GAUGE,
    "Those that are not paused, by which layer of those that are sent they are to get.", "layer"};
static const struct metric_family target_family = {
    "received_videos_target_bytes_per_second", METRIC_GAUGE,
    "What they may take by their receivers' lines, where those are known, all together.", NULL};
static const struct metric_family published_family = {
    "published_rids", METRIC_GAUGE,
    "Rids of videos, and videos without rids, that are published, by what becomes of them.",
    "state"};
static const struct metric_family told_family = {
    "published_rids_target_bytes_per_second", METRIC_GAUGE,
    "What their publishers are told that they may take, all together.", NULL};

/* How many videos have which word. */
struct tally {
    const struct metric_family *family;
    const char *words[WORDS_MAX]; /* up to a NULL */
    double counts[WORDS_MAX];
};

static void count(struct tally *t, const char *word)
{
    for (size_t i = 0; word && i < LENGTH(t->words) && t->words[i]; i++)
        t->counts[i] += strcmp(t->words[i], word) == 0;
}

static void add_tally(struct metric_set *out, const struct tally *t)
{
    for (size_t i = 0; i < LENGTH(t->words) && t->words[i]; i++)
        metric_set_add(out, t->family, t->words[i], t->counts[i]);
}

/* @return NULL: paused, or nothing is sent */
static const char *layer_word(const struct down_allocation *a)
{
    if (a->is_paused || a->n_layers == 0)
        return NULL;
    if (a->n_layers == 1)
        return "only";
    return a->layer == 0 ? "lowest" : a->layer + 1 < a->n_layers ? "middle" : "highest";
}

static void add_received(const struct media *m, struct metric_set *out)
{
    struct tally states = {&received_family, {"full", "reduced", "paused"}, {0}};
    struct tally reasons = {&reasons_family, {"bandwidth", "unwanted", "silent"}, {0}};
    struct tally layers = {&layers_family, {"only", "lowest", "middle", "highest"}, {0}};
    const struct media_stream *s;
    size_t at = 0;
    double bps = 0;

    while ((s = fixed_table_next(&m->streams, &at)) != NULL) {
        struct down_allocation a;

        for (unsigned i = 0; !s->is_up && i < TRACKS_MAX; i++) {
            if (!media_stream_allocation(s, i, &a))
                continue;
            count(&states, down_allocation_state(&a));
            count(&reasons, down_allocation_reason(&a));
            count(&layers, layer_word(&a));
            bps += a.bps > 0 ? (double)a.bps : 0;
        }
    }
    add_tally(out, &states);
    add_tally(out, &reasons);
    add_tally(out, &layers);
    metric_set_add(out, &target_family, NULL, bps / 8);
}

static void add_published(const struct media *m, struct metric_set *out)
{
    double counts[PUBLISHED_STATES] = {0}, bps = 0;
    const struct media_stream *s;
    size_t at = 0;

    while ((s = fixed_table_next(&m->streams, &at)) != NULL) {
        struct published_video v;

        for (unsigned i = 0; s->is_up && !s->is_lone && i < TRACKS_MAX; i++) {
            if (!media_stream_published(s, i, &v))
                continue;
            counts[v.state]++;
            bps += v.told_bps > 0 ? (double)v.told_bps : 0;
        }
    }
    for (unsigned i = 0; i < PUBLISHED_STATES; i++)
        metric_set_add(out, &published_family, published_state_word(i), counts[i]);
    metric_set_add(out, &told_family, NULL, bps / 8);
}

void media_videos_metrics(const struct media *m, struct metric_set *out)
{
    add_received(m, out);
    add_published(m, out);
}
