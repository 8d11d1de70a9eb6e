/*
 * A group whose members are implemented here: no session, no connection. They write down what
 * member_ops tells them of streams. The media plane and the descriptions are real. Include it after
 * cmocka.
 *
 * What a member heard reads "offer s(audio video) | close s": see the functions below.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_SIGNAL_STREAM_ROOM_H
#define NEREID_TESTS_UNIT_MEDIAD_SIGNAL_STREAM_ROOM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mediad/group/moderation.h"
#include "mediad/signal/publish.h"
#include "mediad/signal/stream_events.h"
#include "mediad/signal/stream_links.h"
#include "tests/unit/mediad/rtc/sdp_data.h"
#include "tests/unit/mediad/free_udp_port.h"

enum { ROOM_MEMBERS = 4 };

struct room_member {
    struct member member;
    struct stream_receiver receiver;
    char heard[1024];
};

struct stream_room {
    struct signal_env env;
    struct settings settings;
    struct timer_wheel timers;
    struct live_group *group;
    size_t n_server;
    struct room_member
        m[ROOM_MEMBERS]; /* "a", "b", ...: each may present; all but the last receive */
};

__attribute__((format(printf, 2, 3))) static inline void room_note(struct member *m,
                                                                   const char *format, ...)
{
    struct room_member *rm = (struct room_member *)m;
    size_t len = strlen(rm->heard);
    va_list args;

    len += (size_t)snprintf(rm->heard + len, sizeof rm->heard - len, "%s", len > 0 ? " | " : "");
    va_start(args, format);
    vsnprintf(rm->heard + len, sizeof rm->heard - len, format, args);
    va_end(args);
}

static inline void room_hear(struct member *m, struct group_event *event)
{
    if (event->kind == EVENT_MESSAGE)
        room_note(m, "%.*s", (int)event->frame->len, frame_text(event->frame));
}

static inline void room_kicked(struct member *m, const struct kick *kick)
{
    (void)m;
    (void)kick;
    fail_msg("nobody is kicked here");
}

static inline void room_permissions_changed(struct member *m, unsigned before)
{
    (void)before;
    if (!member_may(m, PERMISSION_PRESENT))
        streams_revoke(m, "no more");
}

static inline void room_answer(struct member *m, const char *id, struct span sdp)
{
    assert_true(sdp.len > 0 && memcmp(sdp.data, "v=0", 3) == 0);
    room_note(m, "answer %s", id);
}

static inline void room_aborted(struct member *m, const char *id, const char *error,
                                const char *text)
{
    room_note(m, "abort %s(%s%s%s)", id, error ? error : "", error ? ": " : "", text);
}

static inline void room_renegotiate(struct member *m, const char *id)
{
    room_note(m, "renegotiate %s", id);
}

static inline void room_warned(struct member *m, const char *text)
{
    room_note(m, "warn(%s)", text);
}

/* "offer ID(KINDS)", and the id of the stream in whose place it comes: "offer ID(KINDS)<OLD". */
static inline void room_offer(struct member *m, const struct stream_offer *offer)
{
    struct buf sdp = {0};
    const char *text;

    assert_ptr_not_equal(offer->publisher, m);
    buf_add_span(&sdp, offer->sdp);
    text = buf_str(&sdp);
    room_note(m, "offer %s(%s%s)%s%s", offer->id, strstr(text, "\nm=audio") ? "audio" : "",
              strstr(text, "\nm=video") ? (strstr(text, "\nm=audio") ? " video" : "video") : "",
              offer->replaces ? "<" : "", offer->replaces ? offer->replaces : "");
    buf_release(&sdp);
}

static inline void room_closed(struct member *m, const char *id, const char *why)
{
    room_note(m, "close %s%s%s%s", id, why ? "(" : "", why ? why : "", why ? ")" : "");
}

static const struct member_ops room_ops = {.hear = room_hear,
                                           .kicked = room_kicked,
                                           .permissions_changed = room_permissions_changed,
                                           .answer = room_answer,
                                           .aborted = room_aborted,
                                           .renegotiate = room_renegotiate,
                                           .warned = room_warned,
                                           .offer = room_offer,
                                           .closed = room_closed};

/* A publisher without a connection of ours, as WHIP is: it receives nothing. */
static const struct member_ops room_publisher_ops = {.hear = room_hear,
                                                     .kicked = room_kicked,
                                                     .permissions_changed =
                                                         room_permissions_changed,
                                                     .answer = room_answer,
                                                     .aborted = room_aborted,
                                                     .renegotiate = room_renegotiate,
                                                     .warned = room_warned};

