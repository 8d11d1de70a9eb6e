#include "common/log_fold.h"

#include <string.h>

static bool is_over(const struct log_fold_line *line, int64_t now_us)
{
    return now_us - line->since_us >= LOG_FOLD_WINDOW_US;
}

static struct log_fold_line *find(struct log_fold *f, const char *text, size_t len)
{
    for (size_t i = 0; i < LOG_FOLD_LINES; i++) {
        if (f->lines[i].len == len && memcmp(f->lines[i].text, text, len) == 0)
            return &f->lines[i];
    }
    return NULL;
}

/* An unused place, else the line that came longest ago of those with nothing left to say; NULL when
 * all have. */
static struct log_fold_line *place(struct log_fold *f)
{
    struct log_fold_line *oldest = NULL;

    for (size_t i = 0; i < LOG_FOLD_LINES; i++) {
        struct log_fold_line *line = &f->lines[i];

        if (line->len == 0)
            return line;
        if (line->n_folded == 0 && (!oldest || line->last_us < oldest->last_us))
            oldest = line;
    }
    return oldest;
}

bool log_fold_take(struct log_fold *f, const char *text, size_t len, int64_t now_us)
{
    struct log_fold_line *line;

    if (len == 0 || len > LOG_FOLD_TEXT_MAX)
        return true;
    line = find(f, text, len);
    if (!line) {
        line = place(f);
        if (!line)
            return true;
        memcpy(line->text, text, len);
        line->len = len;
        line->n_folded = 0;
        line->n_said = 0;
        line->since_us = now_us;
    } else if (is_over(line, now_us) && line->n_folded == 0) {
        line->n_said = 0;
        line->since_us = now_us;
    }
    line->last_us = now_us;
    if (line->n_said < LOG_FOLD_BURST) {
        line->n_said++;
        return true;
    }
    line->n_folded++;
    return false;
}

const struct log_fold_line *log_fold_due(struct log_fold *f, int64_t now_us, bool is_end,
                                         unsigned *n_more)
{
    for (size_t i = 0; i < LOG_FOLD_LINES; i++) {
        struct log_fold_line *line = &f->lines[i];

        if (line->n_folded == 0 || (!is_end && !is_over(line, now_us)))
            continue;
        *n_more = line->n_folded;
        line->n_folded = 0;
        /* A fault that goes on stays folded: one line in ten seconds. */
        line->n_said = LOG_FOLD_BURST;
        line->since_us = now_us;
        return line;
    }
    return NULL;
}
