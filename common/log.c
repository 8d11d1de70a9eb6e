#include "common/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/now.h"

#define LOG_LINE_MAX 1024

/* The one setting of this module: written by main() at start, read everywhere. */
static atomic_int log_level_now = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_level_now, (int)level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&log_level_now, memory_order_relaxed);
}

/* Lines that standard error did not take since the last one that it took. */
static atomic_uint lines_lost;

struct line {
    char text[LOG_LINE_MAX];
    size_t len;
};

static void line_char(struct line *l, char c)
{
    if (l->len < sizeof l->text - 1)
        l->text[l->len++] = c;
}

/* Outside text is escaped so that it can forge neither a line nor a terminal command. */
static void line_text(struct line *l, const char *text)
{
    static const char hex[] = "0123456789abcdef";

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c != 0x7f) {
            line_char(l, (char)c);
        } else {
            line_char(l, '\\');
            line_char(l, 'x');
            line_char(l, hex[c >> 4]);
            line_char(l, hex[c & 15]);
        }
    }
}

static void line_field(struct line *l, const char *name, const char *value)
{
    if (!value)
        return;
    line_char(l, ' ');
    line_text(l, name);
    line_char(l, '=');
    line_text(l, value);
}

/* A loop that waited for a stuck reader of its log would keep everybody waiting. A pipe or socket
 * that is ready takes a line whole. */
static bool would_block(void)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

    return poll(&p, 1, 0) == 0;
}

static void line_write(struct line *l)
{
    char text[40];
    unsigned lost;

    if (would_block()) {
        atomic_fetch_add_explicit(&lines_lost, 1, memory_order_relaxed);
        return;
    }
    lost = atomic_exchange_explicit(&lines_lost, 0, memory_order_relaxed);
    if (lost > 0) {
        snprintf(text, sizeof text, " (%u lines before were lost)", lost);
        if (l->len > sizeof l->text - sizeof text)
            l->len = sizeof l->text - sizeof text;
        line_text(l, text);
    }
    l->text[l->len++] = '\n';
    /* A log that cannot be written has nowhere to be reported. */
    if (write(STDERR_FILENO, l->text, l->len) < 0)
        return;
}

void log_line(enum log_level level, const struct log_ctx *ctx, const char *fmt, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    char when[TIME_RFC3339_SIZE];
    char message[LOG_LINE_MAX];
    struct line l = {.len = 0};
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    line_text(&l, time_format_rfc3339(now_realtime_us(), when));
    line_char(&l, ' ');
    line_text(&l, names[level]);
    if (ctx) {
        if (ctx->room) {
            line_char(&l, ' ');
            line_text(&l, ctx->room);
        }
        line_field(&l, "group", ctx->group);
        line_field(&l, "client", ctx->client);
        if (ctx->pc) {
            char number[16];

            snprintf(number, sizeof number, "%u", ctx->pc);
            line_field(&l, "pc", number);
        }
        line_field(&l, "action", ctx->action);
    }
    line_char(&l, ' ');
    line_text(&l, message);
    line_write(&l);
}
