#include "admin-cgi/handlers/live_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/live_list.h"
#include "admin-cgi/local_format.h"
#include "admin-cgi/page.h"
#include "admin-cgi/precondition.h"
#include "admin-cgi/say.h"
#include "admin-cgi/zone.h"
#include "common/atomic_file.h"
#include "common/macros.h"
#include "common/now.h"

/* From here on people notice: sound breaks up, talk overlaps (ITU-T G.114). */
#define POOR_LOSS 0.05
#define POOR_RTT_MS 400.0
#define POOR TEXT("Poor quality")

static const char *text_of(struct json_object *o, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(o, name));

    return text ? text : "";
}

static int64_t number_of(struct json_object *o, const char *name)
{
    return json_object_get_int64(json_object_object_get(o, name));
}

static double double_of(struct json_object *o, const char *name)
{
    return json_object_get_double(json_object_object_get(o, name));
}

int64_t live_view_time(struct json_object *o, const char *name)
{
    int64_t at = 0;

    return time_parse_rfc3339(span_str(text_of(o, name)), &at) == 0 ? at : 0;
}

const char *live_view_rate(struct arena *a, int64_t bps)
{
    if (bps < 1000000)
        return arena_printf(a, "%s kbit/s", local_number(a, (double)((bps + 500) / 1000), 0));
    return arena_printf(a, "%s Mbit/s", local_number(a, (double)bps / 1e6, 1));
}

int64_t live_view_max_age(struct json_object *page)
{
    return json_object_object_get(page, "flash") ? 0 : US_PER_S;
}

static struct json_object *clients_of(struct json_object *group)
{
    struct json_object *clients = json_object_object_get(group, "clients");

    return json_object_is_type(clients, json_type_array) ? clients : NULL;
}

struct json_object *live_view_find(struct json_object *group, const char *id)
{
    struct json_object *clients = clients_of(group);

    for (size_t i = 0; clients && i < json_object_array_length(clients); i++) {
        struct json_object *client = json_object_array_get_idx(clients, i);

        if (strcmp(text_of(client, "id"), id) == 0)
            return client;
    }
    return NULL;
}

const char *live_view_name(const struct arena *a, struct json_object *client)
{
    const char *name = text_of(client, "username");

    return *name ? name : say(a, "(no name)");
}

static bool has_permission(struct json_object *client, const char *name)
{
    struct json_object *permissions = json_object_object_get(client, "permissions");

    for (size_t i = 0; permissions && i < json_object_array_length(permissions); i++) {
        if (strcmp(json_object_get_string(json_object_array_get_idx(permissions, i)), name) == 0)
            return true;
    }
    return false;
}

static bool is_poor(struct json_object *quality)
{
    return double_of(quality, "loss") >= POOR_LOSS || double_of(quality, "rtt") >= POOR_RTT_MS ||
           number_of(quality, "paused") > 0;
}

/* A row of names in braces, of which the script makes rows that come later. */
static void add_pattern(struct json_object *page, const char *const *names)
{
    struct json_object *pattern = json_object_new_object();
    char text[40];

    for (; *names; names++) {
        snprintf(text, sizeof text, "{%s}", *names);
        page_text(pattern, *names, text);
    }
    page_flag(pattern, "is_pattern", true);
    if (!page || json_object_object_add(page, "pattern", pattern) < 0)
        json_object_put(pattern);
}

/* ---- meetings ---- */

struct live_sums live_sums_of(struct json_object *group)
{
    struct json_object *clients = clients_of(group);
    struct live_sums sums = {
        .people = number_of(group, "members"),
        .since_us = live_view_time(group, "since"),
        .is_locked = json_object_get_boolean(json_object_object_get(group, "locked")),
        .is_recorded = json_object_object_get(group, "recording"),
    };

    for (size_t i = 0; clients && i < json_object_array_length(clients); i++) {
        struct json_object *client = json_object_array_get_idx(clients, i);
        struct json_object *quality = json_object_object_get(client, "quality");

        sums.operators += has_permission(client, "op");
        sums.streams += number_of(quality, "streams");
        sums.bps += number_of(quality, "up") + number_of(quality, "down");
        sums.is_poor = sums.is_poor || is_poor(quality);
    }
    return sums;
}

void live_view_group(struct arena *a, struct json_object *list, const struct live_entry *entry)
{
    const struct live_sums *sums = &entry->sums;
    struct json_object *row = page_row(list);
    const char *name = entry->name, *label = text_of(entry->object, "displayName");

    page_text(row, "key", name);
    page_text(row, "group", *label && strcmp(label, name) != 0 ? name : NULL);
    page_text(row, "label", *label ? label : name);
    page_text(row, "path", page_group_path(a, name, ".live"));
    page_number(row, "people", sums->people);
    page_number(row, "operators", sums->operators);
    page_number(row, "streams", sums->streams);
    page_text(row, "rate", live_view_rate(a, sums->bps));
    page_text(row, "locked", say(a, sums->is_locked ? "Locked" : NULL));
    page_text(row, "recording", say(a, sums->is_recorded ? "Recording" : NULL));
    page_text(row, "poor", sums->is_poor ? say(a, POOR) : NULL);
    page_time(row, "since", sums->since_us);
}

void live_view_group_pattern(struct json_object *page)
{
    static const char *const names[] = {"key",       "group",   "label",     "path",   "people",
                                        "operators", "streams", "rate",      "locked", "recording",
                                        "poor",      "since",   "since_iso", NULL};

    add_pattern(page, names);
}

/* ---- people ---- */

