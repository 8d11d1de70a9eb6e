#include "tests/bench/loadgen/options.h"

#include <string.h>

#include "common/macros.h"

static const char usage[] =
    "loadgen --url wss://HOST:PORT/ws --group NAME [--password P]\n"
    "       [--publishers 1] [--subscribers 1] [--mesh] [--seconds 30]\n"
    "       [--rate 1300000] [--pps 150] [--bytes SIZE]\n"
    "       [--rids KBPS,KBPS,KBPS] [--others 0] [--via PORT] [--each]\n"
    "       [--feedback none|remb|transport-cc] [--remb 20000000] [--reports 20]\n"
    "       [--audio] [--drop PERCENT] [--pli] [--local ADDRESS] [--pid PID]...\n"
    "       [--impostor-publishers] [--impostor-subscribers]\n";

/* "1500,500,150": kbit/s of each rid. */
static bool read_rids(struct options *o)
{
    struct span rest = span_str(o->rids_text);
    struct span word;
    uint64_t kbps;

    while (span_split(&rest, ',', &word)) {
        if (o->n_rids == RIDS_MAX || !span_u64(word, &kbps) || kbps == 0 || kbps > 20000)
            return false;
        o->rids_bps[o->n_rids++] = (unsigned)kbps * 1000;
    }
    return o->n_rids > 0;
}

static bool read_feedback(struct options *o)
{
    static const char *const names[] = {
        [REPORT_NONE] = "none",
        [REPORT_REMB] = "remb",
        [REPORT_TRANSPORT_CC] = "transport-cc",
    };

    for (unsigned i = REPORT_NONE; o->feedback_text && i < LENGTH(names); i++) {
        if (strcmp(o->feedback_text, names[i]) == 0)
            o->feedback = i;
    }
    return !o->feedback_text || o->feedback != REPORT_OFFERED;
}

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
        {"others", .number = &o->others, .max = 1000},
        {"rids", .text = &o->rids_text},
        {"feedback", .text = &o->feedback_text},
        {"remb", .number = &o->remb_bps, .min = 1000, .max = 1000000000},
        {"reports", .number = &o->reports, .min = 1, .max = 100},
        {"via", .number = &o->via_port, .min = 1, .max = 65535},
        {"each", .flag = &o->prints_each},
        {"impostor-publishers", .flag = &o->has_up_impostors},
        {"impostor-subscribers", .flag = &o->has_down_impostors},
    };

    int status;

    *o = (struct options){.target = {.password = "", .seconds = 30},
                          .local_ip = "127.0.0.1",
                          .publishers = 1,
                          .subscribers = 1,
                          .remb_bps = 20000000,
                          .reports = 20,
                          .video = {.width = 640, .height = 480, .rate_bps = 1300000, .pps = 150}};
    status = command_line_parse(&o->target, rows, LENGTH(rows), usage, argc, argv);
    if (status == 0 && o->rids_text && !read_rids(o))
        return command_line_refuse(usage,
                                   "--rids: up to three kbit/s of at most 20000, best first");
    if (status == 0 && !read_feedback(o))
        return command_line_refuse(usage, "--feedback is none, remb or transport-cc");
    return status;
}
