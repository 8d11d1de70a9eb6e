#include "tests/bench/loadgen/report.h"

#include <stdio.h>

#include "tests/bench/loadgen/figures.h"

struct connected run_wanted(const struct run *run)
{
    const struct options *o = &run->options;
    struct connected n = {.up = o->publishers,
                          .down = (o->publishers + o->others) * o->subscribers};

    if (o->is_mesh && o->publishers > 0)
        n.down += o->publishers * (o->publishers - 1);
    return n;
}

struct connected run_connected(const struct run *run)
{
    struct connected n = {0};

    for (unsigned i = 0; i < run->n_clients; i++) {
        n.failed += run->clients[i].has_failed;
        for (const struct peer *p = run->clients[i].peers; p; p = p->next) {
            n.failed += p->state == PEER_FAILED && !peer_is_impostor(p);
            /* the server looks at certificates after its last message, which is our first news */
            if (p->state == PEER_CONNECTED && !peer_is_impostor(p))
                *(p->is_up ? &n.up : &n.down) += 1;
        }
    }
    return n;
}

/* Why not everybody was connected. */
static void describe_failure(const struct run *run, char *text, size_t size)
{
    struct connected wanted = run_wanted(run);
    unsigned n_peers = 0;

    for (unsigned i = 0; i < run->n_clients; i++) {
        if (run->clients[i].has_failed) {
            snprintf(text, size, "%s", run->clients[i].why);
            return;
        }
        for (const struct peer *p = run->clients[i].peers; p; p = p->next) {
            n_peers++;
            if (p->state == PEER_FAILED && !peer_is_impostor(p)) {
                snprintf(text, size, "%s", p->why);
                return;
            }
        }
    }
    snprintf(text, size, "too late: %u of %u streams were offered", n_peers,
             wanted.up + wanted.down);
}

static struct json_object *describe_processes(const struct run *run, uint64_t packets)
{
    struct json_object *all = json_object_new_array();

    for (size_t i = 0; i < run->options.target.n_pids; i++) {
        struct json_object *o = json_object_new_object();
        const struct process_usage *before = &run->before.processes[i];
        const struct process_usage *after = &run->after.processes[i];
        double used_s = after->cpu_s - before->cpu_s;

        figure_int(o, "pid", (int64_t)run->options.target.pids[i]);
        json_object_object_add(o, "name", json_object_new_string(after->name));
        figure_rounded(o, "cpu_s", used_s);
        figure_rounded(o, "us_per_packet", packets ? used_s * 1e6 / (double)packets : 0);
        figure_rounded(o, "waited_s", after->waited_s - before->waited_s);
        figure_rounded(o, "rss_mb", after->rss_mb);
        json_object_array_add(all, o);
    }
    return all;
}

static unsigned most_attempts(const struct run *run)
{
    unsigned most = 0;

    for (unsigned i = 0; i < run->n_clients; i++) {
        for (const struct peer *p = run->clients[i].peers; p; p = p->next)
            most = p->n_attempts > most ? p->n_attempts : most;
    }
    return most;
}

static void add_losses(const struct run *run, struct json_object *o)
{
    uint64_t expected = 0, lost = 0, repaired = 0, duplicates = 0, corrupt = 0, dropped = 0;

    for (unsigned i = 0; i < run->n_clients; i++) {
        for (const struct peer *p = run->clients[i].peers; p; p = p->next) {
            const struct receive_flow *flows[] = {&p->receive_video, &p->receive_audio};

            for (unsigned k = 0; k < 2 && !p->is_up; k++) {
                expected += receive_flow_expected(flows[k]);
                lost += receive_flow_lost(flows[k]);
                repaired += flows[k]->repaired;
                duplicates += flows[k]->duplicates;
                corrupt += flows[k]->corrupt;
                dropped += flows[k]->dropped_by_us;
            }
        }
    }
    figure_int(o, "expected", expected);
    figure_int(o, "lost", lost);
    figure_int(o, "corrupt", corrupt);
    figure_int(o, "dropped_on_purpose", dropped);
    figure_int(o, "repaired", repaired);
    figure_int(o, "duplicates", duplicates);
}

static struct json_object *describe_sizes(const struct pictures *p)
{
    struct json_object *o = json_object_new_object();
    uint64_t all = 0;

    for (unsigned i = 0; i < PICTURES_SIZES; i++)
        all += p->sizes[i].bytes;
    for (unsigned i = 0; i < PICTURES_SIZES && all > 0; i++) {
        char name[16];

        snprintf(name, sizeof name, "%u", p->sizes[i].width);
        if (p->sizes[i].width > 0)
            figure_rounded(o, name, 100 * (double)p->sizes[i].bytes / (double)all);
    }
    return o;
}

