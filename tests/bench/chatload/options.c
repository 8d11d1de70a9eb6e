#include "tests/bench/chatload/options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/span.h"

static int usage(const char *problem)
{
    fprintf(stderr,
            "chatload: %s\n"
            "usage: chatload --url wss://HOST:PORT/ws|unix:PATH --group NAME [--password P]\n"
            "       [--groups 1] [--clients 100] [--at-once 50] [--rate 10] [--size 60]\n"
            "       [--seconds 20] [--control PATH] [--pid PID]...\n",
            problem);
    return 2;
}

static bool number(const char *text, unsigned min, unsigned max, unsigned *out)
{
    uint64_t value;

    if (!span_u64(span_str(text), &value) || value < min || value > max)
        return false;
    *out = (unsigned)value;
    return true;
}

int options_parse(struct options *o, int argc, char **argv)
{
    enum { URL = 1, GROUP, PASSWORD, CONTROL, GROUPS, CLIENTS, AT_ONCE, RATE, SIZE, SECONDS, PID };
    static const struct option names[] = {
        {"url", 1, NULL, URL},         {"group", 1, NULL, GROUP},   {"password", 1, NULL, PASSWORD},
        {"control", 1, NULL, CONTROL}, {"groups", 1, NULL, GROUPS}, {"clients", 1, NULL, CLIENTS},
        {"at-once", 1, NULL, AT_ONCE}, {"rate", 1, NULL, RATE},     {"size", 1, NULL, SIZE},
        {"seconds", 1, NULL, SECONDS}, {"pid", 1, NULL, PID},       {0}};
    unsigned pid;
    bool ok = true;
    int c;

    *o = (struct options){.password = "",
                          .groups = 1,
                          .clients = 100,
                          .at_once = 50,
                          .rate = 10,
                          .size = 60,
                          .seconds = 20};
    while (ok && (c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case URL:
            o->url = optarg;
            break;
        case GROUP:
            o->group = optarg;
            break;
        case PASSWORD:
            o->password = optarg;
            break;
        case CONTROL:
            o->control = optarg;
            break;
        case GROUPS:
            ok = number(optarg, 1, 10000, &o->groups);
            break;
        case CLIENTS:
            ok = number(optarg, 1, 10000, &o->clients);
            break;
        case AT_ONCE:
            ok = number(optarg, 1, 10000, &o->at_once);
            break;
        case RATE:
            ok = number(optarg, 1, 100000, &o->rate);
            break;
        case SIZE:
            ok = number(optarg, 20, CHAT_SIZE_MAX, &o->size);
            break;
        case SECONDS:
            ok = number(optarg, 1, 3600, &o->seconds);
            break;
        case PID:
            ok = o->n_pids < PIDS_MAX && number(optarg, 1, 1 << 22, &pid);
            if (ok)
                o->pids[o->n_pids++] = (pid_t)pid;
            break;
        default:
            ok = false;
        }
    }
    if (!ok || optind < argc)
        return usage("an option is not understood");
    if (o->clients < o->groups)
        return usage("there are fewer clients than groups");
    return o->url && o->group ? 0 : usage("--url and --group are needed");
}
