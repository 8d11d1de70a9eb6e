#include "supervisor/site.h"

#include <string.h>

#include "common/error.h"
#include "common/macros.h"
#include "supervisor/options.h"

/* Limits per client address, before `rate_scale` (SEC-34). */
#define LOGIN_PER_MINUTE 10
#define CONSOLE_PER_SECOND 20
#define API_PER_SECOND 100
#define STATIC_PER_SECOND 200
#define CONNECTIONS_PER_ADDRESS 400

static void put_dir(struct buf *out, const struct site *site)
{
    buf_add_str(out, site->dir);
}

static void put_share(struct buf *out, const struct site *site)
{
    buf_add_str(out, site->share);
}

static void put_user(struct buf *out, const struct site *site)
{
    if (site->user)
        buf_printf(out, "user %s%s%s;", site->user, site->group ? " " : "",
                   site->group ? site->group : "");
}

static void put_files(struct buf *out, const struct site *site)
{
    buf_printf(out, "%u", site->files);
}

static void put_workers(struct buf *out, const struct site *site)
{
    if (site->workers > 0)
        buf_printf(out, "%u", site->workers);
    else
        buf_add_str(out, "auto");
}

static void put_connections(struct buf *out, const struct site *site)
{
    /* One descriptor for the client, one towards the program behind, some for the rest. */
    buf_printf(out, "%u", site->files > 256 ? site->files / 2 : 128);
}

static void put_access_log(struct buf *out, const struct site *site)
{
    if (site->access_log)
        buf_printf(out, "\"%s/run/nginx/access.log\" redacted", site->dir);
    else
        buf_add_str(out, "off");
}

static void put_listener(struct buf *out, const char *address, unsigned port, bool is_tls)
{
    const char *kind = is_tls ? " ssl http2" : "";

    if (buf_span(out).len > 0 && out->data[out->len - 1] != '\n')
        buf_add_char(out, '\n');
    if (options_address_family(address) == '6')
        buf_printf(out, "        listen [%s]:%u%s ipv6only=on;", address, port, kind);
    else
        buf_printf(out, "        listen %s:%u%s;", address, port, kind);
}

static void put_http_listen(struct buf *out, const struct site *site)
{
    if (site->http_port == 0)
        return;
    put_listener(out, site->http_address ? site->http_address : "127.0.0.1", site->http_port,
                 false);
    if (!site->http_address && site->has_ipv6_loopback)
        put_listener(out, "::1", site->http_port, false);
}

static void put_https_listen(struct buf *out, const struct site *site)
{
    const bool is_all = site->listen && span_eq_str(span_str(site->listen), "all");

    if (site->listen && !is_all) {
        put_listener(out, site->listen, site->port, true);
        return;
    }
    put_listener(out, is_all ? "0.0.0.0" : "127.0.0.1", site->port, true);
    if (is_all ? site->has_ipv6 : site->has_ipv6_loopback)
        put_listener(out, is_all ? "::" : "::1", site->port, true);
}

static void put_listen(struct buf *out, const struct site *site)
{
    put_https_listen(out, site);
    put_http_listen(out, site);
}

/** One line for each trusted peer. */
static void put_trusted(struct buf *out, const struct site *site, const char *before,
                        const char *after)
{
    static const char *const loopback[] = {"127.0.0.0/8", "::1"};
    const char *const *trust = site->trust;
    size_t count = site->trust_count;

    if (count == 0 && site->http_port != 0) {
        trust = loopback;
        count = LENGTH(loopback);
    }
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%s%s%s", i > 0 ? "\n" : "", before, trust[i], after);
}

static void put_trust(struct buf *out, const struct site *site)
{
    put_trusted(out, site, "    set_real_ip_from ", ";");
}

static void put_proxies(struct buf *out, const struct site *site)
{
    put_trusted(out, site, "        ", " 1;");
}

static bool has_base(const struct site *site)
{
    return site->base && site->base[0] != '\0';
}

static void put_base(struct buf *out, const struct site *site)
{
    if (has_base(site))
        buf_add_str(out, site->base);
}

static void put_version(struct buf *out, const struct site *site)
{
    buf_add_str(out, site->version);
}

static void put_base_links(struct buf *out, const struct site *site)
{
    static const char *const attributes[] = {"href", "src", "action", "poster"};

    for (size_t i = 0; has_base(site) && i < LENGTH(attributes); i++)
        buf_printf(out, "\n        sub_filter '%s=\"/' '%s=\"%s/';", attributes[i], attributes[i],
                   site->base);
}

/** Links of our pages start with '/' (docs/HACKING.md); browsers see them below the base. */
static void put_links(struct buf *out, const struct site *site)
{
    if (!has_base(site))
        return;
    buf_add_str(out, "        sub_filter_once off;");
    put_base_links(out, site);
}

/** The same for pages of our own, whose assets are named with their version. Of two texts that fit
 * nginx takes the first one. */
