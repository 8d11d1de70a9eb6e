#include "admin-cgi/handlers/health_view.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "admin-cgi/app.h"
#include "admin-cgi/network/browser_test.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/metrics_db.h"
#include "admin-cgi/store/store_check.h"
#include "common/log.h"
#include "common/macros.h"

static const struct log_ctx ctx = {.room = "health"};

static const struct title {
    const char *name, *title, *path;
    const char *words; /* of the link to it */
} titles[] = {
    {"mediad", TEXT("Media daemon"), "/admin/problems", TEXT("Show them")},
    {"versions", TEXT("Versions of the programs"), NULL, NULL},
    {"address", TEXT("Address of the server"), "/admin/settings/addresses", TEXT("Addresses")},
    {"certificate", TEXT("Certificate"), NULL, NULL},
    {"disk-data", TEXT("Disk of the data"), NULL, NULL},
    {"disk-recordings", TEXT("Disk of the recordings"), "/admin/recordings", TEXT("Show them")},
    {"media", TEXT("Sound and pictures of people (UDP)"), "/admin/network", TEXT("Network test")},
    {"udp", TEXT("UDP port reached (last browser test)"), "/admin/network", TEXT("Network test")},
    {"turn", TEXT("STUN and TURN servers"), "/admin/network", TEXT("Network test")},
    {"database", TEXT("Database"), NULL, NULL},
    {"wal", TEXT("Log of the database"), NULL, NULL},
    {"exports", TEXT("Changes that wait for their file"), "/admin/problems", TEXT("Show them")},
    {"watch", TEXT("Edits by hand"), NULL, NULL},
    {"backup", TEXT("Last backup"), "/admin/backup", TEXT("Backups")},
    {"clock", TEXT("Clock"), NULL, NULL},
    {"descriptors", TEXT("Open files and connections"), NULL, NULL},
    {"open-groups", TEXT("Public groups that anybody may enter"), "/admin/groups/?access=open",
     TEXT("Show them")},
    {"plain-passwords", TEXT("Passwords in plain text"), "/admin/groups/?show=weak",
     TEXT("Show them")},
    {"endless-tokens", TEXT("Invitations without an end"), "/admin/invitations", TEXT("Show them")},
    {"attack", TEXT("Guessing of passwords"), "/admin/audit?action=login", TEXT("Show them")},
    {"sandbox", TEXT("What the programs may do"), "/admin/help/ADMIN.md#install",
     TEXT("How to install it")},
    {"administrators", TEXT("Accounts that administer the server"), "/admin/accounts",
     TEXT("Show them")},
};

/* The host and port of a URL, or the text itself. */
static struct span host_of(const char *url)
{
    const char *host = strstr(url, "://");
    struct span s = span_str(host ? host + 3 : url);
    const char *slash = memchr(s.data, '/', s.len);

    return slash ? span_of(s.data, (size_t)(slash - (const char *)s.data)) : s;
}

/* Links say the address of the configuration; does whoever asks come by it? */
static void look_at_address(struct request *req, struct app *app, struct health_check *out)
{
    const struct server_config *config = app_config(app);
    const char *said = config->proxy_url ? config->proxy_url : config->canonical_host;
    struct span host;

    out->has_address = true;
    out->state = "warn";
    if (!said) {
        out->value = arena_printf(req->arena, TEXT("not set; you came by %s"), req->host);
        out->remedy =
            TEXT("Say which address people use: the name of this host, or the address behind "
                 "another web server.");
        return;
    }
    host = host_of(said);
    if (host.len == strlen(req->host) &&
        strncasecmp((const char *)host.data, req->host, host.len) == 0) {
        out->state = "ok";
        out->value = arena_printf(req->arena, TEXT("%s, as you came"), req->host);
        return;
    }
    out->value = arena_printf(req->arena, TEXT("links say %.*s, and you came by %s"), (int)host.len,
                              (const char *)host.data, req->host);
    out->remedy =
        TEXT("Invitations lead to the first of them. If people use the other one, say so.");
}

/* What somebody's browser found when it tried; not what the keeper can know. */
static void look_at_udp(struct request *req, struct app *app, struct health_check *out)
{
    static const char remedy[] =
        TEXT("The network test says what is in the way, and what to do. If it was the network of "
             "that browser alone, test from another one.");
    static const char *const values[] = {
        [BROWSER_MEDIA_NONE] = TEXT("not reached; tested %.10s %.5s UTC"),
        [BROWSER_MEDIA_SILENT] = TEXT("connected, but no picture came; tested %.10s %.5s UTC"),
        [BROWSER_MEDIA_RELAY] = TEXT("only by a TURN server; tested %.10s %.5s UTC"),
    };
    struct browser_test test;
    char at[TIME_RFC3339_SIZE];

    out->state = "unknown";
    out->value = TEXT("no browser has tested it yet");
    if (browser_test_last(app->db, req->arena, &test, NULL) < 0 || !test.at_us)
        return;
    time_format_rfc3339(test.at_us, at);
    out->since_us = test.at_us;
    out->state = test.media == BROWSER_MEDIA_UDP ? "ok" : "warn";
    if (test.media == BROWSER_MEDIA_UDP) {
        out->value = arena_printf(req->arena,
                                  TEXT("reached, round trip %" PRId64 " ms; tested %.10s %.5s UTC"),
                                  test.round_trip_ms, at, at + 11);
        return;
    }
    out->value = arena_printf(req->arena, values[test.media], at, at + 11);
    out->remedy = remedy;
}

static void fill_from_rows(struct health_check *out, const struct check_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].name, out->name) != 0)
            continue;
        out->state = rows[i].state;
        out->value = rows[i].value;
        out->remedy = rows[i].remedy;
        out->since_us = rows[i].since_us;
        return;
    }
    out->state = "unknown";
    out->value = TEXT("not looked at yet");
}

struct health_list health_view_list(struct request *req, struct app *app)
{
    struct db *metrics = metrics_db_reader(app->metrics);
    struct health_check *checks = arena_array(req->arena, LENGTH(titles), sizeof *checks);
    struct health_list out = {.checks = checks};
    struct check_row *rows = NULL;
    struct error e = {0};
    size_t n = 0;

    if (metrics && store_check_list(metrics, req->arena, &rows, &n, &e) < 0)
        log_warn(&ctx, "what the checks found cannot be read: %s", e.text);
    for (size_t i = 0; checks && i < LENGTH(titles); i++) {
        struct health_check *check = &checks[out.n++];

        *check =
            (struct health_check){.name = titles[i].name, .title = titles[i].title, .remedy = ""};
        if (strcmp(check->name, "address") == 0)
            look_at_address(req, app, check);
        else if (strcmp(check->name, "udp") == 0)
            look_at_udp(req, app, check);
        else
            fill_from_rows(check, rows, n);
        if (strcmp(check->state, "ok") != 0) {
            check->path = titles[i].path;
            check->path_words = titles[i].words;
        }
        out.n_not_ok += strcmp(check->state, "warn") == 0 || strcmp(check->state, "bad") == 0;
    }
    for (size_t i = 0; i < n; i++)
        out.checked_us = rows[i].checked_us > out.checked_us ? rows[i].checked_us : out.checked_us;
    return out;
}
