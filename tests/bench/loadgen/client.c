#include "tests/bench/loadgen/client.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/loadgen/wire.h"

static void client_fail(struct client *c, const char *why)
{
    if (!c->has_failed)
        snprintf(c->why, sizeof c->why, "%s", why);
    c->has_failed = true;
}

static void client_send(struct client *c, struct json_object *m)
{
    if (link_send(c->link, m) < 0)
        client_fail(c, "could not send");
}

int client_start(struct client *c, const struct client_config *config, struct link_loop *loop,
                 unsigned number, bool is_publisher)
{
    memset(c, 0, sizeof *c);
    c->config = config;
    c->is_publisher = is_publisher;
    snprintf(c->id, sizeof c->id, "loadgen-%d-%u", (int)getpid(), number);
    snprintf(c->username, sizeof c->username, "load%u", number);
    return link_open(&c->link, loop, c);
}

void client_release(struct client *c)
{
    while (c->peers) {
        struct peer *p = c->peers;

        c->peers = p->next;
        peer_free(p);
    }
}

void client_opened(void *user)
{
    struct client *c = user;
    const struct wire_join join = {c->id, c->config->group, c->username, c->config->password};

    if (wire_join(c->link, &join) < 0)
        client_fail(c, "could not send");
}

void client_closed(void *user, const char *why)
{
    client_fail(user, why);
}

static void add_peer(struct client *c, const char *id, bool is_up)
{
    struct error e = {0};
    struct peer *p;

    if (peer_new(&p, &c->config->peer, id, is_up, c, &e) < 0) {
        client_fail(c, e.text);
        return;
    }
    p->next = c->peers;
    c->peers = p;
}

static void publish(struct client *c)
{
    char id[80];

    snprintf(id, sizeof id, "%s-up", c->id);
    add_peer(c, id, true);
}

static void request_everything(struct client *c)
{
    struct json_object *wish = json_object_new_object();
    struct json_object *kinds = json_object_new_array();
    struct json_object *m = wire_new("request");

    json_object_array_add(kinds, json_object_new_string("audio"));
    json_object_array_add(kinds, json_object_new_string("video"));
    json_object_object_add(wish, "", kinds);
    json_object_object_add(m, "request", wish);
    client_send(c, m);
}

static void joined(struct client *c, struct json_object *m)
{
    if (strcmp(wire_get(m, "kind"), "fail") == 0) {
        client_fail(c, wire_get(m, "value"));
        return;
    }
    if (c->is_joined || strcmp(wire_get(m, "kind"), "join") != 0)
        return;
    c->is_joined = true;
    if (c->is_publisher)
        publish(c);
    if (!c->is_publisher || c->config->is_mesh)
        request_everything(c);
}

static struct peer *find_peer(struct client *c, const char *id)
{
    struct peer *p = c->peers;

    while (p && strcmp(p->id, id) != 0)
        p = p->next;
    return p;
}

static void restart(struct client *c, struct peer *p)
{
    struct error e = {0};

    if (p && peer_restart(p, &e) < 0)
        client_fail(c, e.text);
}

static void description(struct client *c, struct json_object *m)
{
    struct peer *p = find_peer(c, wire_get(m, "id"));
    struct error e = {0};

    if (!p && strcmp(wire_get(m, "type"), "offer") == 0) {
        add_peer(c, wire_get(m, "id"), false);
        p = find_peer(c, wire_get(m, "id"));
    } else if (p && !p->is_up && peer_is_impostor(p)) {
        restart(c, p); /* whom the server did not believe, it offers anew */
    }
    if (p && peer_set_remote(p, span_str(wire_get(m, "sdp")), &e) < 0)
        client_fail(c, e.text);
}

static void candidate(struct client *c, struct json_object *m)
{
    struct peer *p = find_peer(c, wire_get(m, "id"));
    struct json_object *value = json_object_object_get(m, "candidate");

    if (p && value)
        peer_add_candidate(p, wire_get(value, "candidate"));
}

/* An impostor waits for the sentence that says why. */
static void aborted(struct client *c, const struct peer *p)
{
    if (!p || !peer_is_impostor(p))
        client_fail(c, "the server aborted the stream");
}

void client_message(void *user, struct json_object *m)
{
    struct client *c = user;
    const char *type = wire_get(m, "type");

    if (strcmp(type, "ping") == 0)
        client_send(c, wire_new("pong"));
    else if (strcmp(type, "joined") == 0)
        joined(c, m);
    else if (strcmp(type, "offer") == 0 || strcmp(type, "answer") == 0)
        description(c, m);
    else if (strcmp(type, "ice") == 0)
        candidate(c, m);
    else if (strcmp(type, "renegotiate") == 0)
        restart(c, find_peer(c, wire_get(m, "id")));
    else if (strcmp(type, "abort") == 0)
        aborted(c, find_peer(c, wire_get(m, "id")));
    else if (strcmp(type, "usermessage") == 0 && strcmp(wire_get(m, "kind"), "error") == 0)
        client_fail(c, wire_get(m, "value"));
}

void client_service(struct client *c, int64_t now_us)
{
    struct buf sdp = {0};

    for (struct peer *p = c->peers; p; p = p->next) {
        struct json_object *m;

        if (!peer_service(p, now_us, &sdp))
            continue;
        m = wire_new(p->is_up ? "offer" : "answer");
        wire_add(m, "id", p->id);
        if (p->is_up)
            wire_add(m, "label", "camera");
        wire_add(m, "sdp", buf_str(&sdp));
        client_send(c, m);
        buf_clear(&sdp);
    }
    buf_release(&sdp);
}
