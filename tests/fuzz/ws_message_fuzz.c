/*
 * WebSocket messages: each line of the input is one, of at most 64 KiB. Two clients, one of them an
 * operator, take turns saying them to a whole signalling environment without sockets; then both
 * leave. Nothing may stay behind, every message that goes out must parse, and a message is read the
 * same after it was written again. Offers end at the right to present, since there is no media
 * here.
 */
#include "common/json_scan.h"
#include "mediad/signal/message.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/shown.h"
#include "tests/unit/mediad/signal/session_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char group[] =
    "{\"users\":{\"o\":{\"password\":\"p\",\"permissions\":[\"op\",\"message\",\"caption\","
    "\"record\"]}},\"wildcard-user\":{\"password\":{\"type\":\"wildcard\"},"
    "\"permissions\":\"message\"},\"auto-subgroups\":true}";

#define LINE_MAX 65536

static struct test_env t;
static bool is_ready;

static void check_shown(struct json_object *value)
{
    struct shown s = {.is_pinned = true, .height = 7};

    if (shown_update(&s, value, NULL) < 0)
        test_require(s.is_pinned && !s.is_hidden && s.height == 7, "a bad value changed something");
    test_require(s.height <= SHOWN_HEIGHT_MAX, "a height over its limit");
}

static void check_rewrite(struct span line)
{
    struct message m, again;
    struct frame *f;

    if (message_parse(&m, line, NULL) < 0)
        return;
    const struct chat_message chat = {.type = "chat",
                                      .kind = m.kind,
                                      .id = m.id,
                                      .source = m.source,
                                      .dest = m.dest,
                                      .username = m.username,
                                      .noecho = m.noecho,
                                      .value = m.value,
                                      .time_us = 1};

    check_shown(m.value);
    f = message_write_chat(&chat);
    test_require(f, "memory");
    test_require(message_parse(&again, span_of(frame_text(f), f->len), NULL) == 0,
                 "what was written does not parse");
    test_require(again.type == MESSAGE_CHAT && strcmp(again.kind, m.kind) == 0 &&
                     strcmp(again.source, m.source) == 0 && again.noecho == m.noecho &&
                     json_object_equal(again.value, m.value),
                 "what was written is not what was read");
    message_release(&again);
    message_release(&m);
    frame_unref(f);
}

static void check_sent(struct test_client *c)
{
    struct frame *f;

    while ((f = session_next_frame(c->session)) != NULL) {
        struct json_object *json = NULL;

        test_require(
            json_scan_parse(&json, span_of(frame_text(f), f->len), &json_limits_message, NULL) == 0,
            "what was sent does not parse");
        json_object_put(json);
        frame_unref(f);
    }
}

/* The actions that need a disk or media, perhaps spelled with escapes, are left to other tests. */
static bool is_for_elsewhere(struct span line)
{
    return memmem(line.data, line.len, "token", 5) || memmem(line.data, line.len, "\\u", 2) ||
           memmem(line.data, line.len, "present", 7);
}

static void play(struct span input)
{
    struct test_client clients[2];
    struct span line;
    unsigned turn = 0;

    test_connect(&t, &clients[0]);
    test_connect(&t, &clients[1]);
    test_say(&clients[0], "{\"type\":\"handshake\",\"version\":[\"2\"],\"id\":\"o\"}");
    test_say(&clients[0], "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"g\","
                          "\"username\":\"o\",\"password\":\"p\"}");
    test_say(&clients[1], "{\"type\":\"handshake\",\"version\":[\"2\"],\"id\":\"u\"}");
    test_say(&clients[1], "{\"type\":\"join\",\"kind\":\"join\",\"group\":\"g\","
                          "\"username\":\"u\"}");
    while (span_split(&input, '\n', &line)) {
        if (line.len > LINE_MAX)
            continue;
        check_rewrite(line);
        if (is_for_elsewhere(line))
            continue;
        session_receive(clients[turn++ % 2].session, line);
        check_sent(&clients[0]);
        check_sent(&clients[1]);
    }
    test_advance(&t, US_PER_S);
    check_sent(&clients[0]);
    check_sent(&clients[1]);
    test_disconnect(&clients[0]);
    test_disconnect(&clients[1]);
}

static void clean_up(void)
{
    test_env_stop(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!is_ready) {
        test_env_init(&t);
        test_write(&t, "groups/g.json", group);
        test_env_start(&t);
        is_ready = true;
        atexit(clean_up);
    }
    play(span_of(data, size));
    test_require(census_count(&t.env.census) == 0 && t.env.registry->n_members == 0,
                 "somebody stayed");
    LIST_EACH (const struct live_group, g, &t.env.registry->groups, in_registry)
        test_require(list_is_empty(&g->members) && list_is_empty(&g->streams) &&
                         g->n_operators == 0,
                     "a group is not empty");
    t.env.now_us += INT64_C(100000) * US_PER_S;
    registry_sweep(t.env.registry, t.env.now_us);
    return 0;
}