static inline void room_enter(struct stream_room *r, struct room_member *rm, char letter,
                              bool receives)
{
    const struct permissions p = {.bits = PERMISSION_PRESENT};
    char id[2] = {letter, '\0'};

    rm->member.ops = receives ? &room_ops : &room_publisher_ops;
    rm->member.kind = receives ? MEMBER_CLIENT : MEMBER_WHIP;
    rm->member.receiver = receives ? &rm->receiver : NULL;
    rm->member.number = (uint64_t)letter;
    rm->member.id = strdup(id);
    rm->member.username = strdup(id);
    assert_int_equal(member_set_base(&rm->member, &p), 0);
    assert_int_equal(live_group_add(r->group, &rm->member, 0), 0);
}

static inline void room_start(struct stream_room *r)
{
    struct media_config config = {
        .n_workers = 1, .listen = "127.0.0.1", .udp_port = free_udp_port()};
    struct group_desc *desc = NULL;
    struct error e = {0};

    memset(r, 0, sizeof *r);
    assert_int_equal(settings_init(&r->settings), 0);
    r->env.settings = &r->settings;
    r->env.timers = &r->timers;
    timer_wheel_init(&r->timers, 0);
    if (media_new(&r->env.media, &config, &signal_media_events, &e) < 0)
        fail_msg("media: %s", e.text);
    assert_int_equal(group_desc_parse(&desc, span_str("{}"), &e), 0);
    assert_int_equal(live_group_new(&r->group, "g", desc, desc, false, &r->n_server, 0, 0), 0);
    group_desc_unref(desc);
    for (int i = 0; i < ROOM_MEMBERS; i++)
        room_enter(r, &r->m[i], (char)('a' + i), i < ROOM_MEMBERS - 1);
}

static inline void room_leave(struct room_member *rm, enum leaving leaving)
{
    streams_forget(&rm->member, leaving != LEAVING_WITH_ALL);
    moderation_leave(&rm->member, leaving, 0);
    member_clear(&rm->member);
}

static inline void room_end(struct stream_room *r)
{
    for (int i = 0; i < ROOM_MEMBERS; i++) {
        struct room_member *rm = &r->m[i];

        if (rm->member.group)
            room_leave(rm, LEAVING_WITH_ALL);
        assert_true(list_is_empty(&rm->member.streams));
        assert_true(list_is_empty(&rm->receiver.downs));
        assert_int_equal(rm->member.n_streams, 0);
        assert_int_equal(rm->receiver.downs_by_id.n, 0);
        free(rm->member.id);
        free(rm->member.username);
    }
    assert_true(list_is_empty(&r->group->streams));
    assert_int_equal(r->group->streams_by_id.n, 0);
    live_group_free(r->group);
    media_free(r->env.media);
    settings_release(&r->settings);
}

/* ---- what tests do ---- */

static inline void room_forget_heard(struct stream_room *r)
{
    for (int i = 0; i < ROOM_MEMBERS; i++)
        r->m[i].heard[0] = '\0';
}

/* A request, as in the protocol: {"LABEL":["audio",...]}; NULL asks for nothing. */
static inline void room_request(struct stream_room *r, int i, const char *text)
{
    struct json_object *request = text ? json_tokener_parse(text) : NULL;

    assert_int_equal(request_table_set(&r->m[i].receiver.request, request, NULL), 0);
    json_object_put(request);
    LIST_EACH (struct published, stream, &r->group->streams, in_group)
        stream_evaluate(up_link_of(stream), &r->m[i].member);
}

/* @param sdp names a file with what a browser made, or is the text itself when there is none */
static inline void room_publish(struct stream_room *r, int i, const char *id, const char *label,
                                const char *replaces, const char *sdp)
{
    struct buf offer = sdp_data(sdp);
    struct publication p = {.id = id, .label = label, .replaces = replaces};

    if (offer.len == 0)
        buf_add_str(&offer, sdp);
    p.sdp = buf_span(&offer);
    stream_publish(&r->env, &r->m[i].member, &p);
    buf_release(&offer);
}

static inline struct down_link *room_down(struct stream_room *r, int i, const char *id)
{
    struct down_link *down = down_link_find(&r->m[i].member, id);

    assert_non_null(down);
    return down;
}

static inline void room_heard(struct stream_room *r, int i, const char *want)
{
    if (strcmp(r->m[i].heard, want) != 0)
        fail_msg("%s heard \"%s\", not \"%s\"", r->m[i].member.id, r->m[i].heard, want);
}

#endif
