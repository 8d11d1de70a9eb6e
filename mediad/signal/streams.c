#include "mediad/signal/streams.h"

#include "common/log.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/publish.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_life.h"
#include "mediad/signal/session_output.h"

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

/* ---- of its own streams ---- */

void stream_handle_offer(struct client_session *s, const struct message *m)
{
    const struct publication publication = {
        .id = m->id, .label = m->label, .replaces = m->replace, .sdp = m->sdp};

    if (check_id(s, m))
        stream_publish(s->env, &s->member, &publication);
}

/* With another key in use, what follows is decoded from a new keyframe on. The browser cannot be
 * asked for one by the page, but by us. */
void stream_handle_keyframe(struct client_session *s, const struct message *m)
{
    struct up_link *up;

    if (!check_id(s, m))
        return;
    up = up_link_find(&s->member, m->id);
    if (!up)
        session_error_about(s, "unknown-stream", m->id, "this stream has ended");
    else if (up_stream_want_keyframe(up->media) < 0)
        session_error(s, "internal server error");
}

/* ---- of received streams ---- */

void stream_handle_answer(struct client_session *s, const struct message *m)
{
    struct down_link *down;
    struct error e = {0};
    char text[sizeof e.place + sizeof e.text + 4];

    if (!check_id(s, m))
        return;
    down = down_link_find(&s->member, m->id);
    if (!down) {
        send_plain(s, "close", m->id);
        return;
    }
    if (down_stream_answer(down->media, m->sdp, &s->receiver.abilities, &e) < 0) {
        down_link_close(down, NULL);
        session_error_about(s, "bad-answer", m->id, error_describe(&e, text, sizeof text));
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
    down = down_link_find(&s->member, m->id);
    if (down)
        down_link_offer(down, true, NULL);
}

void stream_handle_abort(struct client_session *s, const struct message *m)
{
    struct down_link *down;

    if (!check_id(s, m))
        return;
    down = down_link_find(&s->member, m->id);
    if (down)
        down_link_close(down, NULL);
    else
        send_plain(s, "close", m->id);
}

void stream_handle_request(struct client_session *s, const struct message *m)
{
    struct error e = {0};

    if (!session_needs_group(s))
        return;
    if (request_table_set(&s->receiver.request, m->request, &e) < 0) {
        session_error_in(s, "bad request", &e);
        return;
    }
    LIST_EACH (struct published, stream, &session_group(s)->streams, in_group)
        stream_evaluate(up_link_of(stream), &s->member);
}

void stream_handle_request_stream(struct client_session *s, const struct message *m)
{
    struct down_link *down;
    struct shown shown = {0};
    unsigned wishes = 0;
    struct error e = {0};

    if (!session_needs_group(s))
        return;
    down = down_link_find(&s->member, m->id);
    if (down)
        shown = down->shown;
    if ((m->request && wishes_parse(&wishes, m->request, NULL, &e) < 0) ||
        shown_update(&shown, m->value, &e) < 0) {
        session_error_in(s, "bad request", &e);
        return;
    }
    if (!down) {
        session_error_about(s, "unknown-stream", m->id, "this stream has ended");
        return;
    }
    down->has_override = m->request;
    down->override = wishes;
    down->shown = shown;
    down_link_wish(down);
    stream_evaluate(down->up, &s->member);
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
    up = up_link_find(&s->member, m->id);
    down = down_link_find(&s->member, m->id);
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
    up = up_link_find(&s->member, m->id);
    if (up)
        up_link_free(up, true);
}

static void leave(struct client_session *s, enum leaving leaving)
{
    streams_forget(&s->member, leaving != LEAVING_WITH_ALL);
}

const struct session_part stream_part = {.leave = leave};
