#include "mediad/signal/message_write.h"

#include <inttypes.h>

#include "common/buf.h"
#include "common/json_scan.h"
#include "common/macros.h"
#include "common/now.h"
#include "mediad/rtc/down_stream.h"
#include "mediad/signal/features.h"

static void begin(struct buf *b, const char *type)
{
    buf_printf(b, "{\"type\":\"%s\"", type);
}

static void add_always(struct buf *b, const char *key, struct span value)
{
    buf_printf(b, ",\"%s\":", key);
    json_add_string(b, value);
}

static void add(struct buf *b, const char *key, const char *value)
{
    if (value && *value != '\0')
        add_always(b, key, span_str(value));
}

static void add_flag(struct buf *b, const char *key, bool value)
{
    if (value)
        buf_printf(b, ",\"%s\":true", key);
}

static void add_raw(struct buf *b, const char *key, struct span json)
{
    if (json.len == 0)
        return;
    buf_printf(b, ",\"%s\":", key);
    buf_add_span(b, json);
}

static void add_object(struct buf *b, const char *key, struct json_object *value)
{
    if (!value)
        return;
    buf_printf(b, ",\"%s\":", key);
    message_write_value(b, value);
}

static void add_permissions(struct buf *b, const struct permissions *p)
{
    struct json_object *array = permissions_to_json(p);

    if (!array)
        b->bad = true;
    else if (json_object_array_length(array) > 0)
        add_object(b, "permissions", array);
    json_object_put(array);
}

static void add_by(struct buf *b, const struct member *by)
{
    buf_add_str(b, ",\"by\":{\"id\":");
    json_add_string(b, span_str(by->id));
    add_always(b, "username", span_str(by->username));
    buf_add_char(b, '}');
}

/* Texts without a key of their own. */
static void add_strings(struct buf *b, const char *const *texts, size_t n)
{
    buf_add_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_add_char(b, ',');
        json_add_string(b, span_str(texts[i]));
    }
    buf_add_char(b, ']');
}

static void add_features(struct buf *b, unsigned features)
{
    const char *words[FEATURES_MAX];
    size_t n = features_words(features, words);

    if (n == 0)
        return;
    buf_add_str(b, ",\"features\":");
    add_strings(b, words, n);
}

static struct frame *finish(struct buf *b)
{
    struct frame *f = NULL;

    buf_add_char(b, '}');
    if (buf_check(b) == 0)
        f = frame_new(buf_span(b));
    buf_release(b);
    return f;
}

void message_write_value(struct buf *out, struct json_object *value)
{
    size_t len = 0;
    const char *text = json_object_to_json_string_length(
        value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);

    if (!text)
        out->bad = true;
    else
        buf_add(out, text, len);
}

struct frame *message_write_handshake(void)
{
    struct buf b = {0};

    begin(&b, "handshake");
    buf_add_str(&b, ",\"version\":[\"2\"]");
    return finish(&b);
}

struct frame *message_write_plain(const char *type, const char *id)
{
    struct buf b = {0};

    begin(&b, type);
    add(&b, "id", id);
    return finish(&b);
}

struct frame *message_write_user(const char *kind, const struct member *m)
{
    struct buf b = {0};
    bool is_whole = *kind != 'd';

    begin(&b, "user");
    add(&b, "kind", kind);
    add(&b, "id", m->id);
    add_always(&b, "username", span_str(m->username));
    if (is_whole) {
        add_permissions(&b, &m->permissions);
        add_object(&b, "data", m->data);
    }
    return finish(&b);
}

struct frame *message_write_chat(const struct chat_message *chat)
{
    struct buf b = {0};
    char time_text[TIME_RFC3339_SIZE];

    begin(&b, chat->type);
    add(&b, "kind", chat->kind);
    add(&b, "error", chat->error);
    add(&b, "id", chat->id);
    add(&b, "source", chat->source);
    add(&b, "dest", chat->dest);
    add(&b, "username", chat->username);
    add_flag(&b, "privileged", chat->privileged);
    add_flag(&b, "noecho", chat->noecho);
    if (chat->text)
        add_always(&b, "value", span_str(chat->text));
    else
        add_object(&b, "value", chat->value);
    if (chat->time_us != 0)
        add(&b, "time", time_format_rfc3339(chat->time_us, time_text));
    return finish(&b);
}

