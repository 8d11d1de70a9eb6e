#include "tests/bench/relay/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "common/span.h"

#define PROBLEM_SIZE 320

static const char usage[] =
    "relay --to ADDRESS:PORT [--listen 127.0.0.1:0] [--seed 1] [--control]\n"
    "       [--down [SECONDS:]SETTINGS]... [--up [SECONDS:]SETTINGS]...\n"
    "Passes UDP datagrams between clients that talk to the listening port and a server, over a "
    "bad\n"
    "line. Each client's address gets a socket of its own towards the server.\n"
    "  SETTINGS  rate=400k,queue=200,burst=0,delay=0,jitter=0,loss=0,reorder=0,hold=10 or clear:\n"
    "            bit/s with k or M, milliseconds, percent, bytes of a burst; what is left out has\n"
    "            no effect (but for queue and hold, whose defaults stand above)\n"
    "  SECONDS   since the start, from when on they replace the direction's earlier ones\n"
    "  --control reads \"down SETTINGS\" and \"up SETTINGS\" by line on standard input, effective "
    "at\n"
    "            once; its end ends the relay\n"
    "Says \"ready: ADDRESS:PORT\"; at its end (SIGTERM, SIGINT) one JSON object of what passed.\n";

static int refuse(const char *problem)
{
    fprintf(stderr, "relay: %s\nusage: %s", problem, usage);
    return 2;
}

/* IPv4 or [IPv6], colon, port. */
static bool read_address(const char *text, bool may_be_any_port, struct net_address *out)
{
    char ip[NET_ADDRESS_TEXT_SIZE];
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    uint64_t port;

    if (!colon || len >= sizeof ip || !span_u64(span_str(colon + 1), &port) || port > UINT16_MAX ||
        (port == 0 && !may_be_any_port))
        return false;
    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    memcpy(ip, text, len);
    ip[len] = '\0';
    if (!net_address_parse(out, ip))
        return false;
    out->port = (uint16_t)port;
    return true;
}

static bool add_change(struct options *o, enum direction direction, const char *text, char *problem)
{
    struct change change = {.direction = direction};
    const char *settings = strchr(text, ':');

    if (o->n_changes == CHANGES_MAX) {
        snprintf(problem, PROBLEM_SIZE, "over %d changes", CHANGES_MAX);
        return false;
    }
    if (settings) {
        uint64_t seconds;

        if (!span_u64(span_of(text, (size_t)(settings - text)), &seconds) || seconds > 1000000) {
            snprintf(problem, PROBLEM_SIZE, "\"%.100s\" begins with no number of seconds", text);
            return false;
        }
        change.at_us = (int64_t)seconds * US_PER_S;
    }
    if (!line_settings_parse(&change.settings, settings ? settings + 1 : text, problem,
                             PROBLEM_SIZE))
        return false;
    unsigned at = o->n_changes++;

    for (; at > 0 && o->changes[at - 1].at_us > change.at_us; at--)
        o->changes[at] = o->changes[at - 1];
    o->changes[at] = change;
    return true;
}

bool change_parse(struct change *out, const char *text, char *problem, size_t problem_size)
{
    struct change change = {0};

    if (strncmp(text, "down ", 5) == 0) {
        change.direction = DIRECTION_DOWN;
        text += 5;
    } else if (strncmp(text, "up ", 3) == 0) {
        change.direction = DIRECTION_UP;
        text += 3;
    } else {
        snprintf(problem, problem_size, "\"%.100s\" begins with neither up nor down", text);
        return false;
    }
    if (!line_settings_parse(&change.settings, text, problem, problem_size))
        return false;
    *out = change;
    return true;
}

int options_parse(struct options *o, int argc, char **argv)
{
    static const struct option names[] = {
        {"listen", required_argument, NULL, 'l'}, {"to", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 's'},   {"down", required_argument, NULL, 'd'},
        {"up", required_argument, NULL, 'u'},     {"help", no_argument, NULL, 'h'},
        {"control", no_argument, NULL, 'c'},      {0},
    };
    char problem[PROBLEM_SIZE] = "an option is not understood";
    int c;

    *o = (struct options){.seed = 1};
    (void)read_address("127.0.0.1:0", true, &o->listen);
    opterr = 0;
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (c == 'l' && !read_address(optarg, true, &o->listen))
            return refuse("--listen needs ADDRESS:PORT");
        if (c == 't' && !read_address(optarg, false, &o->to))
            return refuse("--to needs ADDRESS:PORT");
        if (c == 's' && !span_u64(span_str(optarg), &o->seed))
            return refuse("--seed needs a number");
        if (c == 'c')
            o->has_control = true;
        if (c == 'h') {
            fputs(usage, stdout);
            exit(0);
        }
        if (c == '?' || ((c == 'd' || c == 'u') &&
                         !add_change(o, c == 'd' ? DIRECTION_DOWN : DIRECTION_UP, optarg, problem)))
            return refuse(problem);
    }
    if (optind < argc)
        return refuse("an option is not understood");
    if (!o->to.family)
        return refuse("--to is needed");
    return 0;
}
