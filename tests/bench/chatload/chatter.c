#include "tests/bench/chatload/chatter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "tests/bench/chatload/options.h"
#include "tests/bench/loadgen/wire.h"

static void fail(struct chatter *c, const char *why)
{
    if (c->state == CHATTER_FAILED || c->state == CHATTER_LEFT)
        return;
    if (c->tally->failed++ == 0)
        snprintf(c->tally->why, sizeof c->tally->why, "%s: %s", c->id, why);
    c->state = CHATTER_FAILED;
}

static void say(struct chatter *c, struct json_object *m)
{
    if (link_send(c->link, m) < 0)
        fail(c, "could not send");
}

int chatter_start(struct chatter *c, struct link_loop *links, int64_t now_us)
{
    c->state = CHATTER_JOINING;
    c->began_us = now_us;
    return link_open(&c->link, links, c);
}

void chatter_opened(void *user)
{
    struct chatter *c = user;
    const struct wire_join join = {c->id, c->group, c->username, c->password};

    if (wire_join(c->link, &join) < 0)
        fail(c, "could not send");
}

void chatter_closed(void *user, const char *why)
{
    fail(user, why);
}

void chatter_say(struct chatter *c, unsigned size, int64_t now_us)
{
    struct json_object *m = wire_new("chat");
    char text[CHAT_SIZE_MAX + 1];
    int n = snprintf(text, sizeof text, "%lld ", (long long)now_us);

    memset(text + n, 'x', sizeof text - (size_t)n);
    text[size] = '\0';
    wire_add(m, "source", c->id);
    wire_add(m, "username", c->username);
    wire_add(m, "value", text);
    say(c, m);
}

void chatter_leave(struct chatter *c)
{
    struct json_object *m = wire_new("join");

    wire_add(m, "kind", "leave");
    wire_add(m, "group", c->group);
    say(c, m);
}

static void joined(struct chatter *c, struct json_object *m)
{
    const char *kind = wire_get(m, "kind");

    if (strcmp(kind, "fail") == 0) {
        fail(c, wire_get(m, "value"));
    } else if (strcmp(kind, "leave") == 0 && c->state == CHATTER_JOINED) {
        c->state = CHATTER_LEFT;
        c->tally->left++;
    }
}

static void user(struct chatter *c, struct json_object *m)
{
    if (c->state != CHATTER_JOINING || strcmp(wire_get(m, "id"), c->id) != 0)
        return;
    c->state = CHATTER_JOINED;
    c->tally->joined++;
    histogram_add(&c->tally->join_us, now_monotonic_us() - c->began_us);
}

void chatter_message(void *arg, struct json_object *m)
{
    struct chatter *c = arg;
    const char *type = wire_get(m, "type");

    c->tally->messages++;
    if (strcmp(type, "chat") == 0) {
        c->tally->heard++;
        histogram_add(&c->tally->chat_us,
                      now_monotonic_us() - strtoll(wire_get(m, "value"), NULL, 10));
    } else if (strcmp(type, "user") == 0) {
        user(c, m);
    } else if (strcmp(type, "joined") == 0) {
        joined(c, m);
    } else if (strcmp(type, "ping") == 0) {
        say(c, wire_new("pong"));
    } else if (strcmp(type, "usermessage") == 0 && strcmp(wire_get(m, "kind"), "error") == 0) {
        fail(c, wire_get(m, "value"));
    }
}