void message_write_view(struct buf *out, const struct group_view *view)
{
    add_raw(out, "status", view->status);
    if (!view->data)
        buf_add_str(out, ",\"data\":{}");
    else
        add_object(out, "data", view->data);
    add_raw(out, "rtcConfiguration", view->rtc_configuration);
}

struct frame *message_write_joined(const struct joined *joined)
{
    struct buf b = {0};

    begin(&b, "joined");
    add(&b, "kind", joined->kind);
    add(&b, "error", joined->error);
    add(&b, "group", joined->group);
    add_always(&b, "username", span_str(joined->username));
    if (joined->permissions)
        add_permissions(&b, joined->permissions);
    if (joined->by)
        add_by(&b, joined->by);
    buf_add_span(&b, joined->view);
    add(&b, "resume", joined->resume);
    add_features(&b, joined->features);
    add_flag(&b, "canRecord", joined->can_record);
    add(&b, "value", joined->value);
    return finish(&b);
}

struct frame *message_write_offer(const struct stream_offer *offer)
{
    struct buf b = {0};

    begin(&b, "offer");
    add(&b, "id", offer->id);
    add(&b, "label", offer->label);
    add(&b, "replace", offer->replaces);
    add(&b, "source", offer->publisher->id);
    add_always(&b, "username", span_str(offer->publisher->username));
    add_always(&b, "sdp", offer->sdp);
    return finish(&b);
}

struct frame *message_write_answer(const char *id, struct span sdp)
{
    struct buf b = {0};

    begin(&b, "answer");
    add(&b, "id", id);
    add_always(&b, "sdp", sdp);
    return finish(&b);
}

struct frame *message_write_layers(const char *id, const char *const *rids, size_t n)
{
    struct buf b = {0};

    begin(&b, "layers");
    add(&b, "id", id);
    buf_add_str(&b, ",\"value\":{\"active\":");
    add_strings(&b, rids, n);
    buf_add_char(&b, '}');
    return finish(&b);
}

struct frame *message_write_rate(const char *id, int64_t bps, const struct rid_rate_limit *rids,
                                 size_t n)
{
    struct buf b = {0};

    begin(&b, "rate");
    add(&b, "id", id);
    buf_printf(&b, ",\"value\":{\"bitrate\":%" PRId64, bps);
    for (size_t i = 0; i < n; i++) {
        buf_add_str(&b, i == 0 ? ",\"rids\":{" : ",");
        json_add_string(&b, span_str(rids[i].rid));
        buf_printf(&b, ":%" PRId64, rids[i].bps);
    }
    buf_add_str(&b, n > 0 ? "}}" : "}");
    return finish(&b);
}

struct frame *message_write_speakers(const struct speakers *speakers)
{
    const struct speaker *ranked[SPEAKERS_TOLD_MAX];
    size_t n = speakers_ranked(speakers, ranked);
    struct buf b = {0};

    begin(&b, "speakers");
    buf_add_str(&b, ",\"value\":[");
    for (size_t i = 0; i < n; i++) {
        const struct member *m = CONTAINER_OF(ranked[i], struct member, speaker);

        buf_printf(&b, "%s{\"id\":", i > 0 ? "," : "");
        json_add_string(&b, span_str(m->id));
        buf_printf(&b, ",\"speaks\":%s}", ranked[i]->is_speaking ? "true" : "false");
    }
    buf_add_char(&b, ']');
    return finish(&b);
}

struct frame *message_write_stream_state(const char *id, const struct down_allocation *a)
{
    struct buf b = {0};

    begin(&b, "streamState");
    add(&b, "id", id);
    buf_printf(&b, ",\"value\":{\"state\":\"%s\"", down_allocation_state(a));
    add(&b, "reason", down_allocation_reason(a));
    buf_printf(&b, ",\"layer\":%u,\"layers\":%u", a->layer, a->n_layers);
    if (a->bps != INT64_MAX)
        buf_printf(&b, ",\"bitrate\":%" PRId64, a->bps);
    buf_add_char(&b, '}');
    return finish(&b);
}
