/* Messages about streams (signalling.md 2.4), and what the media plane reports of them. */
#include <string.h>

#include "common/log.h"
#include "mediad/signal/stream_links.h"

/* @return false when the session has ended for it */
static bool check_id(struct client_session *s, const struct message *m)
{
    if (*m->id != '\0')
        return true;
    session_violation(s, "empty id");
    return false;
}

static void send_plain(struct client_session *s, const char *type, const char *id)
{
    session_send(s, message_write_plain(type, id));
}

/* ---- offer ---- */

static void refuse_offer(struct client_session *s, const struct message *m, const char *error,
                         const char *text)
{
    send_plain(s, "abort", m->id);
    if (error)
        session_error_about(s, error, m->id, text);
    else
        session_error(s, text);
}

static void refuse_with(struct client_session *s, const struct message *m, int r,
                        const struct error *e)
{
    char text[sizeof e->place + sizeof e->text + 4];

    refuse_offer(s, m, NULL, e->code != 0 ? error_describe(e, text, sizeof text) : err_text(r));
}

/* @return false when the offer was refused */
static bool may_offer(struct client_session *s, const struct message *m)
{
    struct up_link *old;

    if (!session_group(s)) {
        refuse_offer(s, m, NULL, "join a group first");
        return false;
    }
    if (!member_may(&s->member, PERMISSION_PRESENT)) {
        old = *m->replace != '\0' ? up_link_find(s, m->replace) : NULL;
        if (old)
            up_link_free(old, true);
        refuse_offer(s, m, NULL, "not authorised");
        return false;
    }
    if (up_link_find(s, m->id))
        return true;
    if (strlen(m->id) > STREAM_ID_MAX || strlen(m->label) > STREAM_ID_MAX) {
        refuse_offer(s, m, NULL, "the stream's id or label is too long");
        return false;
    }
    if (name_index_find(&session_group(s)->streams_by_id, m->id)) {
        refuse_offer(s, m, "duplicate-stream", "this stream id is already in the group");
        return false;
    }
    if ((int64_t)s->n_up >= env_limits(s->env)->streams_per_member) {
        refuse_offer(s, m, "too-many-streams", "too many streams");
        return false;
    }
    return true;
}

/* @return false when it was refused; the link is as before */
static bool negotiate(struct up_link *up, const struct message *m)
{
    struct client_session *s = up->session;
    struct buf answer = {0};
    struct error e = {0};
    int r =
        up_stream_offer(up->media, m->sdp, up_link_receivers_can(up), &s->abilities, &answer, &e);

    if (r == 0)
        r = buf_check(&answer);
    if (r == 0) {
        up_link_note_tracks(up);
        session_send(s, message_write_answer(m->id, buf_span(&answer)));
    } else {
        refuse_with(s, m, r, &e);
    }
    buf_release(&answer);
    return r == 0;
}

void stream_handle_offer(struct client_session *s, const struct message *m)
{
    struct up_link *up, *old = NULL;
    int r;

    if (!check_id(s, m) || !may_offer(s, m))
        return;
    up = up_link_find(s, m->id);
    if (up) {
        if (negotiate(up, m))
            stream_evaluate_all(up);
        return;
    }
    if (*m->replace != '\0')
        old = up_link_find(s, m->replace);
    r = up_link_new(&up, s, m->id, m->label);
    if (r < 0) {
        struct error none = {0};

        if (old)
            up_link_free(old, true);
        refuse_with(s, m, r, &none);
        return;
    }
    if (!negotiate(up, m)) {
        up_link_free(up, false);
        if (old)
            up_link_free(old, true);
        return;
    }
    if (old)
        stream_replace(up, old);
    else
        stream_evaluate_all(up);
}

/* ---- of received streams ---- */

