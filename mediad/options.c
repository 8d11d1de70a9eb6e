#include "mediad/options.h"

#include <getopt.h>
#include <string.h>

#include "common/span.h"

const char options_usage[] =
    "usage: mediad --dir STATE [options]\n"
    "  --dir STATE            state directory: groups/, data/, recordings/, run/\n"
    "  --udp-port N           UDP port for media (default 8444)\n"
    "  --media-listen ADDR    address for media (default: every address)\n"
    "  --announce ADDR        address offered to clients instead; may be repeated\n"
    "  --workers N            media threads (default: one per core)\n"
    "  --control-user NAME    user that may use the control socket (default: nereid-admin)\n"
    "  --check-config         read the configuration, report what is wrong, and end\n"
    "  --debug                log everything\n"
    "  --help\n";

enum option_id {
    OPTION_DIR = 1,
    OPTION_UDP_PORT,
    OPTION_MEDIA_LISTEN,
    OPTION_ANNOUNCE,
    OPTION_WORKERS,
    OPTION_CONTROL_USER,
    OPTION_CHECK_CONFIG,
    OPTION_DEBUG,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"dir", required_argument, NULL, OPTION_DIR},
    {"udp-port", required_argument, NULL, OPTION_UDP_PORT},
    {"media-listen", required_argument, NULL, OPTION_MEDIA_LISTEN},
    {"announce", required_argument, NULL, OPTION_ANNOUNCE},
    {"workers", required_argument, NULL, OPTION_WORKERS},
    {"control-user", required_argument, NULL, OPTION_CONTROL_USER},
    {"check-config", no_argument, NULL, OPTION_CHECK_CONFIG},
    {"debug", no_argument, NULL, OPTION_DEBUG},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static int parse_number(uint64_t *out, const char *name, uint64_t max, struct error *e)
{
    if (!span_u64(span_str(optarg), out) || *out > max)
        return error_set(e, ERR_INVALID, name, "not a number from 0 to %llu",
                         (unsigned long long)max);
    return 0;
}

static int parse_one(struct options *o, int id, struct error *e)
{
    uint64_t number = 0;
    int r = 0;

    switch (id) {
    case OPTION_DIR:
        o->dir = optarg;
        break;
    case OPTION_UDP_PORT:
        r = parse_number(&number, "--udp-port", UINT16_MAX, e);
        o->udp_port = (uint16_t)number;
        break;
    case OPTION_MEDIA_LISTEN:
        o->media_listen = optarg;
        break;
    case OPTION_ANNOUNCE:
        if (o->n_announce == ANNOUNCE_MAX)
            return error_set(e, ERR_INVALID, "--announce", "given more than %d times",
                             ANNOUNCE_MAX);
        o->announce[o->n_announce++] = optarg;
        break;
    case OPTION_WORKERS:
        r = parse_number(&number, "--workers", 256, e);
        o->n_workers = (unsigned)number;
        break;
    case OPTION_CONTROL_USER:
        o->control_user = optarg;
        break;
    case OPTION_CHECK_CONFIG:
        o->check_config = true;
        break;
    case OPTION_DEBUG:
        o->debug = true;
        break;
    case OPTION_HELP:
        o->help = true;
        break;
    default:
        r = error_set(e, ERR_INVALID, NULL, "see --help");
        break;
    }
    return r;
}

int options_parse(struct options *out, int argc, char **argv, struct error *e)
{
    struct options o = {.udp_port = 8444, .control_user = "nereid-admin"};
    int id;

    while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        int r = parse_one(&o, id, e);

        if (r < 0)
            return r;
    }
    if (o.help) {
        *out = o;
        return 0;
    }
    if (optind < argc)
        return error_set(e, ERR_INVALID, NULL, "unexpected argument; see --help");
    if (!o.dir || *o.dir == '\0')
        return error_set(e, ERR_INVALID, "--dir", "is required");
    *out = o;
    return 0;
}
