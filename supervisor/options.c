#include "supervisor/options.h"

#include <arpa/inet.h>
#include <getopt.h>

#include "common/span.h"

const char options_usage[] =
    "usage: nereid-supervisor [OPTION]...\n"
    "Start nginx, admin-cgi and mediad from one state directory and keep them running.\n"
    "\n"
    "  --dir DIR               state directory (default " NEREID_STATE_DIR ")\n"
    "  --port PORT             HTTPS port (default 8443)\n"
    "  --udp-port PORT         UDP port for media (default 8444)\n"
    "  --listen ADDRESS|all    where HTTPS listens (default: loopback)\n"
    "  --http [ADDRESS:]PORT   plain HTTP for a reverse proxy (ADDRESS: loopback)\n"
    "  --trust ADDRESS[/BITS]  proxy whose forwarded headers count; may be repeated\n"
    "                          (default with --http: loopback)\n"
    "  --media-listen ADDRESS  where media listen (default: every address)\n"
    "  --announce ADDRESS      address that clients are told for media; may be repeated\n"
    "  --programs DIR          where mediad and admin-cgi are\n"
    "  --share DIR             where templates, static, schema and nginx are\n"
    "  --nginx PROGRAM         nginx (default " NEREID_NGINX ")\n"
    "  --nginx-workers N       processes of nginx (1 to 64; default: one per core)\n"
    "  --rate-scale N          multiply nginx's limits per address by N (1 to 100)\n"
    "  --access-log            log requests to run/nginx/access.log\n"
    "  --as-root               as root, run everything as root, not as users of its own\n"
    "  --help, --version\n";

enum {
    OPT_DIR = 256,
    OPT_PORT,
    OPT_UDP_PORT,
    OPT_LISTEN,
    OPT_HTTP,
    OPT_TRUST,
    OPT_MEDIA_LISTEN,
    OPT_ANNOUNCE,
    OPT_PROGRAMS,
    OPT_SHARE,
    OPT_NGINX,
    OPT_NGINX_WORKERS,
    OPT_RATE_SCALE,
    OPT_ACCESS_LOG,
    OPT_AS_ROOT,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"dir", required_argument, NULL, OPT_DIR},
    {"port", required_argument, NULL, OPT_PORT},
    {"udp-port", required_argument, NULL, OPT_UDP_PORT},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"http", required_argument, NULL, OPT_HTTP},
    {"trust", required_argument, NULL, OPT_TRUST},
    {"media-listen", required_argument, NULL, OPT_MEDIA_LISTEN},
    {"announce", required_argument, NULL, OPT_ANNOUNCE},
    {"programs", required_argument, NULL, OPT_PROGRAMS},
    {"share", required_argument, NULL, OPT_SHARE},
    {"nginx", required_argument, NULL, OPT_NGINX},
    {"nginx-workers", required_argument, NULL, OPT_NGINX_WORKERS},
    {"rate-scale", required_argument, NULL, OPT_RATE_SCALE},
    {"access-log", no_argument, NULL, OPT_ACCESS_LOG},
    {"as-root", no_argument, NULL, OPT_AS_ROOT},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

char options_address_family(const char *address)
{
    unsigned char bytes[16];

    if (inet_pton(AF_INET, address, bytes) == 1)
        return '4';
    if (inet_pton(AF_INET6, address, bytes) == 1)
        return '6';
    return '\0';
}

static int parse_number(unsigned *out, const char *option, const char *text, unsigned max,
                        struct error *e)
{
    uint64_t number;

    if (!span_u64(span_str(text), &number) || number < 1 || number > max)
        return error_set(e, ERR_INVALID, option, "not a number from 1 to %u", max);
    *out = (unsigned)number;
    return 0;
}

static int parse_address(const char **out, const char *option, const char *text, struct error *e)
{
    if (options_address_family(text) == '\0')
        return error_set(e, ERR_INVALID, option, "not a numeric IPv4 or IPv6 address");
    *out = text;
    return 0;
}

static int parse_text(const char **out, const char *option, const char *text, struct error *e)
{
    if (*text == '\0')
        return error_set(e, ERR_INVALID, option, "empty value");
    *out = text;
    return 0;
}

static int add_announce(struct options *o, const char *text, struct error *e)
{
    int r;

    if (o->announce_count == OPTIONS_ANNOUNCE_MAX)
        return error_set(e, ERR_INVALID, "--announce", "given more than %d times",
                         OPTIONS_ANNOUNCE_MAX);
    r = parse_address(&o->announce[o->announce_count], "--announce", text, e);
    if (r == 0)
        o->announce_count++;
    return r;
}

