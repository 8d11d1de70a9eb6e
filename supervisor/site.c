#include "supervisor/site.h"

#include "common/error.h"
#include "supervisor/options.h"

/* Limits per client address, before `rate_scale` (security-ops S40). */
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
    if (site->is_root)
        buf_add_str(out, "user root;");
}

static void put_files(struct buf *out, const struct site *site)
{
    buf_printf(out, "%u", site->files);
}

static void put_connections(struct buf *out, const struct site *site)
{
    /* One descriptor for the client, one towards the program behind, some for the rest. */
    buf_printf(out, "%u", site->files > 256 ? site->files / 2 : 128);
}

static void put_access_log(struct buf *out, const struct site *site)
{
    if (site->access_log)
        buf_printf(out, "\"%s/run/access.log\" redacted", site->dir);
    else
        buf_add_str(out, "off");
}

static void put_listener(struct buf *out, const char *address, unsigned port)
{
    if (buf_span(out).len > 0 && out->data[out->len - 1] != '\n')
        buf_add_char(out, '\n');
    if (options_address_family(address) == '6')
        buf_printf(out, "        listen [%s]:%u ssl http2 ipv6only=on;", address, port);
    else
        buf_printf(out, "        listen %s:%u ssl http2;", address, port);
}

static void put_listen(struct buf *out, const struct site *site)
{
    const bool is_all = site->listen != NULL && span_eq_str(span_str(site->listen), "all");

    if (site->listen != NULL && !is_all) {
        put_listener(out, site->listen, site->port);
        return;
    }
    put_listener(out, is_all ? "0.0.0.0" : "127.0.0.1", site->port);
    if (is_all ? site->has_ipv6 : site->has_ipv6_loopback)
        put_listener(out, is_all ? "::" : "::1", site->port);
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
    {"CONNECTIONS", put_connections},
    {"CONNECTIONS_PER_ADDRESS", put_address_connections},
    {"CONSOLE_PER_SECOND", put_console},
    {"DIR", put_dir},
    {"FILES", put_files},
    {"LISTEN", put_listen},
    {"LOGIN_PER_MINUTE", put_login},
    {"SHARE", put_share},
    {"STATIC_PER_SECOND", put_static},
    {"USER", put_user},
};

/** Names stand in double quotes, where nginx still reads backslash, quote and dollar sign; a
 * colon would end a socket's name. */
static int check_name(const char *option, const char *path, struct error *e)
{
    for (const char *p = path; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f || strchr("\"\\$':;{}", *p) != NULL)
            return error_set(e, ERR_INVALID, option,
                             "the directory's name holds a character (code %d) that nginx's "
                             "configuration cannot hold",
                             (unsigned char)*p);
    return 0;
}

static bool is_name_char(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || c == '_';
}

static bool put_name(struct buf *out, struct span name, const struct site *site)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (span_eq_str(name, names[i].name)) {
            names[i].put(out, site);
            return true;
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

            snprintf(place, sizeof(place), "line %u", line);
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