/* "vp8", "vp8, 720p", "vp8, 720p, 3 layers" */
static const char *camera_text(struct arena *a, struct json_object *quality)
{
    const char *text = text_of(quality, "camera");
    int64_t height = number_of(quality, "height"), layers = number_of(quality, "layers");

    if (!*text)
        return say(a, "Off");
    if (height > 0)
        text = arena_printf(a, "%s, %" PRId64 "p", text, height);
    if (text && layers > 1)
        text = arena_printf(a, "%s, %s", text,
                            say_count(a, "{n} layers", "{n} layer", (uint64_t)layers));
    return text;
}

static const char *path_text(struct json_object *quality)
{
    static const struct {
        const char *word, *text;
    } paths[] = {{"udp", "UDP"}, {"tcp", "TCP"}, {"relay", TEXT("TURN relay")}};

    for (size_t i = 0; i < LENGTH(paths); i++) {
        if (strcmp(paths[i].word, text_of(quality, "path")) == 0)
            return paths[i].text;
    }
    return "";
}

static const char *milliseconds(struct arena *a, struct json_object *quality, const char *name)
{
    double ms = double_of(quality, name);

    return ms > 0 ? arena_printf(a, "%.0f ms", ms) : "";
}

static void add_quality(struct arena *a, struct json_object *row, struct json_object *quality)
{
    const char *microphone = text_of(quality, "microphone"), *screen = text_of(quality, "screen");
    int64_t line = number_of(quality, "line"), reduced = number_of(quality, "reduced"),
            paused = number_of(quality, "paused");

    page_text(row, "microphone", *microphone ? microphone : say(a, "Off"));
    page_text(row, "camera", camera_text(a, quality));
    page_text(row, "screen",
              *screen ? say_with(a, "Screen: {codec}", "codec", screen, NULL) : NULL);
    page_text(row, "up", quality ? live_view_rate(a, number_of(quality, "up")) : "");
    page_text(row, "down", quality ? live_view_rate(a, number_of(quality, "down")) : "");
    page_text(row, "line",
              line > 0 ? say_with(a, "of {rate}", "rate", live_view_rate(a, line), NULL) : NULL);
    if (reduced > 0)
        page_text(row, "reduced", say_count(a, "{n} reduced", "{n} reduced", (uint64_t)reduced));
    if (paused > 0)
        page_text(row, "paused", say_count(a, "{n} paused", "{n} paused", (uint64_t)paused));
    page_text(row, "loss", quality ? local_percent(a, double_of(quality, "loss") * 100, 1) : "");
    page_text(row, "jitter", milliseconds(a, quality, "jitter"));
    page_text(row, "rtt", milliseconds(a, quality, "rtt"));
    page_text(row, "path", say(a, path_text(quality)));
    page_text(row, "poor", is_poor(quality) ? say(a, POOR) : NULL);
}

static const char *kind_of(struct json_object *client)
{
    const char *kind = text_of(client, "kind");

    return strcmp(kind, "client") == 0 ? NULL : kind;
}

void live_view_person(struct arena *a, struct json_object *row, struct json_object *client)
{
    page_text(row, "key", text_of(client, "id"));
    page_text(row, "name", live_view_name(a, client));
    /* Below the group, where its live page is, too. */
    page_text(row, "person_path",
              arena_printf(a, ".person?client=%s", page_encode(a, text_of(client, "id"), false)));
    page_text(row, "permissions",
              page_comma_list(a, json_object_object_get(client, "permissions")));
    page_text(row, "role", group_view_role_now(a, json_object_object_get(client, "permissions")));
    page_time(row, "joined", live_view_time(client, "joined"));
    page_text(row, "kind", kind_of(client));
    add_quality(a, row, json_object_object_get(client, "quality"));
}

void live_view_person_pattern(struct json_object *page)
{
    static const char *const names[] = {
        "key",        "name",   "person_path", "permissions", "role", "joined", "kind",
        "microphone", "camera", "screen",      "up",          "down", "line",   "reduced",
        "paused",     "loss",   "jitter",      "rtt",         "path", "poor",   NULL};

    add_pattern(page, names);
}

void live_view_choices(struct json_object *page, struct json_object *client)
{
    bool is_op = has_permission(client, "op"), presents = has_permission(client, "present");
    bool chats = has_permission(client, "message");
    const char *kind = kind_of(client);

    page_flag(page, "is_client", !kind);
    page_flag(page, "is_moderated", !kind || strcmp(kind, "recorder") != 0);
    page_text(page, "op_action", is_op ? "unop" : "op");
    page_text(page, "op_words", say(page_arena(page), is_op ? "Take operator" : "Make operator"));
    page_text(page, "present_action", presents ? "unpresent" : "present");
    page_text(page, "present_words",
              say(page_arena(page), presents ? "Stop presenting" : "Let present"));
    page_text(page, "chat_action", chats ? "shutup" : "unshutup");
    page_text(page, "chat_words", say(page_arena(page), chats ? "No chat" : "Let chat"));
    page_flag(page, "sends_sound",
              text_of(json_object_object_get(client, "quality"), "microphone")[0]);
}

int64_t live_view_need(struct json_object *client)
{
    return is_poor(json_object_object_get(client, "quality"));
}

/* ---- the twin ---- */

void live_view_send(struct request *req, struct response *res, struct json_object *json)
{
    struct precondition condition = precondition_of(req);
    char digest[SHA256_HEX_SIZE];
    const char *etag;

    if (!json) {
        response_text(res, 503, "no memory\n");
        return;
    }
    zone_localise(json, req->who.zone, req->arena->language);
    response_json(res, 200, json);
    json_object_put(json);
    sha256_hex(buf_span(&res->body), digest);
    etag = arena_printf(req->arena, "\"%.32s\"", digest);
    if (!etag)
        return;
    response_etag(res, etag);
    response_cache(res, "no-store"); /* as the page: it names people, and has no secret to keep */
    if (precondition_status(&condition, etag, true) == 304)
        response_no_body(res, 304);
}
