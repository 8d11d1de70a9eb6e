#include "mediad/signal/stream_links.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"

struct up_link *up_link_find(const struct client_session *s, const char *id)
{
    for (struct up_link *up = s->up; up; up = up->next) {
        if (strcmp(up->id, id) == 0)
            return up;
    }
    return NULL;
}

struct down_link *down_link_find(const struct client_session *s, const char *id)
{
    return name_index_find(&s->down_by_id, id);
}

static struct stream_names names_of(const struct client_session *s, const struct up_link *up)
{
    return (struct stream_names){.group = session_group(s)->name,
                                 .client = s->member.id,
                                 .stream = up->id,
                                 .client_id = s->number};
}

/* ---- up ---- */

static const char *const default_codecs[] = {"vp8", "opus", NULL};

static void up_free(struct up_link *up)
{
    up_stream_free(up->media);
    free(up->id);
    free(up->label);
    free(up->shape);
    free(up);
}

int up_link_new(struct up_link **out, struct client_session *s, const char *id, const char *label)
{
    struct up_link *up = calloc(1, sizeof *up);
    const struct group_desc *desc = session_group(s)->desc;
    const char *const *codecs =
        desc->n_codecs > 0 ? (const char *const *)desc->codecs : default_codecs;
    struct stream_names names;
    int r;

    if (!up)
        return ERR_NO_MEMORY;
    up->session = s;
    up->id = strdup(id);
    up->label = strdup(label);
    if (!up->id || !up->label) {
        up_free(up);
        return ERR_NO_MEMORY;
    }
    names = names_of(s, up);
    r = up_stream_new(&up->media, s->env->media, &names, codecs, up);
    if (r == 0) {
        up->published.by_id.name = up->id;
        up->published.owner = &s->member;
        r = live_group_publish(session_group(s), &up->published);
    }
    if (r < 0) {
        up_free(up);
        return r;
    }
    up->next = s->up;
    s->up = up;
    s->n_up++;
    *out = up;
    return 0;
}

void up_link_free(struct up_link *up, bool tells_receivers)
{
    struct client_session *s = up->session;
    struct up_link **link = &s->up;

    while (up->downs)
        down_link_free(up->downs, tells_receivers);
    while (*link != up)
        link = &(*link)->next;
    *link = up->next;
    s->n_up--;
    live_group_unpublish(session_group(s), &up->published);
    up_free(up);
}

uint32_t up_link_receivers_can(const struct up_link *up)
{
    uint32_t can = UINT32_MAX;

    LIST_EACH (struct member, m, &session_group(up->session)->members, in_group) {
        const struct client_session *s = m->kind == MEMBER_CLIENT ? session_of_member(m) : NULL;

        if (s && s != up->session && request_table_wishes(&s->request, up->label) != 0)
            can &= media_abilities_can(&s->abilities);
    }
    return can;
}

void up_link_note_tracks(struct up_link *up)
{
    const struct track_info *tracks = NULL;
    size_t n = up_stream_tracks(up->media, &tracks);
    struct buf shape = {0};

    for (size_t i = 0; i < n; i++)
        buf_printf(&shape, "%d %s %s %s\n", (int)tracks[i].kind, tracks[i].codec, tracks[i].rid,
                   tracks[i].fmtp);
    if (buf_check(&shape) == 0 && (!up->shape || strcmp(up->shape, buf_str(&shape)) != 0)) {
        free(up->shape);
        up->shape = strdup(buf_str(&shape));
        up->generation++;
    }
    buf_release(&shape);
}

/* ---- down ---- */

void down_link_free(struct down_link *down, bool tells)
{
    struct client_session *s = down->session;

    name_index_remove(&s->down_by_id, &down->by_id);
    *down->link = down->next;
    if (down->next)
        down->next->link = down->link;
    *down->link_up = down->next_up;
    if (down->next_up)
        down->next_up->link_up = down->link_up;
    if (tells)
        session_send(s, message_write_plain("close", down->up->id));
    down_stream_free(down->media);
    free(down);
}

static int down_new(struct down_link **out, struct client_session *s, struct up_link *up)
{
    struct down_link *down = calloc(1, sizeof *down);
    struct stream_names names = names_of(s, up);
    int r;

    if (!down)
        return ERR_NO_MEMORY;
    down->session = s;
    down->up = up;
    down->by_id.name = up->id;
    r = down_stream_new(&down->media, s->env->media, up->media, &names, up->label, down);
    if (r < 0) {
        free(down);
        return r;
    }
    r = name_index_add(&s->down_by_id, &down->by_id);
    if (r < 0) {
        down_stream_free(down->media);
        free(down);
        return r;
    }
    down->next = s->down;
    down->link = &s->down;
    if (down->next)
        down->next->link = &down->next;
    s->down = down;
    down->next_up = up->downs;
    down->link_up = &up->downs;
    if (down->next_up)
        down->next_up->link_up = &down->next_up;
    up->downs = down;
    *out = down;
    return 0;
}

