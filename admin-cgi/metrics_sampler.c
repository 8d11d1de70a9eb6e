#include "admin-cgi/metrics_sampler.h"

#include "admin-cgi/app.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/metrics_db.h"
#include "common/log.h"
#include "common/now.h"

static const struct log_ctx ctx = {.room = "metrics"};

static int64_t number(struct json_object *o, const char *name)
{
    return json_object_get_int64(json_object_object_get(o, name));
}

static int64_t number_of(struct json_object *o, const char *family, const char *label)
{
    return number(json_object_object_get(o, family), label);
}

/* Thousandths of all workers together. */
static int64_t busy(struct json_object *media)
{
    struct json_object *ratios = json_object_object_get(media, "worker_busy_ratio");
    size_t n = json_object_is_type(ratios, json_type_array) ? json_object_array_length(ratios) : 0;
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += json_object_get_double(json_object_array_get_idx(ratios, i));
    return n && sum > 0 ? (int64_t)(sum * 1000 / (double)n + 0.5) : 0;
}

static int64_t rate_bits(int64_t bytes, int64_t before, int64_t took_us)
{
    return (int64_t)((double)(bytes - before) * 8 * US_PER_S / (double)took_us);
}

bool metrics_sampler_read(struct metrics_sampler *s, struct json_object *health, int64_t mono_us,
                          struct metrics_sample *out)
{
    struct json_object *media = json_object_object_get(health, "media");
    const struct metrics_sampler before = *s;
    int64_t took_us = mono_us - before.at_us;
    bool same;

    if (!json_object_is_type(media, json_type_object))
        return false;
    *s = (struct metrics_sampler){
        .at_us = mono_us,
        .run = number(health, "pid"),
        .bytes_in = number_of(media, "rtp_bytes_total", "in"),
        .bytes_out = number_of(media, "rtp_bytes_total", "out"),
        .packets_in = number_of(media, "rtp_packets_total", "in"),
        .lost = number_of(media, "rtp_lost_total", "in"),
    };
    same = before.at_us && s->run == before.run && took_us > 0 && s->bytes_in >= before.bytes_in &&
           s->bytes_out >= before.bytes_out && s->packets_in >= before.packets_in &&
           s->lost >= before.lost;
    if (!same)
        return false;
    out->value[METRIC_PEOPLE] = number(health, "members");
    out->value[METRIC_UP] = number_of(media, "streams", "up");
    out->value[METRIC_DOWN] = number_of(media, "streams", "down");
    out->value[METRIC_BITS_IN] = rate_bits(s->bytes_in, before.bytes_in, took_us);
    out->value[METRIC_BITS_OUT] = rate_bits(s->bytes_out, before.bytes_out, took_us);
    out->value[METRIC_CPU] = busy(media);
    out->lost = s->lost - before.lost;
    out->expected = out->lost + s->packets_in - before.packets_in;
    return true;
}

/* What mediad says of each member's streams; of who has none it says nothing. */
static void add_clients(struct group_sample *g, struct json_object *clients)
{
    size_t n =
        json_object_is_type(clients, json_type_array) ? json_object_array_length(clients) : 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *quality =
            json_object_object_get(json_object_array_get_idx(clients, i), "quality");
        double loss = json_object_get_double(json_object_object_get(quality, "loss"));
        int64_t loss_ppm = loss > 0 && loss <= 1 ? (int64_t)(loss * 1e6 + 0.5) : 0;

        if (!quality)
            continue;
        g->up += number(quality, "streams");
        g->down += number(quality, "received");
        g->bits_in += number(quality, "up");
        g->bits_out += number(quality, "down");
        g->measured++;
        g->lost += loss_ppm;
        if (loss_ppm > g->loss_max)
            g->loss_max = loss_ppm;
    }
}

void metrics_sampler_read_groups(struct json_object *groups, struct arena *a,
                                 struct metrics_sample *out)
{
    size_t n = json_object_is_type(groups, json_type_array) ? json_object_array_length(groups) : 0;
    struct group_sample *list = arena_array(a, n ? n : 1, sizeof *list);
    int64_t people = 0;

    out->groups = list;
    out->n_groups = 0;
    for (size_t i = 0; list && i < n; i++) {
        struct json_object *group = json_object_array_get_idx(groups, i);
        struct group_sample g = {
            .name = json_object_get_string(json_object_object_get(group, "name")),
            .people = number(group, "members"),
        };

        if (!g.name || !*g.name || g.people <= 0)
            continue;
        add_clients(&g, json_object_object_get(group, "clients"));
        list[out->n_groups++] = g;
        people += g.people;
    }
    out->value[METRIC_GROUPS] = (int64_t)out->n_groups;
    out->value[METRIC_PEOPLE] = people;
}

static int keep(struct app *app, const struct metrics_sample *sample, struct error *e)
{
    const struct metrics_kept kept = {.days = site_number(app->db, SITE_KEEP_USAGE),
                                      .group_days = site_number(app->db, SITE_KEEP_GROUP_USAGE)};
    struct db *db = NULL;
    int r = metrics_db_writer(app->metrics, &db, e);

    if (r == 0)
        r = store_metrics_add(db, sample, e);
    if (r == 0)
        r = store_metrics_purge(db, &kept, sample->at_us, e);
    if (r == ERR_DAMAGED) {
        log_warn(&ctx, "data/metrics.db is damaged; it is moved aside and begun anew");
        metrics_db_give_up(app->metrics);
    }
    return r;
}

void metrics_sampler_run(struct metrics_sampler *s, struct app *app, const struct live_sample *live,
                         int64_t now_us, int64_t mono_us)
{
    struct json_object *health = json_object_object_get(live->document, "health");
    struct metrics_sample sample = {.at_us = now_us};
    struct arena a = {0};
    struct error e = {0};

    /* The keeper comes a little late, never early. */
    if (!live->is_fresh || mono_us - s->at_us < METRICS_SAMPLE_S * US_PER_S - US_PER_S ||
        !metrics_sampler_read(s, health, mono_us - live->age_us, &sample))
        return;
    metrics_sampler_read_groups(live->groups, &a, &sample);
    if (a.bad)
        log_warn(&ctx, "no memory for a sample");
    else if (keep(app, &sample, &e) < 0)
        log_warn(&ctx, "a sample was not kept: %s", e.text);
    arena_release(&a);
}
