#include "mediad/signal/chat.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "common/base64url.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/session_internal.h"
#include "mediad/signal/session_output.h"

static bool may_say(struct client_session *s, const struct message *m)
{
    bool is_caption = m->type == MESSAGE_CHAT && strcmp(m->kind, "caption") == 0;

    return session_needs(s, is_caption ? PERMISSION_CAPTION : PERMISSION_MESSAGE);
}

/* All that is passed on, and perhaps kept, counts. */
static bool is_too_long(const struct client_session *s, const struct message *m)
{
    size_t len = 0;

    if (m->value)
        json_object_to_json_string_length(m->value, JSON_C_TO_STRING_PLAIN, &len);
    len += strlen(m->kind) + strlen(m->id);
    return (int64_t)len > env_limits(s->env)->chat_bytes;
}

/* An operator's `mute`, or `unmute`, is done here for members whose client cannot do it. */
static bool mutes(const struct chat_message *chat, const char *kind)
{
    return chat->privileged && strcmp(chat->type, "usermessage") == 0 && chat->kind &&
           strcmp(chat->kind, kind) == 0;
}

static void mute_all(struct client_session *s)
{
    LIST_EACH (struct member, m, &session_group(s)->members, in_group) {
        if (m != &s->member && m->ops->mute)
            m->ops->mute(m, true);
    }
}

/* To one member; the sender gets no copy. */
static void say_to_one(struct client_session *s, const struct chat_message *chat)
{
    struct member *dest = live_group_find(session_group(s), chat->dest);

    if (!dest)
        session_error_about(s, "unknown-user", chat->dest, "user unknown");
    else if (dest->ops->mute && (mutes(chat, "mute") || mutes(chat, "unmute")))
        dest->ops->mute(dest, mutes(chat, "mute"));
    else if (dest->kind != MEMBER_CLIENT)
        session_error_about(s, "not-a-client", chat->dest, "this user doesn't chat");
    else
        session_send(session_of_member(dest), message_write_chat(chat));
}

/* Captions are of the moment; all other broadcasts are kept for newcomers. */
static void remember(struct client_session *s, const struct chat_message *chat)
{
    struct chat_message kept = *chat;
    struct frame *f;
    int r;

    kept.type = "chathistory";
    kept.noecho = false;
    f = message_write_chat(&kept);
    /* Without memory the message was said and is not remembered. */
    r = f ? history_add(&session_group(s)->history, chat->id, chat->source, f, s->env->now_us) : 0;
    (void)r;
    frame_unref(f);
}

#define CHAT_ID_BYTES 8
#define CHAT_ID_SIZE 12

static int make_id(char id[CHAT_ID_SIZE])
{
    uint8_t bytes[CHAT_ID_BYTES];
    struct buf text = {0};
    int r = ERR_NO_MEMORY;

    if (gnutls_rnd(GNUTLS_RND_NONCE, bytes, sizeof bytes) < 0)
        return ERR_CRYPTO;
    base64url_add(&text, span_of(bytes, sizeof bytes));
    if (buf_check(&text) == 0 && span_copy(buf_span(&text), id, CHAT_ID_SIZE))
        r = 0;
    buf_release(&text);
    return r;
}

static void say_to_all(struct client_session *s, struct chat_message *chat)
{
    bool is_chat = strcmp(chat->type, "chat") == 0;
    char id[CHAT_ID_SIZE];
    struct frame *f;

    if (is_chat) {
        /* The id is the server's, whatever the client wrote: clearchat goes by it. */
        if (make_id(id) < 0) {
            session_error(s, "internal server error");
            return;
        }
        chat->id = id;
        if (!chat->kind || strcmp(chat->kind, "caption") != 0)
            remember(s, chat);
    }
    if (mutes(chat, "mute"))
        mute_all(s);
    f = message_write_chat(chat);
    if (!f) {
        session_error(s, "internal server error");
        return;
    }
    live_group_send(session_group(s), f, chat->noecho ? &s->member : NULL, false);
    frame_unref(f);
}

void chat_handle(struct client_session *s, const struct message *m)
{
    struct chat_message chat = {.type = message_type_name(m->type),
                                .kind = m->kind,
                                .id = m->id,
                                .source = s->member.id,
                                .dest = m->dest,
                                .username = s->member.username,
                                .privileged = member_may(&s->member, PERMISSION_OP),
                                .noecho = m->noecho,
                                .value = m->value,
                                .time_us = s->env->wall_us};

    if (!session_needs_group(s) || !may_say(s, m))
        return;
    if (is_too_long(s, m)) {
        session_error_about(s, "too-large", NULL, "this message is too long");
        return;
    }
    s->env->counters.chats++;
    if (*m->dest != '\0')
        say_to_one(s, &chat);
    else
        say_to_all(s, &chat);
}
