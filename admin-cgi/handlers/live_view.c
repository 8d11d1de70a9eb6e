#include "admin-cgi/handlers/live_view.h"

#include <inttypes.h>
#include <string.h>

#include "admin-cgi/page.h"
#include "admin-cgi/precondition.h"
#include "common/atomic_file.h"
#include "common/macros.h"
#include "common/now.h"

/* From here on people notice: sound breaks up, talk overlaps (ITU-T G.114). */
#define POOR_LOSS 0.05
#define POOR_RTT_MS 400.0

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
        return arena_printf(a, "%" PRId64 " kbit/s", (bps + 500) / 1000);
    return arena_printf(a, "%.1f Mbit/s", (double)bps / 1e6);
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

const char *live_view_name(struct json_object *client)
{
    const char *name = text_of(client, "username");

    return *name ? name : "(no name)";
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

void live_view_group(struct arena *a, struct json_object *list, struct json_object *group)
{
    const struct live_sums sums = live_sums_of(group);
    struct json_object *row = page_row(list);
    const char *name = text_of(group, "name"), *label = text_of(group, "displayName");

    page_text(row, "key", name);
    page_text(row, "group", name);
    page_text(row, "label", *label ? label : name);
    page_flag(row, "has_other_name", *label && strcmp(label, name) != 0);
    page_text(row, "path", page_group_path(a, name, ".live"));
    page_number(row, "people", sums.people);
    page_number(row, "operators", sums.operators);
    page_number(row, "streams", sums.streams);
    page_text(row, "rate", live_view_rate(a, sums.bps));
    page_text(row, "locked", sums.is_locked ? "Locked" : "");
    page_text(row, "recording", sums.is_recorded ? "Recording" : "");
    page_flag(row, "is_locked", sums.is_locked);
    page_flag(row, "is_recorded", sums.is_recorded);
    page_flag(row, "is_poor", sums.is_poor);
    page_flag(row, "has_operator", sums.operators > 0);
    page_time(row, "since", sums.since_us);
}

/* ---- people ---- */

/* "vp8", "vp8, 720p", "vp8, 720p, 3 layers" */
static const char *camera_text(struct arena *a, struct json_object *quality)
{
    const char *text = text_of(quality, "camera");
    int64_t height = number_of(quality, "height"), layers = number_of(quality, "layers");

    if (!*text)
        return "Off";
    if (height > 0)
        text = arena_printf(a, "%s, %" PRId64 "p", text, height);
    if (text && layers > 1)
        text = arena_printf(a, "%s, %" PRId64 " layers", text, layers);
    return text;
}

static const char *path_text(struct json_object *quality)
{
    static const struct {
        const char *word, *text;
    } paths[] = {{"udp", "UDP"}, {"tcp", "TCP"}, {"relay", "TURN relay"}};

    for (size_t i = 0; i < LENGTH(paths); i++) {
        if (strcmp(paths[i].word, text_of(quality, "path")) == 0)
            return paths[i].text;
    }
    return "";
}

static void add_quality(struct arena *a, struct json_object *row, struct json_object *quality)
{
    const char *microphone = text_of(quality, "microphone"), *screen = text_of(quality, "screen");
    int64_t line = number_of(quality, "line"), reduced = number_of(quality, "reduced");
    int64_t paused = number_of(quality, "paused");

    page_text(row, "microphone", *microphone ? microphone : "Off");
    page_text(row, "camera", camera_text(a, quality));
    page_flag(row, "has_screen", *screen);
    page_text(row, "screen", *screen ? arena_printf(a, "Screen: %s", screen) : "");
    page_flag(row, "has_streams", quality);
    page_text(row, "up", quality ? live_view_rate(a, number_of(quality, "up")) : "");
    page_text(row, "down", quality ? live_view_rate(a, number_of(quality, "down")) : "");
    page_flag(row, "has_line", line > 0);
    page_text(row, "line", line > 0 ? arena_printf(a, "of %s", live_view_rate(a, line)) : "");
    page_flag(row, "has_reduced", reduced > 0);
    page_text(row, "reduced", arena_printf(a, "%" PRId64 " reduced", reduced));
    page_flag(row, "has_paused", paused > 0);
    page_text(row, "paused", arena_printf(a, "%" PRId64 " paused", paused));
    page_text(row, "loss",
              quality ? arena_printf(a, "%.1f %%", double_of(quality, "loss") * 100) : "");
    page_text(row, "rtt",
              number_of(quality, "rtt") > 0 ? arena_printf(a, "%.0f ms", double_of(quality, "rtt"))
                                            : "");
    page_text(row, "path", path_text(quality));
    page_flag(row, "is_poor", is_poor(quality));
}

void live_view_member(struct arena *a, struct json_object *list, struct json_object *client,
                      const char *base)
{
    struct json_object *row = page_row(list);
    bool is_op = has_permission(client, "op"), presents = has_permission(client, "present");
    bool chats = has_permission(client, "message");
    const char *id = text_of(client, "id"), *kind = text_of(client, "kind");
    const char *name = live_view_name(client);

    page_text(row, "key", id);
    page_number(row, "n", list ? (int64_t)json_object_array_length(list) : 0);
    page_text(row, "name", name);
    page_text(row, "streams_path",
              arena_printf(a, "%s.live?member=%s#streams", base, page_encode(a, id, false)));
    page_text(row, "away_path",
              arena_printf(a, "%s.send-away?client=%s", base, page_encode(a, id, false)));
    page_text(row, "permissions",
              page_comma_list(a, json_object_object_get(client, "permissions")));
    page_time(row, "joined", live_view_time(client, "joined"));
    page_text(row, "kind", strcmp(kind, "client") == 0 ? "" : kind);
    page_flag(row, "is_client", strcmp(kind, "client") == 0);
    page_flag(row, "is_other_kind", strcmp(kind, "client") != 0);
    page_flag(row, "is_moderated", strcmp(kind, "recorder") != 0);
    page_text(row, "op_action", is_op ? "unop" : "op");
    page_text(row, "op_words", is_op ? "Take operator" : "Make operator");
    page_text(row, "present_action", presents ? "unpresent" : "present");
    page_text(row, "present_words", presents ? "Stop presenting" : "Let present");
    page_text(row, "chat_action", chats ? "shutup" : "unshutup");
    page_text(row, "chat_words", chats ? "No chat" : "Let chat");
    page_flag(row, "sends_sound",
              text_of(json_object_object_get(client, "quality"), "microphone")[0]);
    add_quality(a, row, json_object_object_get(client, "quality"));
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
