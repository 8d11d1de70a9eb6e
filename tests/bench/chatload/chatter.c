#include "tests/bench/chatload/chatter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/now.h"
#include "tests/bench/chatload/options.h"

static struct json_object *message_new(const char *type)
{
    struct json_object *m = json_object_new_object();

    json_object_object_add(m, "type", json_object_new_string(type));
    return m;
}

static void add_string(struct json_object *m, const char *name, const char *value)
{
    json_object_object_add(m, name, json_object_new_string(value));
}

static const char *get_string(struct json_object *m, const char *name)
{
    struct json_object *value = json_object_object_get(m, name);

    return value && json_object_is_type(value, json_type_string) ? json_object_get_string(value)
                                                                 : "";
}

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
    struct json_object *m = message_new("handshake"), *versions = json_object_new_array();

    json_object_array_add(versions, json_object_new_string("2"));
    json_object_object_add(m, "version", versions);
    add_string(m, "id", c->id);
    say(c, m);
    m = message_new("join");
    add_string(m, "kind", "join");
    add_string(m, "group", c->group);
    add_string(m, "username", c->username);
    add_string(m, "password", c->password);
    say(c, m);
}

void chatter_closed(void *user, const char *why)
{
    fail(user, why);
}

void chatter_say(struct chatter *c, unsigned size, int64_t now_us)
{
    struct json_object *m = message_new("chat");
    char text[CHAT_SIZE_MAX + 1];
    int n = snprintf(text, sizeof text, "%lld ", (long long)now_us);

    memset(text + n, 'x', sizeof text - (size_t)n);
    text[size] = '\0';
    add_string(m, "source", c->id);
    add_string(m, "username", c->username);
    add_string(m, "value", text);
    say(c, m);
}

void chatter_leave(struct chatter *c)
{
    struct json_object *m = message_new("join");

    add_string(m, "kind", "leave");
    add_string(m, "group", c->group);
    say(c, m);
}

static void joined(struct chatter *c, struct json_object *m)
{
    const char *kind = get_string(m, "kind");

    if (strcmp(kind, "fail") == 0) {
        fail(c, get_string(m, "value"));
    } else if (strcmp(kind, "leave") == 0 && c->state == CHATTER_JOINED) {
        c->state = CHATTER_LEFT;
        c->tally->left++;
    }
}

static void user(struct chatter *c, struct json_object *m)
{
    if (c->state != CHATTER_JOINING || strcmp(get_string(m, "id"), c->id) != 0)
        return;
    c->state = CHATTER_JOINED;
    c->tally->joined++;
    histogram_add(&c->tally->join_us, now_monotonic_us() - c->began_us);
}

void chatter_message(void *arg, struct json_object *m)
{
    struct chatter *c = arg;
    const char *type = get_string(m, "type");

    c->tally->messages++;
    if (strcmp(type, "chat") == 0) {
        c->tally->heard++;
        histogram_add(&c->tally->chat_us,
                      now_monotonic_us() - strtoll(get_string(m, "value"), NULL, 10));
    } else if (strcmp(type, "user") == 0) {
        user(c, m);
    } else if (strcmp(type, "joined") == 0) {
        joined(c, m);
    } else if (strcmp(type, "ping") == 0) {
        say(c, message_new("pong"));
    } else if (strcmp(type, "usermessage") == 0 && strcmp(get_string(m, "kind"), "error") == 0) {
        fail(c, get_string(m, "value"));
    }
}
