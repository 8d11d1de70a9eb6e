#include "tests/bench/loadgen/report.h"

#include <stdio.h>

#include "tests/bench/loadgen/figures.h"

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

static const char *first_failure(const struct run *run)
{
    for (unsigned i = 0; i < run->n_clients; i++) {
        if (run->clients[i].has_failed)
            return run->clients[i].why;
        for (const struct peer *p = run->clients[i].peers; p; p = p->next) {
            if (p->state == PEER_FAILED && !peer_is_impostor(p))
                return p->why;
        }
    }
    return "";
}

static struct json_object *describe_processes(const struct run *run, uint64_t packets)
{
    struct json_object *all = json_object_new_array();

    for (size_t i = 0; i < run->options.target.n_pids; i++) {
        struct json_object *o = json_object_new_object();
        double used_s = run->after[i].cpu_s - run->before[i].cpu_s;

        figure_int(o, "pid", (int64_t)run->options.target.pids[i]);
        json_object_object_add(o, "name", json_object_new_string(run->after[i].name));
        figure_rounded(o, "cpu_s", used_s);
        figure_rounded(o, "us_per_packet", packets ? used_s * 1e6 / (double)packets : 0);
        figure_rounded(o, "rss_mb", run->after[i].rss_mb);
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

void run_print(const struct run *run, uint64_t packets, bool all_connected)
{
    struct json_object *o = json_object_new_object();
    struct connected n = run_connected(run);
    double seconds = (double)(run->ended_us - run->started_us) / 1e6;
    double self_s = run->self_after_s - run->self_before_s;

    figure_int(o, "publishers", run->options.publishers);
    figure_int(o, "subscribers", run->options.subscribers);
    figure_int(o, "streams_wanted",
               (int64_t)run->options.publishers * (run->options.subscribers + 1));
    figure_int(o, "streams_connected", n.up + n.down);
    if (!all_connected)
        json_object_object_add(o, "failure", json_object_new_string(first_failure(run)));
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
    json_object_object_add(o, "processes", describe_processes(run, packets));
    figure_rounded(o, "loadgen_busy", seconds > 0 ? self_s / seconds : 0);
    printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
    json_object_put(o);
}
