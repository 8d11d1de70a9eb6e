#include "tests/bench/chatload/options.h"

#include "common/macros.h"

static const char usage[] =
    "chatload --url wss://HOST:PORT/ws|unix:PATH --group NAME [--password P]\n"
    "       [--groups 1] [--talking GROUPS] [--clients 100] [--at-once 50] [--rate 10]\n"
    "       [--size 60] [--seconds 20] [--control PATH] [--pid PID]...\n";

int options_parse(struct options *o, int argc, char **argv)
{
    const struct option_row rows[] = {
        {"control", .text = &o->control},
        {"groups", .number = &o->groups, .min = 1, .max = 10000},
        {"talking", .number = &o->talking, .min = 1, .max = 10000},
        {"clients", .number = &o->clients, .min = 1, .max = 20000},
        {"at-once", .number = &o->at_once, .min = 1, .max = 10000},
        {"rate", .number = &o->rate, .min = 1, .max = 100000},
        {"size", .number = &o->size, .min = 20, .max = CHAT_SIZE_MAX},
    };
    int status;

    *o = (struct options){.target = {.password = "", .seconds = 20},
                          .groups = 1,
                          .clients = 100,
                          .at_once = 50,
                          .rate = 10,
                          .size = 60};
    status = command_line_parse(&o->target, rows, LENGTH(rows), usage, argc, argv);
    if (status == 0 && o->clients < o->groups)
        status = command_line_refuse(usage, "there are fewer clients than groups");
    if (o->talking == 0 || o->talking > o->groups)
        o->talking = o->groups;
    return status;
}
