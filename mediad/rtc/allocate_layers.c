#include "mediad/rtc/allocate_layers.h"

#include <string.h>

static const int64_t layer_max_bps = INT64_C(1000000000000);

int64_t allocate_clamp(int64_t bps)
{
    return bps < 0 ? 0 : bps > layer_max_bps ? layer_max_bps : bps;
}

int64_t allocate_cost(const struct allocate_video *v, int layer)
{
    int64_t bps = v->layers[layer].bps;
    bool is_elastic = layer == 0 && v->is_elastic && (bps == 0 || bps > v->min_bps);

    return allocate_clamp(is_elastic ? v->min_bps : bps);
}

int allocate_layers(const struct allocate_video *v)
{
    return v->n_layers < ALLOCATE_LAYERS_MAX ? v->n_layers : ALLOCATE_LAYERS_MAX;
}

int allocate_before(const struct allocate_video *v)
{
    return v->is_new ? ALLOCATE_PAUSED : v->layer;
}

bool allocate_is_stream(const struct allocate_video *v)
{
    return v->is_elastic && allocate_layers(v) <= 1;
}

/* ---- what can be chosen ---- */

bool allocate_can_choose(const struct allocate_video *v, int layer, bool is_unlimited)
{
    const struct allocate_layer *l = &v->layers[layer];

    return l->bps > 0 || (l->is_alive && (is_unlimited || layer <= allocate_before(v)));
}

int allocate_lowest(const struct allocate_video *v)
{
    for (int l = 0; l < allocate_layers(v); l++) {
        if (v->layers[l].is_alive)
            return l;
    }
    return -1;
}

int allocate_useful(const struct allocate_video *v, bool is_unlimited, bool is_ideal)
{
    int end = allocate_layers(v), highest = -1;
    unsigned enough = UINT16_MAX;

    if (end > v->max_layer + 1)
        end = v->max_layer + 1;
    for (int l = 0; l < end && v->wish.height > 0; l++) {
        unsigned height = v->layers[l].height;

        if (height >= v->wish.height && height < enough &&
            (is_ideal || allocate_can_choose(v, l, is_unlimited) || l == allocate_lowest(v)))
            enough = height;
    }
    for (int l = 0; l < end; l++) {
        if (v->layers[l].height <= enough &&
            (is_ideal || allocate_can_choose(v, l, is_unlimited) || l == allocate_lowest(v)))
            highest = l;
    }
    return highest;
}

/* ---- layers that move ---- */

static bool has_same_layers(const struct allocate_video *v)
{
    if (allocate_layers(v) != v->state.n_layers)
        return false;
    for (int l = 0; l < allocate_layers(v); l++) {
        if (v->layers[l].id != v->state.ids[l])
            return false;
    }
    return true;
}

/* Of one that has gone: the highest that takes no more. */
static int layer_like(const struct allocate_video *v, uint16_t id, int64_t bps)
{
    int like = 0;

    for (int l = 0; l < allocate_layers(v); l++) {
        if (v->layers[l].id == id)
            return l;
        if (v->layers[l].bps <= bps)
            like = l;
    }
    return like;
}

bool allocate_follow(struct allocate_video *v)
{
    struct allocate_state *s = &v->state;
    int64_t fits_us[ALLOCATE_LAYERS_MAX] = {0};

    if (has_same_layers(v))
        return false;
    for (int l = 0; l < allocate_layers(v); l++) {
        for (int before = 0; before < s->n_layers; before++) {
            if (s->ids[before] == v->layers[l].id)
                fits_us[l] = s->fits_us[before];
        }
    }
    memcpy(s->fits_us, fits_us, sizeof fits_us);
    if (s->has_state && v->layer >= 0)
        v->layer = (int8_t)layer_like(v, s->ids[v->layer], v->bps);
    s->n_layers = (uint8_t)allocate_layers(v);
    for (int l = 0; l < allocate_layers(v); l++)
        s->ids[l] = v->layers[l].id;
    return true;
}

/* ---- order ---- */

/* @return < 0: a is more important; 0: as they were given */
static int compare(const struct allocate_video *a, const struct allocate_video *b)
{
    if (a->wish.is_pinned != b->wish.is_pinned)
        return a->wish.is_pinned ? -1 : 1;
    if (a->wish.is_screen != b->wish.is_screen)
        return a->wish.is_screen ? -1 : 1;
    if (a->wish.rank != b->wish.rank)
        return a->wish.rank < b->wish.rank ? -1 : 1;
    if (a->wish.height != b->wish.height)
        return a->wish.height > b->wish.height ? -1 : 1;
    /* equals: a share first, which leaves room for the others' layers, then what flows */
    if (allocate_is_stream(a) != allocate_is_stream(b))
        return allocate_is_stream(a) ? -1 : 1;
    return allocate_before(b) - allocate_before(a);
}

static struct allocate_video *merge(struct allocate_video *a, struct allocate_video *b)
{
    struct allocate_video *head = NULL, **end = &head;

    while (a && b) {
        struct allocate_video **from = compare(a, b) <= 0 ? &a : &b;

        *end = *from;
        end = &(*end)->next;
        *from = *end;
    }
    *end = a ? a : b;
    return head;
}

struct allocate_video *allocate_sort(struct allocate_video *const *videos, size_t n)
{
    if (n == 1) {
        videos[0]->next = NULL;
        return videos[0];
    }
    return merge(allocate_sort(videos, n / 2), allocate_sort(videos + n / 2, n - n / 2));
}
