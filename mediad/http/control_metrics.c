#include "mediad/http/control_metrics.h"

#include <unistd.h>

#include "common/macros.h"
#include "common/process_metrics.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/rtc/media_stats.h"
#include "mediad/signal/recorder.h"

static const struct metric_family connections = {"websocket_connections_total", METRIC_COUNTER,
                                                 "WebSocket connections that were made.", NULL};
static const struct metric_family messages = {"websocket_messages_total", METRIC_COUNTER,
                                              "Messages of the protocol.", "direction"};
static const struct metric_family chats = {"chat_messages_total", METRIC_COUNTER,
                                           "Chat messages that members sent.", NULL};
static const struct metric_family joins = {
    "joins_total", METRIC_COUNTER, "Wishes to join a group, by what became of them.", "result"};
static const struct metric_family kicks = {"kicks_total", METRIC_COUNTER,
                                           "Members who were sent out of a group.", NULL};
static const struct metric_family recordings = {"recordings_started_total", METRIC_COUNTER,
                                                "Recordings of groups that were started.", NULL};
static const struct metric_family recordings_failed = {
    "recordings_failed_total", METRIC_COUNTER,
    "Recordings of groups that could not go on: disk full, quota, a file that cannot be written.",
    NULL};
static const struct metric_family groups_recorded = {"groups_recorded", METRIC_GAUGE,
                                                     "Groups that are recorded.", NULL};
static const struct metric_family streams_recorded = {"streams_recorded", METRIC_GAUGE,
                                                      "Streams of which a file is written.", NULL};
static const struct metric_family dropped = {"websocket_dropped_total", METRIC_COUNTER,
                                             "WebSocket connections that mediad ended, by reason.",
                                             "reason"};
static const struct metric_family present = {"websocket_connections", METRIC_GAUGE,
                                             "WebSocket connections, in a group or not.", "state"};
static const struct metric_family clients = {"clients", METRIC_GAUGE, "People in groups.", NULL};
static const struct metric_family clients_peak = {
    "clients_peak", METRIC_GAUGE, "Most people in groups, and viewers, at once since the start.",
    NULL};
static const struct metric_family viewers = {"viewers", METRIC_GAUGE, "Players that watch (WHEP).",
                                             NULL};
static const struct metric_family groups_live = {"groups_live", METRIC_GAUGE,
                                                 "Groups with people in them.", NULL};

static const struct counter_row {
    const char *json; /* name in the health document */
    const struct metric_family *family;
    const char *label;
    size_t offset; /* of a uint64_t in struct signal_counters */
} rows[] = {
    {"connections", &connections, NULL, offsetof(struct signal_counters, connections)},
    {"messagesIn", &messages, "in", offsetof(struct signal_counters, messages_in)},
    {"messagesOut", &messages, "out", offsetof(struct signal_counters, messages_out)},
    {"chats", &chats, NULL, offsetof(struct signal_counters, chats)},
    {"joins", &joins, "ok", offsetof(struct signal_counters, joins)},
    {"joinsRefused", &joins, "refused", offsetof(struct signal_counters, joins_refused)},
    {"kicks", &kicks, NULL, offsetof(struct signal_counters, kicks)},
    {"recordings", &recordings, NULL, offsetof(struct signal_counters, recordings)},
    {"recordingsFailed", &recordings_failed, NULL,
     offsetof(struct signal_counters, recordings_failed)},
    {"droppedSlow", &dropped, "slow", offsetof(struct signal_counters, dropped_slow)},
    {"droppedSilent", &dropped, "silent", offsetof(struct signal_counters, dropped_silent)},
    {"droppedRate", &dropped, "rate", offsetof(struct signal_counters, dropped_rate)},
    {"droppedCrowd", &dropped, "crowd", offsetof(struct signal_counters, dropped_crowd)},
    {"protocolErrors", &dropped, "protocol", offsetof(struct signal_counters, protocol_errors)},
};

static uint64_t counter(const struct signal_counters *c, const struct counter_row *row)
{
    return *(const uint64_t *)((const char *)c + row->offset);
}

struct json_object *control_counters(const struct signal_env *env)
{
    struct json_object *json = json_object_new_object();

    for (size_t i = 0; json && i < LENGTH(rows); i++)
        json_object_object_add(json, rows[i].json,
                               json_object_new_int64((int64_t)counter(&env->counters, &rows[i])));
    return json;
}

static void add_gauges(struct metric_set *set, const struct signal_env *env)
{
    size_t n_live = 0, n_viewers = 0, n_recorded = 0, n_streams = 0;
    struct group_recording recording;

    LIST_EACH (const struct live_group, g, &env->registry->groups, in_registry) {
        n_live += g->n_members > 0;
        n_viewers += g->n_viewers;
        n_recorded += group_recorder_state(g, &recording);
        n_streams += recording.n_streams;
    }
    metric_set_add(set, &groups_recorded, NULL, (double)n_recorded);
    metric_set_add(set, &streams_recorded, NULL, (double)n_streams);
    metric_set_add(set, &groups_live, NULL, (double)n_live);
    metric_set_add(set, &clients, NULL, (double)(env->registry->n_members - n_viewers));
    metric_set_add(set, &viewers, NULL, (double)n_viewers);
    metric_set_add(set, &clients_peak, NULL, (double)env->counters.members_peak);
    metric_set_add(set, &present, "joined", (double)env->census.n_in[CENSUS_JOINED]);
    metric_set_add(set, &present, "unjoined", (double)census_count_unjoined(&env->census));
}

void control_metrics(struct exchange *x)
{
    const struct signal_env *env = x->server->env;
    struct metric_set set = {0};

    process_metrics_add(&set, "mediad", getpid());
    for (size_t i = 0; i < LENGTH(rows); i++)
        metric_set_add(&set, rows[i].family, rows[i].label,
                       (double)counter(&env->counters, &rows[i]));
    add_gauges(&set, env);
    media_metrics(env->media, &set);
    buf_clear(&x->answer);
    if (metric_set_write(&set, &x->answer) < 0)
        x->answer.bad = true; /* answers 503 */
    metric_set_release(&set);
    exchange_header(x, "cache-control:", "no-store");
    exchange_answer(x, 200, "text/plain; version=0.0.4; charset=utf-8");
}