/** [ADDRESS:]PORT; an IPv6 address stands in brackets (RFC 3986 section 3.2.2). */
static int parse_http(struct options *o, const char *text, struct error *e)
{
    const char *colon = strrchr(text, ':');
    struct span address = span_of(text, colon ? (size_t)(colon - text) : 0);
    char copy[OPTIONS_ADDRESS_MAX] = "";
    const bool is_bracketed = address.len > 2 && text[0] == '[' && text[address.len - 1] == ']';

    if (is_bracketed)
        address = span_sub(address, 1, address.len - 2);
    if (colon && (!span_copy(address, copy, sizeof copy) ||
                  options_address_family(copy) != (is_bracketed ? '6' : '4')))
        return error_set(e, ERR_INVALID, "--http",
                         "not PORT, IPv4-ADDRESS:PORT or [IPv6-ADDRESS]:PORT");
    memcpy(o->http_address, copy, sizeof copy);
    return parse_number(&o->http_port, "--http", colon ? colon + 1 : text, 65535, e);
}

static int add_trust(struct options *o, const char *text, struct error *e)
{
    const size_t slash = span_index(span_str(text), '/', 0);
    char address[OPTIONS_ADDRESS_MAX];
    char family = '\0';
    uint64_t bits = 0;

    if (o->trust_count == OPTIONS_TRUST_MAX)
        return error_set(e, ERR_INVALID, "--trust", "given more than %d times", OPTIONS_TRUST_MAX);
    if (span_copy(span_of(text, slash), address, sizeof address))
        family = options_address_family(address);
    if (family == '\0' || (text[slash] == '/' && (!span_u64(span_str(text + slash + 1), &bits) ||
                                                  bits > (family == '4' ? 32 : 128))))
        return error_set(e, ERR_INVALID, "--trust", "not a numeric address or ADDRESS/BITS");
    o->trust[o->trust_count++] = text;
    return 0;
}

static int apply(struct options *o, int option, struct error *e)
{
    switch (option) {
    case OPT_DIR:
        return parse_text(&o->dir, "--dir", optarg, e);
    case OPT_PORT:
        return parse_number(&o->port, "--port", optarg, 65535, e);
    case OPT_UDP_PORT:
        return parse_number(&o->udp_port, "--udp-port", optarg, 65535, e);
    case OPT_LISTEN:
        if (span_eq_str(span_str(optarg), "all")) {
            o->listen = "all";
            return 0;
        }
        return parse_address(&o->listen, "--listen", optarg, e);
    case OPT_HTTP:
        return parse_http(o, optarg, e);
    case OPT_TRUST:
        return add_trust(o, optarg, e);
    case OPT_MEDIA_LISTEN:
        return parse_address(&o->media_listen, "--media-listen", optarg, e);
    case OPT_ANNOUNCE:
        return add_announce(o, optarg, e);
    case OPT_PROGRAMS:
        return parse_text(&o->programs, "--programs", optarg, e);
    case OPT_SHARE:
        return parse_text(&o->share, "--share", optarg, e);
    case OPT_NGINX:
        return parse_text(&o->nginx, "--nginx", optarg, e);
    case OPT_NGINX_WORKERS:
        return parse_number(&o->nginx_workers, "--nginx-workers", optarg, 64, e);
    case OPT_RATE_SCALE:
        return parse_number(&o->rate_scale, "--rate-scale", optarg, 100, e);
    case OPT_ACCESS_LOG:
        o->access_log = true;
        return 0;
    case OPT_AS_ROOT:
        o->as_root = true;
        return 0;
    case OPT_HELP:
        o->help = true;
        return 0;
    default:
        o->version = true;
        return 0;
    }
}

int options_parse(struct options *out, int argc, char **argv, struct error *e)
{
    struct options o = {
        .dir = NEREID_STATE_DIR,
        .port = 8443,
        .udp_port = 8444,
        .programs = NEREID_PROGRAMS_DIR,
        .share = NEREID_SHARE_DIR,
        .nginx = NEREID_NGINX,
        .rate_scale = 1,
    };
    int option;
    int r = 0;

    optind = 0;
    opterr = 0;
    while (r == 0 && (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (option == '?' && optopt > 0 && optopt < OPT_DIR) /* there are no short ones */
            return error_set(e, ERR_INVALID, NULL, "unknown option -%c (see --help)",
                             optopt < 0x7f && optopt > ' ' ? optopt : '?');
        if (option == '?')
            return error_set(e, ERR_INVALID, NULL, "unknown option %.80s (see --help)",
                             argv[optind - 1]);
        if (option == ':')
            return error_set(e, ERR_INVALID, NULL, "option %.80s needs a value", argv[optind - 1]);
        r = apply(&o, option, e);
    }
    if (r < 0)
        return r;
    if (optind < argc)
        return error_set(e, ERR_INVALID, NULL, "unexpected argument %.80s (see --help)",
                         argv[optind]);
    if (o.port == o.udp_port)
        return error_set(e, ERR_INVALID, "--udp-port", "must differ from --port");
    if (o.http_port == o.port)
        return error_set(e, ERR_INVALID, "--http", "must differ from --port");
    *out = o;
    return 0;
}