static struct json_object *describe_receiver(const struct run *run, const struct peer *p)
{
    struct json_object *o = json_object_new_object();
    const struct receive_flow *audio = &p->receive_audio;
    double seconds = (double)(run->ended_us - run->started_us) / 1e6;
    uint64_t expected = receive_flow_expected(audio) - audio->measured_expected;
    uint64_t unique = audio->unique - audio->measured_unique;

    json_object_object_add(o, "id", json_object_new_string(p->id));
    json_object_object_add(o, "feedback",
                           json_object_new_string(p->arrivals ? "transport-cc" : "remb"));
    figure_rounded(o, "received_kbps", (double)p->received_bytes * 8 / 1000 / seconds);
    if (audio->unique > 0)
        figure_rounded(o, "sound_lost_percent",
                       expected > unique ? 100 * (double)(expected - unique) / (double)expected
                                         : 0);
    figure_rounded(o, "pictures_per_s", (double)p->pictures->n_shown / seconds);
    figure_rounded(o, "longest_gap_ms",
                   (double)pictures_longest_us(p->pictures, run->ended_us) / 1000);
    json_object_object_add(o, "width_percent", describe_sizes(p->pictures));
    return o;
}

static struct json_object *describe_receivers(const struct run *run)
{
    struct json_object *all = json_object_new_array();

    for (unsigned i = 0; i < run->n_clients; i++) {
        for (const struct peer *p = run->clients[i].peers; p; p = p->next) {
            if (p->pictures)
                json_object_array_add(all, describe_receiver(run, p));
        }
    }
    return all;
}

/* Cores' worth of CPU in the run that neither we nor the measured processes used. */
static void add_machine(const struct run *run, struct json_object *o, double seconds)
{
    double own_s = run->after.own_s - run->before.own_s;
    double others_s = run->after.machine.busy_s - run->before.machine.busy_s - own_s;
    double stolen_s = run->after.machine.stolen_s - run->before.machine.stolen_s;

    for (size_t i = 0; i < run->options.target.n_pids; i++)
        others_s -= run->after.processes[i].cpu_s - run->before.processes[i].cpu_s;
    figure_rounded(o, "loadgen_busy", seconds > 0 ? own_s / seconds : 0);
    figure_rounded(o, "others_busy", seconds > 0 && others_s > 0 ? others_s / seconds : 0);
    figure_rounded(o, "stolen", seconds > 0 ? stolen_s / seconds : 0);
}

void run_print(const struct run *run, uint64_t packets, bool all_connected)
{
    struct json_object *o = json_object_new_object();
    struct connected n = run_connected(run);
    double seconds = (double)(run->ended_us - run->started_us) / 1e6;
    struct connected wanted = run_wanted(run);

    figure_int(o, "publishers", run->options.publishers);
    figure_int(o, "subscribers", run->options.subscribers);
    figure_int(o, "streams_wanted", wanted.up + wanted.down);
    figure_int(o, "streams_connected", n.up + n.down);
    if (!all_connected) {
        char text[320];

        describe_failure(run, text, sizeof text);
        json_object_object_add(o, "failure", json_object_new_string(text));
    }
    figure_rounded(o, "connected_ms", (double)run->connect_us / 1000);
    figure_rounded(o, "seconds", seconds);
    figure_int(o, "sent", run->traffic.sent);
    figure_int(o, "received", run->traffic.received);
    figure_int(o, "forwarded", packets);
    add_losses(run, o);
    figure_int(o, "latency_p50_us", (int64_t)histogram_percentile(&run->traffic.latency, 0.50));
    figure_int(o, "latency_p99_us", (int64_t)histogram_percentile(&run->traffic.latency, 0.99));
    figure_int(o, "latency_max_us", (int64_t)run->traffic.latency.max_us);
    figure_int(o, "keyframe_requests", run->traffic.keyframe_requests);
    figure_int(o, "nacked_upstream", run->traffic.nacks_received);
    figure_int(o, "attempts", most_attempts(run));
    if (run->traffic.has_skew)
        figure_rounded(o, "sender_report_skew_ms", (double)run->traffic.skew_max_us / 1000);
    if (run->options.prints_each && all_connected)
        json_object_object_add(o, "receivers", describe_receivers(run));
    json_object_object_add(o, "processes", describe_processes(run, packets));
    add_machine(run, o, seconds);
    printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
    json_object_put(o);
}
