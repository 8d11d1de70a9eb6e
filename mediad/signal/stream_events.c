#include "mediad/signal/stream_events.h"

#include "common/log.h"
#include "mediad/rtc/down_stream.h"
#include "mediad/signal/features.h"
#include "mediad/signal/message_write.h"
#include "mediad/signal/stream_links.h"

/* Attempts to connect a stream that may fail in a row: then it is ended, as its client would be
 * asked to renegotiate for ever. */
#define CONNECT_ATTEMPTS 3

static struct log_ctx log_of(const struct member *m)
{
    return (struct log_ctx){.room = "signal", .group = m->group->name, .client = m->id};
}

/* @param of whose stream it is, for the sentence */
static void write_unconnected(struct buf *out, const char *of, const char *why)
{
    buf_printf(out, "%s could not be connected in %d attempts: %s", of, CONNECT_ATTEMPTS, why);
}

static void up_connected(void *user)
{
    struct up_link *up = user;
    struct log_ctx ctx = log_of(up_link_owner(up));

    up->n_failures = 0;
    log_debug(&ctx, "stream connected");
}

static void give_up(struct up_link *up, const char *why)
{
    struct member *m = up_link_owner(up);
    char id[STREAM_ID_MAX + 1];
    struct buf text = {0};

    snprintf(id, sizeof id, "%s", up->id);
    write_unconnected(&text, "Your stream", why);
    up_link_free(up, true);
    m->ops->aborted(m, id, "connection-failed", buf_check(&text) == 0 ? buf_str(&text) : why);
    buf_release(&text);
}

static void up_failed(void *user, const char *why)
{
    struct up_link *up = user;
    struct member *m = up_link_owner(up);

    if (++up->n_failures >= CONNECT_ATTEMPTS)
        give_up(up, why);
    else
        m->ops->renegotiate(m, up->id);
}

static void down_connected(void *user)
{
    struct down_link *down = user;
    struct log_ctx ctx = log_of(down->member);

    down->n_failures = 0;
    log_debug(&ctx, "received stream connected");
}

static void down_failed(void *user, const char *why)
{
    struct down_link *down = user;
    struct buf of = {0}, text = {0};

    if (++down->n_failures < CONNECT_ATTEMPTS) {
        down_link_offer(down, true, NULL);
        return;
    }
    buf_printf(&of, "A stream of %s", up_link_owner(down->up)->username);
    write_unconnected(&text, buf_check(&of) == 0 ? buf_str(&of) : "A stream", why);
    down_link_close(down, buf_check(&text) == 0 ? buf_str(&text) : why);
    buf_release(&of);
    buf_release(&text);
}

/* A player cannot be offered anything, nor need a trial go on: it ends. */
static void lone_failed(void *user, const char *why)
{
    struct member *viewer = user;

    viewer->ops->closed(viewer, "", why);
}

static void up_notice(void *user, const char *text)
{
    struct member *owner = up_link_owner(user);
    struct buf b = {0};
    struct chat_message notice = {.type = "usermessage", .kind = "info", .privileged = true};
    struct frame *f = NULL;

    owner->ops->warned(owner, text);
    buf_printf(&b, "Stream of %s: %s", owner->username, text);
    notice.text = buf_str(&b);
    if (buf_check(&b) == 0)
        f = message_write_chat(&notice);
    if (f)
        live_group_send(owner->group, f, owner, true);
    frame_unref(f);
    buf_release(&b);
}

static void up_demand(void *user, uint32_t demanded)
{
    struct up_link *up = user;
    uint32_t changed = (up->demand ^ demanded) & up_link_videos(up);

    up->demand = demanded;
    if (changed)
        up_link_tell_layers(up);
}

static void up_limit(void *user, int64_t bps)
{
    struct up_link *up = user;

    up->limit_bps = bps;
    up_link_tell_rate(up);
}

static void down_allocated(void *user, const struct down_allocation *a)
{
    struct down_link *down = user;

    if (down->member->features & FEATURE_STREAM_STATE)
        member_tell(down->member, message_write_stream_state(down->up->id, a));
}

const struct media_events signal_media_events = {.up_connected = up_connected,
                                                 .up_failed = up_failed,
                                                 .down_connected = down_connected,
                                                 .down_failed = down_failed,
                                                 .lone_failed = lone_failed,
                                                 .up_notice = up_notice,
                                                 .up_demand = up_demand,
                                                 .up_limit = up_limit,
                                                 .down_allocated = down_allocated};
