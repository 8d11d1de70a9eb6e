/* Load on signalling alone: clients join, every group chats at a rate, all leave. One thread. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/now.h"
#include "tests/bench/chatload/chatter.h"
#include "tests/bench/chatload/health.h"
#include "tests/bench/chatload/options.h"
#include "tests/bench/loadgen/figures.h"
#include "tests/bench/loadgen/process_usage.h"

#define PHASE_MAX_US (120 * US_PER_S)
#define DRAIN_US (10 * US_PER_S)
#define QUIET_US (300 * US_PER_MS)
#define NAP_NS 200000

enum phase { PHASE_JOIN, PHASE_CHAT, PHASE_LEAVE, PHASES };
static const char *const phase_names[PHASES] = {"join", "chat", "leave"};

struct measure {
    int64_t took_us;
    uint64_t messages; /* received by the clients meanwhile */
    struct process_usage before[PIDS_MAX], after[PIDS_MAX];
    double self_s;
    struct health health;
};

struct run {
    struct options options;
    struct link_loop *links;
    struct chatter *chatters;
    struct tally tally;
    uint64_t said, expected;
    struct measure phases[PHASES];
    int64_t began_us;
    double self_began_s;
    struct error e;
};

static void read_health(struct run *run, struct health *into)
{
    if (run->options.control && health_read(into, run->options.control, &run->e) < 0)
        *into = (struct health){-1, -1};
}

static void begin(struct run *run, enum phase phase)
{
    struct measure *m = &run->phases[phase];

    read_health(run, &m->health);
    process_usage_read_all(m->before, run->options.target.pids, run->options.target.n_pids);
    m->messages = run->tally.messages;
    run->self_began_s = process_usage_own_s();
    run->began_us = now_monotonic_us();
}

static void end(struct run *run, enum phase phase)
{
    struct measure *m = &run->phases[phase];

    m->took_us = now_monotonic_us() - run->began_us;
    m->self_s = process_usage_own_s() - run->self_began_s;
    m->messages = run->tally.messages - m->messages;
    process_usage_read_all(m->after, run->options.target.pids, run->options.target.n_pids);
    read_health(run, &m->health);
}

/* @return now */
static int64_t turn(struct run *run)
{
    static const struct timespec nap = {0, NAP_NS};
    uint64_t before = run->tally.messages;

    link_loop_service(run->links);
    if (run->tally.messages == before)
        nanosleep(&nap, NULL);
    return now_monotonic_us();
}

static bool join_all(struct run *run)
{
    const struct options *o = &run->options;
    unsigned started = 0;
    int64_t now_us;

    begin(run, PHASE_JOIN);
    do {
        now_us = now_monotonic_us();
        while (started < o->clients && started - run->tally.joined < o->at_once) {
            if (chatter_start(&run->chatters[started++], run->links, now_us) < 0)
                return false;
        }
        now_us = turn(run);
    } while (run->tally.joined < o->clients && run->tally.failed == 0 &&
             now_us - run->began_us < PHASE_MAX_US);
    end(run, PHASE_JOIN);
    return run->tally.joined == o->clients;
}

/* What joining set going reaches everybody before the chat begins. */
static void settle(struct run *run)
{
    int64_t now_us = now_monotonic_us(), heard_us = now_us;

    while (now_us - heard_us < QUIET_US && run->tally.failed == 0) {
        uint64_t before = run->tally.messages;

        now_us = turn(run);
        if (run->tally.messages != before)
            heard_us = now_us;
    }
}

/* Clients of one group are those whose number leaves the same rest. */
static unsigned members_of(const struct options *o, unsigned group)
{
    return (o->clients - group - 1) / o->groups + 1;
}

static void chat(struct run *run)
{
    const struct options *o = &run->options;
    uint64_t due = 0;
    int64_t now_us, end_us;

    begin(run, PHASE_CHAT);
    now_us = run->began_us;
    end_us = now_us + o->target.seconds * US_PER_S;
    while (now_us < end_us && run->tally.failed == 0) {
        due = (uint64_t)(now_us - run->began_us) * o->rate * o->talking / US_PER_S;
        for (; run->said < due; run->said++) {
            unsigned group = (unsigned)(run->said % o->talking), n = members_of(o, group);
            unsigned speaker = (unsigned)(run->said / o->talking % n);

            chatter_say(&run->chatters[group + speaker * o->groups], o->size, now_monotonic_us());
            run->expected += n;
        }
        now_us = turn(run);
    }
    while (run->tally.heard < run->expected && run->tally.failed == 0 && now_us - end_us < DRAIN_US)
        now_us = turn(run);
    end(run, PHASE_CHAT);
}

static void leave_all(struct run *run)
{
    int64_t now_us;

    begin(run, PHASE_LEAVE);
    for (unsigned i = 0; i < run->options.clients; i++)
        chatter_leave(&run->chatters[i]);
    do
        now_us = turn(run);
    while (run->tally.left < run->options.clients && run->tally.failed == 0 &&
           now_us - run->began_us < PHASE_MAX_US);
    end(run, PHASE_LEAVE);
}

