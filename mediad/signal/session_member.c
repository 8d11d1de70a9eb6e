/* A session as a member of its group: what it is told of the others, and how it is put out. */
#include "mediad/signal/session_internal.h"

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
        session_send_change(s);
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
    const struct said said = {.type = "usermessage",
                              .kind = "kicked",
                              .id = kick->by_id,
                              .dest = member->id,
                              .username = kick->by_username,
                              .privileged = true,
                              .text =
                                  *kick->text != '\0' ? kick->text : "you have been kicked out"};

    s->env->counters.kicks++;
    session_send(s, message_write_said(&said));
    buf_add_str(&reason, "kicked out");
    if (*kick->text != '\0')
        buf_printf(&reason, " (%s)", kick->text);
    if (kick->by_username && *kick->by_username != '\0')
        buf_printf(&reason, " by %s", kick->by_username);
    session_leave(s, kick->leaving);
    session_end(s, CLOSE_NORMAL, buf_str(&reason));
    buf_release(&reason);
}

static void permissions_changed(struct member *member, unsigned before)
{
    struct client_session *s = session_of_member(member);

    if ((before & PERMISSION_PRESENT) && !(member->permissions.bits & PERMISSION_PRESENT))
        stream_close_own(s, "permission denied");
}

const struct member_ops session_member_ops = {
    .hear = hear, .kicked = kicked, .permissions_changed = permissions_changed};

struct client_session *session_of_member(struct member *m)
{
    return SESSION_OF(m, member);
}
