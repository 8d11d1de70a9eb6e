#include "admin-cgi/network/browser_test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin-cgi/store/store_setting.h"
#include "common/macros.h"

/* Beside what administrators set; the text is WORD and the round trip in ms. */
#define KEY "network.browser-test"

static const char *const words[] = {
    [BROWSER_MEDIA_NONE] = "none",
    [BROWSER_MEDIA_SILENT] = "silent",
    [BROWSER_MEDIA_RELAY] = "relay",
    [BROWSER_MEDIA_UDP] = "udp",
};

bool browser_media_of(const char *word, enum browser_media *out)
{
    for (size_t i = 0; i < LENGTH(words); i++) {
        if (strcmp(words[i], word) == 0) {
            *out = (enum browser_media)i;
            return true;
        }
    }
    return false;
}

static struct browser_test parse(const struct setting *s)
{
    struct browser_test test = {.at_us = s->changed_us, .by = s->changed_by};
    char word[8] = "";

    if (!s->value || sscanf(s->value, "%7s %" SCNd64, word, &test.round_trip_ms) != 2 ||
        !browser_media_of(word, &test.media))
        return (struct browser_test){0};
    return test;
}

int browser_test_last(struct db *db, struct arena *a, struct browser_test *out, struct error *e)
{
    struct setting kept;
    int r = store_setting_find(db, a, KEY, &kept, e);

    if (r == 0)
        *out = parse(&kept);
    return r;
}

int browser_test_keep(struct db *db, const struct browser_test *test, const struct actor *actor,
                      struct error *e)
{
    struct arena a = {0};
    const char *text = arena_printf(&a, "%s %" PRId64, words[test->media], test->round_trip_ms);
    int r = text ? store_setting_note(db, KEY, text, actor, e)
                 : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");

    arena_release(&a);
    return r;
}