/* ---- the report ---- */

static struct json_object *describe(const struct run *run, enum phase phase)
{
    const struct measure *m = &run->phases[phase];
    struct json_object *o = json_object_new_object(), *all = json_object_new_array();
    double seconds = (double)m->took_us / 1e6;

    figure_rounded(o, "seconds", seconds);
    figure_int(o, "messages", (int64_t)m->messages);
    figure_rounded(o, "messages_per_s", seconds > 0 ? (double)m->messages / seconds : 0);
    if (run->options.control) {
        figure_int(o, "longest_step_us", m->health.longest_step_us);
        figure_int(o, "longest_delay_us", m->health.longest_delay_us);
    }
    for (size_t i = 0; i < run->options.target.n_pids; i++) {
        struct json_object *p = json_object_new_object();
        double used_s = m->after[i].cpu_s - m->before[i].cpu_s;

        json_object_object_add(p, "name", json_object_new_string(m->after[i].name));
        figure_rounded(p, "cpu_s", used_s);
        figure_rounded(p, "us_per_message", m->messages ? used_s * 1e6 / (double)m->messages : 0);
        figure_rounded(p, "rss_mb", m->after[i].rss_mb);
        figure_rounded(p, "rss_kb_per_client",
                       (m->after[i].rss_mb - run->phases[PHASE_JOIN].before[i].rss_mb) * 1024 /
                           run->options.clients);
        json_object_array_add(all, p);
    }
    json_object_object_add(o, "processes", all);
    figure_rounded(o, "chatload_busy", seconds > 0 ? m->self_s / seconds : 0);
    return o;
}

static void print(const struct run *run)
{
    const struct tally *t = &run->tally;
    struct json_object *o = json_object_new_object();
    double join_s = (double)run->phases[PHASE_JOIN].took_us / 1e6;

    figure_int(o, "groups", run->options.groups);
    figure_int(o, "clients", run->options.clients);
    figure_int(o, "joined", t->joined);
    figure_int(o, "left", t->left);
    if (t->failed > 0)
        json_object_object_add(o, "failure", json_object_new_string(t->why));
    figure_rounded(o, "joins_per_s", join_s > 0 ? t->joined / join_s : 0);
    figure_int(o, "join_p50_us", histogram_percentile(&t->join_us, 0.50));
    figure_int(o, "join_p99_us", histogram_percentile(&t->join_us, 0.99));
    figure_int(o, "said", (int64_t)run->said);
    figure_int(o, "delivered", (int64_t)t->heard);
    figure_int(o, "lost", (int64_t)(run->expected - t->heard));
    figure_int(o, "chat_p50_us", histogram_percentile(&t->chat_us, 0.50));
    figure_int(o, "chat_p99_us", histogram_percentile(&t->chat_us, 0.99));
    figure_int(o, "chat_max_us", t->chat_us.max_us);
    for (unsigned i = 0; i < PHASES; i++)
        json_object_object_add(o, phase_names[i], describe(run, (enum phase)i));
    printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
    json_object_put(o);
}

static int set_up(struct run *run)
{
    static const struct link_events events = {chatter_opened, chatter_message, chatter_closed};
    const struct options *o = &run->options;
    int r = link_loop_new(&run->links, o->target.url, &events, &run->e);

    if (r < 0)
        return r;
    run->chatters = calloc(o->clients, sizeof *run->chatters);
    if (!run->chatters)
        return error_set(&run->e, ERR_NO_MEMORY, NULL, "no memory");
    for (unsigned i = 0; i < o->clients; i++) {
        struct chatter *c = &run->chatters[i];

        c->tally = &run->tally;
        c->password = o->target.password;
        snprintf(c->id, sizeof c->id, "chatload-%d-%u", (int)getpid(), i);
        snprintf(c->username, sizeof c->username, "load%u", i);
        if (o->groups > 1)
            snprintf(c->group, sizeof c->group, "%s/%u", o->target.group, i % o->groups);
        else
            snprintf(c->group, sizeof c->group, "%s", o->target.group);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct run run = {0};
    int status = options_parse(&run.options, argc, argv);
    char text[320];
    bool good;

    if (status != 0)
        return status;
    if (set_up(&run) < 0) {
        fprintf(stderr, "chatload: %s\n", error_describe(&run.e, text, sizeof text));
        link_loop_free(run.links);
        free(run.chatters);
        return 1;
    }
    if (join_all(&run)) {
        settle(&run);
        chat(&run);
        leave_all(&run);
    }
    print(&run);
    good = run.tally.failed == 0 && run.tally.left == run.options.clients &&
           run.tally.heard == run.expected;
    link_loop_free(run.links);
    free(run.chatters);
    return good ? 0 : 1;
}
