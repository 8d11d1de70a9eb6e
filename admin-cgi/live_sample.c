#include "admin-cgi/live_sample.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/control_client.h"
#include "admin-cgi/live_board.h"
#include "admin-cgi/say.h"
#include "common/log.h"
#include "common/macros.h"

#define PATH "/v0/live"
#define PAGE_WAIT_US (CONTROL_PAGE_WAIT_MS * US_PER_MS)
#define KEEPER_WAIT_US US_PER_S
#define ASK_MIN_US (20 * US_PER_MS) /* with less time left nobody begins to ask */

static const struct log_ctx ctx = {.room = "live"};

struct live_sampler {
    struct live_board *board;
    struct control_client *client;
    struct json_object *document; /* of `number`, parsed */
    uint64_t number;
    int64_t asked_us; /* monotonic, when mediad was asked for it */
};

int live_sampler_new(struct live_sampler **out, struct live_board *board,
                     struct control_client *client)
{
    struct live_sampler *s = calloc(1, sizeof *s);

    if (!s)
        return ERR_NO_MEMORY;
    s->board = board;
    s->client = client;
    *out = s;
    return 0;
}

void live_sampler_free(struct live_sampler *s)
{
    if (!s)
        return;
    json_object_put(s->document);
    free(s);
}

/* Parse what is on the board, unless that is what is parsed already. */
static void follow(struct live_sampler *s)
{
    int64_t asked_us;
    uint64_t number = live_board_look(s->board, &asked_us);
    struct json_object *document = NULL;
    struct buf text = {0};
    struct error e = {0};

    if (number == s->number && number)
        return;
    number = live_board_copy(s->board, &text, &asked_us);
    if (number && (buf_check(&text) < 0 || control_parse(&document, buf_span(&text), &e) < 0)) {
        log_warn(&ctx, "mediad's sample cannot be read: %s %s", e.place, e.text);
        number = 0;
    }
    buf_release(&text);
    json_object_put(s->document);
    s->document = document;
    s->number = number;
    s->asked_us = asked_us;
}

static bool is_there(struct live_sampler *s, int64_t not_before_us)
{
    int64_t asked_us;

    return live_board_look(s->board, &asked_us) && asked_us >= not_before_us;
}

/* The caller holds the board's asking lock. */
static void ask(struct live_sampler *s, enum control_asker asker, int64_t wait_us)
{
    int64_t asked_us = now_monotonic_us();
    struct buf text = {0};
    struct error e = {0};
    int r = control_ask(s->client, PATH, asker, wait_us / US_PER_MS, &text, &e);

    if (r == 0)
        r = buf_check(&text);
    if (r == 0)
        r = live_board_put(s->board, buf_span(&text), asked_us);
    if (r < 0 && r != ERR_UNAVAILABLE)
        log_warn(&ctx, "no sample of mediad: %s", e.code ? e.text : err_text(r));
    buf_release(&text);
}

static struct live_sample sample_of(struct live_sampler *s, int64_t not_before_us)
{
    int64_t now_us = now_monotonic_us();
    struct live_sample sample = {0};

    follow(s);
    sample.document = s->document;
    sample.groups = json_object_object_get(s->document, "groups");
    if (!json_object_is_type(sample.groups, json_type_array))
        sample.groups = NULL;
    sample.number = s->number;
    sample.age_us = s->number && now_us > s->asked_us ? now_us - s->asked_us : 0;
    sample.is_fresh =
        sample.groups && s->asked_us >= not_before_us && !live_board_hangs(s->board, now_us);
    sample.is_old = !sample.groups || sample.age_us > LIVE_SAMPLE_OLD_US;
    return sample;
}

struct live_sample live_sample_get(struct live_sampler *s, int64_t max_age_us)
{
    int64_t begun_us = now_monotonic_us();
    int64_t not_before_us = begun_us - max_age_us;
    int64_t left_us;

    if (is_there(s, not_before_us) || live_board_hangs(s->board, begun_us) ||
        !live_board_begin(s->board, PAGE_WAIT_US))
        return sample_of(s, not_before_us);
    left_us = begun_us + PAGE_WAIT_US - now_monotonic_us();
    if (!is_there(s, not_before_us) && left_us >= ASK_MIN_US)
        ask(s, CONTROL_PAGE, left_us);
    live_board_end(s->board);
    return sample_of(s, not_before_us);
}

struct live_sample live_sample_take(struct live_sampler *s)
{
    int64_t begun_us = now_monotonic_us();

    if (live_board_begin(s->board, KEEPER_WAIT_US)) {
        if (!is_there(s, begun_us))
            ask(s, CONTROL_KEEPER, KEEPER_WAIT_US);
        live_board_end(s->board);
    }
    return sample_of(s, begun_us);
}

static int by_name(const void *a, const void *b)
{
    struct json_object *const *x = a, *const *y = b;
    const char *left = json_object_get_string(json_object_object_get(*x, "name"));
    const char *right = json_object_get_string(json_object_object_get(*y, "name"));

    return strcmp(left ? left : "", right ? right : "");
}

struct json_object *live_sample_group(struct json_object *groups, const char *name)
{
    struct json_object *key, *found = NULL;

    if (!groups || !name)
        return NULL;
    key = json_object_new_object();
    if (key && json_object_object_add(key, "name", json_object_new_string(name)) == 0)
        found = json_object_array_bsearch(key, groups, by_name);
    json_object_put(key);
    return found;
}

static int by_text(const void *a, const void *b)
{
    struct json_object *const *x = a, *const *y = b;

    return strcmp(json_object_get_string(*x), json_object_get_string(*y));
}

bool live_sample_is_autolocked(const struct live_sample *sample, const char *name)
{
    struct json_object *names = json_object_object_get(sample->document, "autolocked");
    struct json_object *key;
    bool found;

    if (!json_object_is_type(names, json_type_array))
        return false;
    key = json_object_new_string(name);
    found = key && json_object_array_bsearch(key, names, by_text);
    json_object_put(key);
    return found;
}

const char *live_sample_age_text(struct arena *a, int64_t age_us)
{
    static const struct {
        int64_t seconds;
        const char *many, *one;
    } units[] = {{3600, TEXT("{n} hours"), "{n} hour"}, {60, TEXT("{n} minutes"), "{n} minute"}};
    int64_t seconds = age_us / US_PER_S;

    for (size_t i = 0; i < LENGTH(units); i++) {
        int64_t n = seconds / units[i].seconds;

        if (n > 0)
            return say_count(a, units[i].many, units[i].one, (uint64_t)n);
    }
    return say_count(a, "{n} seconds", "{n} second", (uint64_t)(seconds > 0 ? seconds : 0));
}
