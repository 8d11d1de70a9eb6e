#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "tests/bench/relay/line.h"

#define QUEUE_DEFAULT_US 200000
#define HOLD_DEFAULT_US 10000
#define TEXT_MAX 256

enum unit {
    UNIT_PPM,   /* from percent */
    UNIT_US,    /* from milliseconds */
    UNIT_BPS,   /* k and M */
    UNIT_BYTES, /* k and M */
};

/* Where a word's number goes. One of the two places is set. */
struct word {
    const char *name;
    enum unit unit;
    double max; /* as written */
    int64_t *number;
    uint32_t *share;
};

static bool read_number(const char *text, enum unit unit, double max, double *out)
{
    char *end;
    double value;

    errno = 0;
    value = strtod(text, &end);
    if (end == text || errno != 0 || !(value >= 0)) /* refuses NaN, too */
        return false;
    if (unit == UNIT_BPS || unit == UNIT_BYTES) {
        if (*end == 'k')
            value *= 1e3;
        else if (*end == 'M')
            value *= 1e6;
        end += *end == 'k' || *end == 'M';
    }
    if (*end != '\0' || value > max)
        return false;
    *out = value;
    return true;
}

static bool take(const struct word *word, const char *text)
{
    double value;

    if (!read_number(text, word->unit, word->max, &value))
        return false;
    if (word->unit == UNIT_PPM)
        *word->share = (uint32_t)(value * 1e4 + 0.5);
    else
        *word->number = (int64_t)(value * (word->unit == UNIT_US ? 1e3 : 1) + 0.5);
    return true;
}

bool line_settings_parse(struct line_settings *out, const char *text, char *problem,
                         size_t problem_size)
{
    struct line_settings s = {.queue_us = QUEUE_DEFAULT_US, .hold_us = HOLD_DEFAULT_US};
    const struct word words[] = {
        {"rate", UNIT_BPS, 1e10, .number = &s.rate_bps},
        {"queue", UNIT_US, 60e3, .number = &s.queue_us},
        {"burst", UNIT_BYTES, 1e8, .number = &s.burst_bytes},
        {"delay", UNIT_US, 60e3, .number = &s.delay_us},
        {"jitter", UNIT_US, 60e3, .number = &s.jitter_us},
        {"loss", UNIT_PPM, 100, .share = &s.loss_ppm},
        {"reorder", UNIT_PPM, 100, .share = &s.reorder_ppm},
        {"hold", UNIT_US, 60e3, .number = &s.hold_us},
    };
    char copy[TEXT_MAX];
    char *rest = copy;

    if (strlen(text) >= sizeof copy) {
        snprintf(problem, problem_size, "settings of over %d characters", TEXT_MAX - 1);
        return false;
    }
    memcpy(copy, text, strlen(text) + 1);
    if (strcmp(copy, "clear") == 0)
        copy[0] = '\0';
    else if (copy[0] == '\0') {
        snprintf(problem, problem_size, "no settings; \"clear\" changes nothing");
        return false;
    }
    for (char *item; *rest && (item = strsep(&rest, ",")) != NULL;) {
        size_t name_len = strcspn(item, "=");
        const struct word *word = NULL;

        for (size_t i = 0; i < LENGTH(words); i++) {
            if (strlen(words[i].name) == name_len && strncmp(item, words[i].name, name_len) == 0)
                word = &words[i];
        }
        if (!word || item[name_len] != '=' || !take(word, item + name_len + 1)) {
            snprintf(problem, problem_size, "\"%s\" is not a setting with a number in its range",
                     item);
            return false;
        }
        if (!rest)
            break;
    }
    *out = s;
    return true;
}
