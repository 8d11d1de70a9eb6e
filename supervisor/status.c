#include "supervisor/status.h"

#include "common/atomic_file.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "common/now.h"

#define SETTLED_US (5 * US_PER_S)

static const struct log_ctx ctx = {.room = "supervisor"};

bool status_is_down(const struct child *child, int64_t now_us)
{
    return backoff_is_down(&child->backoff) &&
           (child->pid == 0 || now_us - child->backoff.started_us < SETTLED_US);
}

static void add_program(struct buf *out, const struct child *child, int64_t now_us)
{
    const bool is_down = status_is_down(child, now_us);
    char reason[CHILDREN_REASON_SIZE];

    buf_add_str(out, "{\"name\":");
    json_add_string(out, span_str(child->name));
    buf_printf(out, ",\"down\":%s", is_down ? "true" : "false");
    if (is_down) {
        children_reason(child, reason);
        buf_printf(out, ",\"failures\":%u,\"reason\":", child->backoff.failures);
        json_add_string(out, span_str(reason));
    }
    buf_add_char(out, '}');
}

void status_write(struct status *s, const struct child *children, size_t count,
                  const char *certificate, int64_t now_us)
{
    struct buf text = {0};
    struct error e = {0};

    buf_add_str(&text, "{\"programs\":[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(&text, ',');
        add_program(&text, &children[i], now_us);
    }
    buf_add_str(&text, "],\"certificate\":");
    if (certificate)
        json_add_string(&text, span_str(certificate));
    else
        buf_add_str(&text, "null");
    buf_add_str(&text, "}\n");
    if (buf_check(&text) < 0 || span_eq(buf_span(&text), buf_span(&s->last))) {
        buf_release(&text);
        return;
    }
    if (file_replace(s->path, buf_span(&text), 0640, &e) < 0) {
        if (!s->has_failed)
            log_warn(&ctx, "run/status.json: %s", e.text);
        s->has_failed = true;
        buf_release(&text);
        return;
    }
    s->has_failed = false;
    buf_release(&s->last);
    s->last = text;
}

void status_release(struct status *s)
{
    buf_release(&s->last);
}