static void put_asset_links(struct buf *out, const struct site *site)
{
    static const char *const assets[] = {
        "href=\"/css/",   "href=\"/js/",           "src=\"/js/",
        "href=\"/icons/", "href=\"/favicon.svg\"", "href=\"/protocol.js\""};
    const char *base = has_base(site) ? site->base : "";

    buf_add_str(out, "        sub_filter_once off;");
    for (size_t i = 0; i < LENGTH(assets); i++) {
        const char *path = strchr(assets[i], '/');

        buf_printf(out, "\n        sub_filter '%s' '%.*s%s/assets/%s%s';", assets[i],
                   (int)(path - assets[i]), assets[i], base, site->version, path);
    }
    /* A manifest's links start from its own address. */
    buf_printf(out,
               "\n        sub_filter 'href=\"/manifest.webmanifest\"' "
               "'href=\"%s/manifest.webmanifest?v=%s\"';",
               base, site->version);
    put_base_links(out, site);
}

/** A request that still carries the base goes where it would without; counting elements spares
 * quoting the base for a regular expression. A rewritten request counts as internal for nginx, so
 * the internal locations (recordings without a log-in among them) must be left out by name. */
static void put_strip(struct buf *out, const struct site *site)
{
    unsigned elements = 0;

    if (!site->strip || site->strip[0] == '\0')
        return;
    for (const char *p = site->strip; *p != '\0'; p++)
        elements += *p == '/';
    buf_printf(
        out,
        "        location = \"%s\" {\n"
        "            return 308 %s/$is_args$args;\n"
        "        }\n"
        "        location ^~ \"%s/\" {\n"
        "            rewrite "
        "\"^(?:/[^/]+){%u}(/(?!_(?:error|may-upload|page|recordings)(?:/|$)).*)$\" $1 last;\n"
        "            return 404;\n"
        "        }",
        site->strip, site->strip, site->strip, elements);
}

#define PUT_RATE(name, rate)                                                                       \
    static void name(struct buf *out, const struct site *site)                                     \
    {                                                                                              \
        buf_printf(out, "%u", (rate)*site->rate_scale);                                            \
    }
PUT_RATE(put_login, LOGIN_PER_MINUTE)
PUT_RATE(put_console, CONSOLE_PER_SECOND)
PUT_RATE(put_api, API_PER_SECOND)
PUT_RATE(put_static, STATIC_PER_SECOND)
PUT_RATE(put_address_connections, CONNECTIONS_PER_ADDRESS)

static const struct {
    const char *name;
    void (*put)(struct buf *out, const struct site *site);
} names[] = {
    {"ACCESS_LOG", put_access_log},
    {"API_PER_SECOND", put_api},
    {"ASSET_LINKS", put_asset_links},
    {"BASE", put_base},
    {"CONNECTIONS", put_connections},
    {"CONNECTIONS_PER_ADDRESS", put_address_connections},
    {"CONSOLE_PER_SECOND", put_console},
    {"DIR", put_dir},
    {"FILES", put_files},
    {"LINKS", put_links},
    {"LISTEN", put_listen},
    {"LOGIN_PER_MINUTE", put_login},
    {"PROXIES", put_proxies},
    {"SHARE", put_share},
    {"STATIC_PER_SECOND", put_static},
    {"STRIP", put_strip},
    {"TRUST", put_trust},
    {"USER", put_user},
    {"VERSION", put_version},
    {"WORKERS", put_workers},
};

/** Names stand in double quotes, where nginx still reads backslash, quote and dollar sign; a
 * colon would end a socket's name. */
static int check_name(const char *option, const char *path, struct error *e)
{
    for (const char *p = path; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f || strchr("\"\\$':;{}", *p))
            return error_set(e, ERR_INVALID, option,
                             "the directory's name holds a character (code %d) that nginx's "
                             "configuration cannot hold",
                             (unsigned char)*p);
    }
    return 0;
}

static bool is_name_char(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || c == '_';
}

static bool put_name(struct buf *out, struct span name, const struct site *site)
{
    for (size_t i = 0; i < LENGTH(names); i++) {
        if (span_eq_str(name, names[i].name)) {
            names[i].put(out, site);
            return true;
        }
    }
    return false;
}

int site_render(struct buf *out, struct span template, const struct site *site, struct error *e)
{
    unsigned line = 1;
    int r = check_name("--dir", site->dir, e);

    if (r == 0)
        r = check_name("--share", site->share, e);
    for (size_t i = 0; r == 0 && i < template.len; i++) {
        size_t end = i + 1;

        while (end < template.len && is_name_char(template.data[end]))
            end++;
        if (template.data[i] == '@' && end > i + 1 && end < template.len &&
            template.data[end] == '@') {
            char place[32];

            snprintf(place, sizeof place, "line %u", line);
            if (!put_name(out, span_sub(template, i + 1, end - i - 1), site))
                r = error_set(e, ERR_SYNTAX, place, "the template names something unknown");
            i = end;
            continue;
        }
        if (template.data[i] == '\n')
            line++;
        buf_add_char(out, (char)template.data[i]);
    }
    return r < 0 ? r : buf_check(out);
}