void down_link_offer(struct down_link *down, bool ice_restart, const char *replaces)
{
    struct client_session *s = down->session;
    struct up_link *up = down->up;
    struct buf sdp = {0};
    struct error e = {0};
    struct log_ctx ctx = {
        .room = "signal", .group = session_group(s)->name, .client = s->member.id};

    if (down->is_offered) {
        down->wants_offer = true;
        down->wants_restart |= ice_restart;
        return;
    }
    if (down_stream_offer(down->media, down->selection, down->n_selected, ice_restart, &sdp, &e) <
            0 ||
        buf_check(&sdp) < 0) {
        log_warn(&ctx, "stream not offered: %s", e.text);
        buf_release(&sdp);
        down_link_free(down, true);
        return;
    }
    const struct offer offer = {.id = up->id,
                                .label = up->label,
                                .replace = replaces,
                                .source = up->session->member.id,
                                .username = up->session->member.username,
                                .sdp = buf_span(&sdp)};

    down->is_offered = true;
    down->wants_offer = down->wants_restart = false;
    session_send(s, message_write_offer(&offer));
    buf_release(&sdp);
}

/* ---- who gets what ---- */

struct wanted {
    bool has_override;
    unsigned override;
    const char *replaces;
};

/* @return false when nothing of the stream is wanted */
static bool evaluate(struct up_link *up, struct client_session *s, const struct wanted *w)
{
    struct down_link *down = down_link_find(s, up->id);
    const struct track_info *tracks = NULL;
    size_t n_tracks = up_stream_tracks(up->media, &tracks), n;
    struct track_selection selection[SELECTION_MAX];
    struct log_ctx ctx = {
        .room = "signal", .group = session_group(s)->name, .client = s->member.id};
    unsigned wishes = w->has_override ? w->override : request_table_wishes(&s->request, up->label);

    n = selection_make(selection, tracks, n_tracks, wishes);
    if (n == 0) {
        if (down)
            down_link_free(down, true);
        return false;
    }
    if (!down) {
        int r = down_new(&down, s, up);

        if (r < 0) {
            log_warn(&ctx, "stream not sent: %s", err_text(r));
            return false;
        }
    } else if (down->generation == up->generation &&
               selection_eq(selection, n, down->selection, down->n_selected)) {
        return true;
    }
    down->has_override = w->has_override;
    down->override = w->override;
    memcpy(down->selection, selection, n * sizeof selection[0]);
    down->n_selected = n;
    down->generation = up->generation;
    down_link_offer(down, false, w->replaces);
    /* What could not be offered is gone. */
    return down_link_find(s, up->id);
}

void stream_evaluate(struct up_link *up, struct client_session *receiver)
{
    const struct down_link *down = down_link_find(receiver, up->id);
    struct wanted w = {0};

    if (receiver == up->session)
        return;
    if (down && down->has_override) {
        w.has_override = true;
        w.override = down->override;
    }
    evaluate(up, receiver, &w);
}

void stream_evaluate_all(struct up_link *up)
{
    LIST_EACH (struct member, m, &session_group(up->session)->members, in_group) {
        if (m->kind == MEMBER_CLIENT)
            stream_evaluate(up, session_of_member(m));
    }
}

/* A receiver of the old stream gets the new one in its place, or learns that both are gone. */
static void hand_over(struct up_link *up, struct down_link *down, const char *old_id)
{
    struct client_session *s = down->session;
    struct wanted w = {down->has_override, down->override, old_id};

    s->is_handed_over = true;
    down_link_free(down, false);
    if (evaluate(up, s, &w))
        return;
    session_send(s, message_write_plain("close", old_id));
    session_send(s, message_write_plain("close", up->id));
}

void stream_replace(struct up_link *up, struct up_link *old)
{
    struct live_group *g = session_group(up->session);

    while (old->downs)
        hand_over(up, old->downs, old->id);
    up_link_free(old, false);
    LIST_EACH (struct member, m, &g->members, in_group) {
        struct client_session *s = m->kind == MEMBER_CLIENT ? session_of_member(m) : NULL;

        if (!s)
            continue;
        if (!s->is_handed_over)
            stream_evaluate(up, s);
        s->is_handed_over = false;
    }
}
