#include "mediad/signal/session_member.h"

#include "mediad/signal/greeting.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/places.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_life.h"
#include "mediad/signal/session_output.h"

static struct frame *write_user_once(struct group_event *event, const char *kind)
{
    if (!event->frame)
        event->frame = message_write_user(kind, event->subject);
    return event->frame;
}

static void push_or_drop(struct client_session *s, struct frame *f)
{
    if (f)
        session_push(s, f, false);
    else
        session_drop_later(s);
}

static void hear(struct member *member, struct group_event *event)
{
    struct client_session *s = session_of_member(member);

    switch (event->kind) {
    case EVENT_USER_ADD:
        if (!event->subject->add_frame)
            event->subject->add_frame = message_write_user("add", event->subject);
        push_or_drop(s, event->subject->add_frame);
        break;
    case EVENT_USER_CHANGE:
        push_or_drop(s, write_user_once(event, "change"));
        break;
    case EVENT_USER_DELETE:
        push_or_drop(s, write_user_once(event, "delete"));
        break;
    case EVENT_GROUP_CHANGED:
        session_send_change_alike(s, &event->frame);
        break;
    case EVENT_PERMISSIONS:
        session_send_change(s, event->by);
        break;
    case EVENT_MESSAGE:
        session_push(s, event->frame, false);
        break;
    }
}

static void kicked(struct member *member, const struct kick *kick)
{
    struct client_session *s = session_of_member(member);
    struct buf reason = {0};
    const struct chat_message notice = {.type = "usermessage",
                                        .kind = "kicked",
                                        .id = kick->by_id,
                                        .dest = member->id,
                                        .username = kick->by_username,
                                        .privileged = true,
                                        .text = *kick->text != '\0' ? kick->text
                                                                    : "you have been kicked out"};

    s->env->counters.kicks++;
    session_send(s, message_write_chat(&notice));
    buf_add_str(&reason, "kicked out");
    if (*kick->text != '\0')
        buf_printf(&reason, " (%s)", kick->text);
    if (kick->by_username && *kick->by_username != '\0')
        buf_printf(&reason, " by %s", kick->by_username);
    /* nor by a place that it lost before; of all see moderation_kick_all()'s callers */
    if (kick->leaving != LEAVING_WITH_ALL)
        places_forget_group(&s->env->places, session_group(s)->name, member->username);
    session_leave(s, kick->leaving);
    session_end(s, CLOSE_NORMAL, buf_str(&reason));
    buf_release(&reason);
}

static void permissions_changed(struct member *member, unsigned before)
{
    if ((before & PERMISSION_PRESENT) && !(member->permissions.bits & PERMISSION_PRESENT))
        streams_revoke(member, "permission denied");
}

static void answer(struct member *member, const char *id, struct span sdp)
{
    session_send(session_of_member(member), message_write_answer(id, sdp));
}

static void aborted(struct member *member, const char *id, const char *error, const char *text)
{
    struct client_session *s = session_of_member(member);

    session_send(s, message_write_plain("abort", id));
    if (error)
        session_error_about(s, error, id, text);
    else
        session_error(s, text);
}

static void renegotiate(struct member *member, const char *id)
{
    session_send(session_of_member(member), message_write_plain("renegotiate", id));
}

static void warned(struct member *member, const char *text)
{
    session_warning(session_of_member(member), text);
}

static void offer(struct member *member, const struct stream_offer *stream)
{
    session_send(session_of_member(member), message_write_offer(stream));
}

static void closed(struct member *member, const char *id, const char *why)
{
    struct client_session *s = session_of_member(member);

    session_send(s, message_write_plain("close", id));
    if (why)
        session_error_about(s, "connection-failed", id, why);
}

const struct member_ops session_member_ops = {.hear = hear,
                                              .kicked = kicked,
                                              .permissions_changed = permissions_changed,
                                              .answer = answer,
                                              .aborted = aborted,
                                              .renegotiate = renegotiate,
                                              .warned = warned,
                                              .offer = offer,
                                              .closed = closed};