void stream_handle_answer(struct client_session *s, const struct message *m)
{
    struct down_link *down;
    struct error e = {0};
    char text[sizeof e.place + sizeof e.text + 4];

    if (!check_id(s, m))
        return;
    down = down_link_find(s, m->id);
    if (!down) {
        send_plain(s, "close", m->id);
        return;
    }
    if (down_stream_answer(down->media, m->sdp, &s->abilities, &e) < 0) {
        down_link_free(down, true);
        session_error(s, error_describe(&e, text, sizeof text));
        return;
    }
    down->is_offered = false;
    if (down->wants_offer)
        down_link_offer(down, down->wants_restart, NULL);
}

void stream_handle_renegotiate(struct client_session *s, const struct message *m)
{
    struct down_link *down;

    if (!check_id(s, m))
        return;
    down = down_link_find(s, m->id);
    if (down)
        down_link_offer(down, true, NULL);
}

void stream_handle_abort(struct client_session *s, const struct message *m)
{
    struct down_link *down;

    if (!check_id(s, m))
        return;
    down = down_link_find(s, m->id);
    if (down)
        down_link_free(down, true);
    else
        send_plain(s, "close", m->id);
}

void stream_handle_request(struct client_session *s, const struct message *m)
{
    struct error e = {0};

    if (!session_needs_group(s))
        return;
    if (request_table_set(&s->request, m->request, &e) < 0) {
        session_error_in(s, "bad request", &e);
        return;
    }
    LIST_EACH (struct published, stream, &session_group(s)->streams, in_group)
        stream_evaluate((struct up_link *)stream, s);
}

void stream_handle_request_stream(struct client_session *s, const struct message *m)
{
    struct down_link *down;
    unsigned wishes = 0;
    struct error e = {0};

    if (!session_needs_group(s))
        return;
    if (m->request && wishes_parse(&wishes, m->request, NULL, &e) < 0) {
        session_error_in(s, "bad request", &e);
        return;
    }
    down = down_link_find(s, m->id);
    if (!down) {
        session_error_about(s, "unknown-stream", m->id, "this stream has ended");
        return;
    }
    down->has_override = m->request;
    down->override = wishes;
    stream_evaluate(down->up, s);
}

/* ---- of both ---- */

void stream_handle_ice(struct client_session *s, const struct message *m)
{
    struct up_link *up;
    struct down_link *down;
    struct error e = {0};
    struct log_ctx ctx = {.room = "signal", .client = s->member.id};
    int r = ERR_NOT_FOUND;

    if (!check_id(s, m))
        return;
    if (!m->has_candidate) {
        session_violation(s, "null candidate");
        return;
    }
    up = up_link_find(s, m->id);
    down = down_link_find(s, m->id);
    if (up)
        r = up_stream_candidate(up->media, m->candidate, m->sdp_mid, &e);
    else if (down)
        r = down_stream_candidate(down->media, m->candidate, m->sdp_mid, &e);
    if (r < 0)
        log_debug(&ctx, "candidate not used: %s", *e.text != '\0' ? e.text : err_text(r));
}

void stream_handle_close(struct client_session *s, const struct message *m)
{
    struct up_link *up;

    if (!check_id(s, m))
        return;
    up = up_link_find(s, m->id);
    if (up)
        up_link_free(up, true);
}

void stream_close_own(struct client_session *s, const char *why)
{
    while (s->up) {
        struct frame *f = message_write_plain("abort", s->up->id);

        up_link_free(s->up, true);
        session_send(s, f);
        session_error(s, why);
    }
}

void stream_forget_all(struct client_session *s, bool tells)
{
    while (s->up)
        up_link_free(s->up, tells);
    while (s->down)
        down_link_free(s->down, false);
}

/* ---- what the media plane reports ---- */

static void up_connected(void *user)
{
    struct up_link *up = user;
    struct log_ctx ctx = {.room = "signal",
                          .group = session_group(up->session)->name,
                          .client = up->session->member.id};

    up->n_failures = 0;
    log_debug(&ctx, "stream connected");
}

