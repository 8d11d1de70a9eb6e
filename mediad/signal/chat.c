/* `chat` and `usermessage` (signalling.md 2.5). */
#include <gnutls/crypto.h>
#include <string.h>

#include "common/base64url.h"
#include "mediad/signal/session_internal.h"

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

/* To one member; the sender gets no copy. */
static void say_to_one(struct client_session *s, const struct said *said)
{
    struct member *dest = live_group_find(session_group(s), said->dest);

    if (!dest)
        session_error_about(s, "unknown-user", said->dest, "user unknown");
    else if (dest->kind != MEMBER_CLIENT)
        session_error_about(s, "not-a-client", said->dest, "this user doesn't chat");
    else
        session_send(session_of_member(dest), message_write_said(said));
}

/* Captions are of the moment; all other broadcasts are kept for newcomers (R8). */
static void remember(struct client_session *s, const struct said *said)
{
    struct said kept = *said;
    struct frame *f;
    int r;

    kept.type = "chathistory";
    kept.noecho = false;
    f = message_write_said(&kept);
    /* Without memory the message was said and is not remembered. */
    r = f ? history_add(&session_group(s)->history, said->id, said->source, f, s->env->now_us) : 0;
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

static void say_to_all(struct client_session *s, struct said *said)
{
    bool is_chat = strcmp(said->type, "chat") == 0;
    char id[CHAT_ID_SIZE];
    struct frame *f;

    if (is_chat) {
        /* It is the server's, whatever the client wrote: clearchat goes by it (R8). */
        if (make_id(id) < 0) {
            session_error(s, "internal server error");
            return;
        }
        said->id = id;
        if (!said->kind || strcmp(said->kind, "caption") != 0)
            remember(s, said);
    }
    f = message_write_said(said);
    if (!f) {
        session_error(s, "internal server error");
        return;
    }
    live_group_send(session_group(s), f, said->noecho ? &s->member : NULL, false);
    frame_unref(f);
}

void chat_handle(struct client_session *s, const struct message *m)
{
    struct said said = {.type = message_type_name(m->type),
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
        say_to_one(s, &said);
    else
        say_to_all(s, &said);
}
