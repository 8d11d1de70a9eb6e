#include "common/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log_fold.h"
#include "common/now.h"
#include "common/span.h"

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

/* Repeats, of this process: a child does not say what its parent counted. */
static struct {
    pthread_mutex_t lock;
    pid_t pid;
    struct log_fold fold;
} repeats = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct line {
    char text[LOG_LINE_MAX];
    size_t len;
};

/* Whole or not at all, so that no character is cut in two. @return false when the line is full */
static bool line_add(struct line *l, const void *data, size_t len)
{
    if (len > sizeof l->text - 1 - l->len)
        return false;
    memcpy(l->text + l->len, data, len);
    l->len += len;
    return true;
}

static void line_char(struct line *l, char c)
{
    (void)line_add(l, &c, 1);
}

/* Outside text is escaped so that it can forge neither a line nor a terminal command. */
static void line_text(struct line *l, const char *text)
{
    struct span rest = span_str(text);

    bool has_room = true;

    while (rest.len > 0 && has_room) {
        size_t len = span_printable_next(rest);
        char escaped[5];

        if (len > 0) {
            has_room = line_add(l, rest.data, len);
        } else {
            len = 1;
            snprintf(escaped, sizeof escaped, "\\x%02x", rest.data[0]);
            has_room = line_add(l, escaped, sizeof escaped - 1);
        }
        rest = span_sub(rest, len, rest.len);
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
    while (write(STDERR_FILENO, l->text, l->len) < 0 && errno == EINTR)
        ;
}

static void line_begin(struct line *l)
{
    char when[TIME_RFC3339_SIZE];

    l->len = 0;
    line_text(l, time_format_rfc3339(now_realtime_us(), when));
    line_char(l, ' ');
}

/* Under the lock. */
static void say_folded(int64_t now_us, bool is_end)
{
    const struct log_fold_line *folded;
    unsigned n_more;

    while ((folded = log_fold_due(&repeats.fold, now_us, is_end, &n_more)) != NULL) {
        struct line l;
        char more[32];
        size_t len = folded->len;
        int n = snprintf(more, sizeof more, " (and %u more)", n_more);

        line_begin(&l);
        if (len > sizeof l.text - 1 - l.len - (size_t)n)
            len = sizeof l.text - 1 - l.len - (size_t)n;
        (void)line_add(&l, folded->text, len);
        (void)line_add(&l, more, (size_t)n);
        line_write(&l);
    }
}

static void lock_repeats(void)
{
    pid_t pid = getpid();

    pthread_mutex_lock(&repeats.lock);
    if (repeats.pid != pid) {
        repeats.fold = (struct log_fold){0};
        repeats.pid = pid;
    }
}

void log_settle(int64_t now_us)
{
    lock_repeats();
    say_folded(now_us, false);
    pthread_mutex_unlock(&repeats.lock);
}

void log_end(void)
{
    lock_repeats();
    say_folded(0, true);
    pthread_mutex_unlock(&repeats.lock);
}

void log_line(enum log_level level, const struct log_ctx *ctx, const char *fmt, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    char message[LOG_LINE_MAX];
    int64_t now_us = now_monotonic_us();
    struct line l;
    size_t start;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    line_begin(&l);
    start = l.len;
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
    lock_repeats();
    say_folded(now_us, false);
    if (log_fold_take(&repeats.fold, l.text + start, l.len - start, now_us))
        line_write(&l);
    pthread_mutex_unlock(&repeats.lock);
}