/* @param of whose stream it is, for the sentence */
static void tell_unconnected(struct client_session *s, const char *id, const char *of,
                             const char *why)
{
    struct buf text = {0};

    buf_printf(&text, "%s could not be connected in %d attempts: %s", of, CONNECT_ATTEMPTS, why);
    if (buf_check(&text) == 0)
        session_error_about(s, "connection-failed", id, buf_str(&text));
    buf_release(&text);
}

static void give_up(struct up_link *up, const char *why)
{
    struct client_session *s = up->session;
    char id[STREAM_ID_MAX + 1];

    snprintf(id, sizeof id, "%s", up->id);
    up_link_free(up, true);
    send_plain(s, "abort", id);
    tell_unconnected(s, id, "Your stream", why);
}

static void up_failed(void *user, const char *why)
{
    struct up_link *up = user;

    if (++up->n_failures >= CONNECT_ATTEMPTS)
        give_up(up, why);
    else
        send_plain(up->session, "renegotiate", up->id);
}

static void down_connected(void *user)
{
    struct down_link *down = user;
    struct log_ctx ctx = {.room = "signal",
                          .group = session_group(down->session)->name,
                          .client = down->session->member.id};

    down->n_failures = 0;
    log_debug(&ctx, "received stream connected");
}

static void down_failed(void *user, const char *why)
{
    struct down_link *down = user;
    struct client_session *s = down->session;
    struct buf of = {0};

    if (++down->n_failures < CONNECT_ATTEMPTS) {
        down_link_offer(down, true, NULL);
        return;
    }
    buf_printf(&of, "A stream of %s", down->up->session->member.username);
    /* the id is the up link's, which stays */
    const char *id = down->up->id;

    down_link_free(down, true);
    tell_unconnected(s, id, buf_check(&of) == 0 ? buf_str(&of) : "A stream", why);
    buf_release(&of);
}

static void up_notice(void *user, const char *text)
{
    const struct up_link *up = user;
    struct buf b = {0};
    struct said said = {.type = "usermessage", .kind = "info", .privileged = true};
    struct frame *f = NULL;

    session_warning(up->session, text);
    buf_printf(&b, "Stream of %s: %s", up->session->member.username, text);
    said.text = buf_str(&b);
    if (buf_check(&b) == 0)
        f = message_write_said(&said);
    if (f)
        live_group_send(session_group(up->session), f, &up->session->member, true);
    frame_unref(f);
    buf_release(&b);
}

const struct media_events signal_media_events = {.up_connected = up_connected,
                                                 .up_failed = up_failed,
                                                 .down_connected = down_connected,
                                                 .down_failed = down_failed,
                                                 .up_notice = up_notice};

/* ---- statistics ---- */

static void add_connection(struct json_object *array, const char *id, struct json_object *stats)
{
    if (!stats || !array) {
        json_object_put(stats);
        return;
    }
    json_object_object_add(stats, "id", json_object_new_string(id));
    json_object_array_add(array, stats);
}

static int compare_ids(const void *a, const void *b)
{
    struct json_object *const *x = a, *const *y = b;

    return strcmp(json_object_get_string(json_object_object_get(*x, "id")),
                  json_object_get_string(json_object_object_get(*y, "id")));
}

static void add_connections(struct json_object *client, const char *name, struct json_object *array)
{
    if (!array || json_object_array_length(array) == 0) {
        json_object_put(array);
        return;
    }
    json_object_array_sort(array, compare_ids);
    json_object_object_add(client, name, array);
}

struct json_object *session_stats(struct client_session *s)
{
    struct json_object *client = json_object_new_object();
    struct json_object *ups = json_object_new_array(), *downs = json_object_new_array();

    if (!client) {
        json_object_put(ups);
        json_object_put(downs);
        return NULL;
    }
    json_object_object_add(client, "id", json_object_new_string(s->member.id));
    for (struct up_link *up = s->up; up; up = up->next)
        add_connection(ups, up->id, up_stream_stats(up->media));
    for (struct down_link *down = s->down; down; down = down->next)
        add_connection(downs, down->up->id, down_stream_stats(down->media));
    add_connections(client, "up", ups);
    add_connections(client, "down", downs);
    return client;
}
