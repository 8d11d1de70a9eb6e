#include "tests/bench/loadgen/options.h"

#include <getopt.h>
#include <stdio.h>

#include "common/span.h"

static int usage(const char *problem)
{
    fprintf(
        stderr,
        "loadgen: %s\n"
        "usage: loadgen --url wss://HOST:PORT/ws --group NAME [--password P]\n"
        "       [--publishers 1] [--subscribers 1] [--seconds 30] [--rate 1300000] [--pps 150]\n"
        "       [--audio] [--drop PERCENT] [--pli] [--local ADDRESS] [--pid PID]...\n",
        problem);
    return 2;
}

static bool number(const char *text, unsigned max, unsigned *out)
{
    uint64_t value;

    if (!span_u64(span_str(text), &value) || value > max)
        return false;
    *out = (unsigned)value;
    return true;
}

int options_parse(struct options *o, int argc, char **argv)
{
    enum {
        URL = 1,
        GROUP,
        PASSWORD,
        LOCAL,
        PUBLISHERS,
        SUBSCRIBERS,
        SECONDS,
        RATE,
        PPS,
        DROP,
        AUDIO,
        PLI,
        PID
    };
    static const struct option names[] = {{"url", 1, NULL, URL},
                                          {"group", 1, NULL, GROUP},
                                          {"password", 1, NULL, PASSWORD},
                                          {"local", 1, NULL, LOCAL},
                                          {"publishers", 1, NULL, PUBLISHERS},
                                          {"subscribers", 1, NULL, SUBSCRIBERS},
                                          {"seconds", 1, NULL, SECONDS},
                                          {"rate", 1, NULL, RATE},
                                          {"pps", 1, NULL, PPS},
                                          {"drop", 1, NULL, DROP},
                                          {"audio", 0, NULL, AUDIO},
                                          {"pli", 0, NULL, PLI},
                                          {"pid", 1, NULL, PID},
                                          {0}};
    unsigned pid;
    bool ok = true;
    int c;

    *o = (struct options){.password = "",
                          .local_ip = "127.0.0.1",
                          .publishers = 1,
                          .subscribers = 1,
                          .seconds = 30,
                          .rate_bps = 1300000,
                          .pps = 150};
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
        case LOCAL:
            o->local_ip = optarg;
            break;
        case PUBLISHERS:
            ok = number(optarg, 1000, &o->publishers);
            break;
        case SUBSCRIBERS:
            ok = number(optarg, 2000, &o->subscribers);
            break;
        case SECONDS:
            ok = number(optarg, 3600, &o->seconds);
            break;
        case RATE:
            ok = number(optarg, 20000000, &o->rate_bps);
            break;
        case PPS:
            ok = number(optarg, 3000, &o->pps);
            break;
        case DROP:
            ok = number(optarg, 50, &o->drop_percent);
            break;
        case AUDIO:
            o->has_audio = true;
            break;
        case PLI:
            o->wants_pli = true;
            break;
        case PID:
            ok = o->n_pids < PIDS_MAX && number(optarg, 1 << 22, &pid);
            if (ok)
                o->pids[o->n_pids++] = (pid_t)pid;
            break;
        default:
            ok = false;
        }
    }
    if (!ok || optind < argc)
        return usage("an option is not understood");
    return o->url && o->group ? 0 : usage("--url and --group are needed");
}
