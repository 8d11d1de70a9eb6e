#include "tests/bench/loadgen/options.h"

#include "common/macros.h"

static const char usage[] =
    "loadgen --url wss://HOST:PORT/ws --group NAME [--password P]\n"
    "       [--publishers 1] [--subscribers 1] [--mesh] [--seconds 30]\n"
    "       [--rate 1300000] [--pps 150] [--bytes SIZE]\n"
    "       [--audio] [--drop PERCENT] [--pli] [--local ADDRESS] [--pid PID]...\n"
    "       [--impostor-publishers] [--impostor-subscribers]\n";

int options_parse(struct options *o, int argc, char **argv)
{
    const struct option_row rows[] = {
        {"local", .text = &o->local_ip},
        {"publishers", .number = &o->publishers, .max = 1000},
        {"subscribers", .number = &o->subscribers, .max = 2000},
        {"mesh", .flag = &o->is_mesh},
        {"rate", .number = &o->video.rate_bps, .max = 20000000},
        {"pps", .number = &o->video.pps, .min = 1, .max = 3000},
        {"bytes", .number = &o->video.packet_bytes, .min = VP8_PACKET_MIN, .max = VP8_PACKET_MAX},
        {"drop", .number = &o->drop_percent, .max = 50},
        {"audio", .flag = &o->has_audio},
        {"pli", .flag = &o->wants_pli},
        {"impostor-publishers", .flag = &o->has_up_impostors},
        {"impostor-subscribers", .flag = &o->has_down_impostors},
    };

    *o = (struct options){.target = {.password = "", .seconds = 30},
                          .local_ip = "127.0.0.1",
                          .publishers = 1,
                          .subscribers = 1,
                          .video = {.rate_bps = 1300000, .pps = 150}};
    return command_line_parse(&o->target, rows, LENGTH(rows), usage, argc, argv);
}
