#include "mediad/signal/selection.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"

static unsigned wish_of(const char *word)
{
    if (strcmp(word, "audio") == 0)
        return WISH_AUDIO;
    if (strcmp(word, "video") == 0)
        return WISH_VIDEO;
    if (strcmp(word, "video-low") == 0)
        return WISH_VIDEO_LOW;
    return 0;
}

static int not_words(struct error *e, const char *label)
{
    struct buf place = {0};
    int r;

    buf_printf(&place, "request%s%s", label ? "." : "", label ? label : "");
    r = error_set(e, ERR_INVALID, buf_check(&place) == 0 ? buf_str(&place) : "request",
                  "should be an array of strings");
    buf_release(&place);
    return r;
}

int wishes_parse(unsigned *out, struct json_object *array, const char *label, struct error *e)
{
    unsigned wishes = 0;

    if (!json_object_is_type(array, json_type_array))
        return not_words(e, label);
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        struct json_object *item = json_object_array_get_idx(array, i);

        if (!json_object_is_type(item, json_type_string))
            return not_words(e, label);
        wishes |= wish_of(json_object_get_string(item));
    }
    *out = wishes;
    return 0;
}

void request_table_release(struct request_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->entries[i].label);
    free(t->entries);
    *t = (struct request_table){0};
}

static int fill(struct request_table *t, struct json_object *value, struct error *e)
{
    json_object_object_foreach(value, label, array)
    {
        struct label_wish *entry = &t->entries[t->n];

        /* null counts as absent, also in here */
        if (!array)
            continue;
        if (wishes_parse(&entry->wishes, array, label, e) < 0)
            return ERR_INVALID;
        entry->label = strdup(label);
        if (!entry->label)
            return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
        t->n++;
    }
    return 0;
}

int request_table_set(struct request_table *t, struct json_object *value, struct error *e)
{
    struct request_table fresh = {0};
    int r = 0, n;

    if (value) {
        if (!json_object_is_type(value, json_type_object))
            return error_set(e, ERR_INVALID, "request", "should be an object");
        n = json_object_object_length(value);
        if (n > REQUEST_LABELS_MAX)
            return error_set(e, ERR_TOO_LARGE, "request", "more than %d labels",
                             REQUEST_LABELS_MAX);
        fresh.entries = calloc((size_t)n + 1, sizeof *fresh.entries);
        if (!fresh.entries)
            return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
        r = fill(&fresh, value, e);
    }
    if (r < 0) {
        request_table_release(&fresh);
        return r;
    }
    request_table_release(t);
    *t = fresh;
    return 0;
}

int request_table_set_one(struct request_table *t, const char *label, unsigned wishes)
{
    struct request_table fresh = {.entries = calloc(1, sizeof *fresh.entries), .n = 1};

    if (!fresh.entries)
        return ERR_NO_MEMORY;
    fresh.entries[0] = (struct label_wish){strdup(label), wishes};
    if (!fresh.entries[0].label) {
        request_table_release(&fresh);
        return ERR_NO_MEMORY;
    }
    request_table_release(t);
    *t = fresh;
    return 0;
}

static const struct label_wish *find(const struct request_table *t, const char *label)
{
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->entries[i].label, label) == 0)
            return &t->entries[i];
    }
    return NULL;
}

unsigned request_table_wishes(const struct request_table *t, const char *label)
{
    const struct label_wish *entry = find(t, label);

    if (!entry)
        entry = find(t, "");
    return entry ? entry->wishes : 0;
}

size_t selection_make(struct track_selection *out, const struct track_info *tracks, size_t n,
                      unsigned wishes)
{
    size_t audio = n, first_video = n, last_video = n, n_video = 0, n_out = 0;

    for (size_t i = 0; i < n; i++) {
        if (tracks[i].kind == TRACK_AUDIO) {
            if (audio == n)
                audio = i;
            continue;
        }
        if (first_video == n)
            first_video = i;
        last_video = i;
        n_video++;
    }
    if ((wishes & WISH_AUDIO) && audio < n)
        out[n_out++] = (struct track_selection){.track = audio};
    if ((wishes & WISH_VIDEO) && first_video < n)
        out[n_out++] = (struct track_selection){.track = first_video};
    else if ((wishes & WISH_VIDEO_LOW) && last_video < n)
        out[n_out++] = (struct track_selection){.track = last_video, .lowest_layer = n_video == 1};
    return n_out;
}

bool selection_eq(const struct track_selection *a, size_t n_a, const struct track_selection *b,
                  size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++) {
        if (a[i].track != b[i].track || a[i].lowest_layer != b[i].lowest_layer)
            return false;
    }
    return true;
}
