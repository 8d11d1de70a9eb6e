#include "common/recording_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/macros.h"
#include "common/now.h"
#include "common/span.h"

#define PART ".part"

/* Digits are N; the colons may be hyphens. */
static const char shape[RECORDING_TIME_LEN + 1] = "NNNN-NN-NNTNN:NN:NN.NNN";

/* What a file's name cannot hold, and what stands for it. */
static const struct {
    char character;
    const char *word;
} escapes[] = {{'/', "-slash-"}, {'\\', "-backslash-"}};

/* ---- making ---- */

/* Appends all of it, or nothing. */
static void append(char *out, size_t size, struct span text)
{
    size_t len = strlen(out);

    if (len + text.len >= size)
        return;
    memcpy(out + len, text.data, text.len);
    out[len + text.len] = '\0';
}

static const char *word_for(uint8_t c)
{
    for (size_t i = 0; i < LENGTH(escapes); i++) {
        if (escapes[i].character == (char)c)
            return escapes[i].word;
    }
    return NULL;
}

void recording_name_make(char out[RECORDING_NAME_MAX + 1], int64_t started_us, const char *username)
{
    const size_t size = RECORDING_NAME_MAX - RECORDING_NUMBER_LEN + 1;
    time_t seconds = (time_t)(started_us / US_PER_S);
    struct span rest = span_str(username);
    struct tm local;
    size_t len;

    localtime_r(&seconds, &local);
    len = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &local);
    (void)snprintf(out + len, size - len, ".%03d", (int)(started_us % US_PER_S / US_PER_MS));
    if (rest.len > 0)
        append(out, size, span_str("-"));
    while (rest.len > 0) {
        size_t n = span_printable_next(rest);
        const char *word = word_for(rest.data[0]);

        append(out, size, word ? span_str(word) : span_sub(rest, 0, n));
        rest = span_sub(rest, n ? n : 1, rest.len);
    }
}

/* ---- reading ---- */

static bool has_shape(const char *name)
{
    for (size_t i = 0; i < RECORDING_TIME_LEN; i++) {
        bool fits = shape[i] == 'N' ? name[i] >= '0' && name[i] <= '9' : name[i] == shape[i];

        if (!fits && !(shape[i] == ':' && name[i] == '-'))
            return false;
    }
    return true;
}

static int number(const char *digits, size_t len)
{
    int n = 0;

    for (size_t i = 0; i < len; i++)
        n = 10 * n + (digits[i] - '0');
    return n;
}

/* An hour that a change of clocks has twice is a guess. */
bool recording_name_time(const char *name, int64_t *time_us)
{
    struct tm tm = {.tm_isdst = -1};
    time_t s;

    if (!has_shape(name))
        return false;
    tm.tm_year = number(name, 4) - 1900;
    tm.tm_mon = number(name + 5, 2) - 1;
    tm.tm_mday = number(name + 8, 2);
    tm.tm_hour = number(name + 11, 2);
    tm.tm_min = number(name + 14, 2);
    tm.tm_sec = number(name + 17, 2);
    if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
        tm.tm_min > 59 || tm.tm_sec > 60 || tm.tm_year < 70)
        return false;
    s = mktime(&tm);
    if (s == (time_t)-1)
        return false;
    if (time_us)
        *time_us = (int64_t)s * US_PER_S + number(name + 20, 3) * US_PER_MS;
    return true;
}

/* "-ada-01.webm.part" -> "ada" */
static struct span user_part(const char *rest)
{
    size_t len = strlen(rest) - (recording_name_is_part(rest) ? sizeof PART - 1 : 0);
    const char *dot = memrchr(rest, '.', len);
    size_t n = dot ? (size_t)(dot - rest) : len;

    if (n >= RECORDING_NUMBER_LEN && rest[n - 3] == '-' && isdigit((unsigned char)rest[n - 2]) &&
        isdigit((unsigned char)rest[n - 1]))
        n -= RECORDING_NUMBER_LEN;
    return n > 1 && rest[0] == '-' ? span_of(rest + 1, n - 1) : span_str("");
}

/* How many bytes of `s` one character takes, which is written to `c`. */
static size_t next_character(struct span s, char *c)
{
    for (size_t i = 0; i < LENGTH(escapes); i++) {
        if (span_starts_with(s, escapes[i].word)) {
            *c = escapes[i].character;
            return strlen(escapes[i].word);
        }
    }
    *c = (char)s.data[0];
    return 1;
}

void recording_name_user(const char *name, char *out, size_t size)
{
    struct span user;
    size_t len = 0;

    *out = 0;
    if (!recording_name_time(name, NULL))
        return;
    user = user_part(name + RECORDING_TIME_LEN);
    if (!span_is_utf8(user))
        return;
    while (user.len > 0 && len + 1 < size) {
        size_t n = next_character(user, &out[len++]);

        user = span_sub(user, n, user.len - n);
    }
    out[user.len > 0 ? 0 : len] = 0;
}

bool recording_name_is_part(const char *name)
{
    size_t len = strlen(name);

    return len > sizeof PART - 1 && strcmp(name + len - (sizeof PART - 1), PART) == 0;
}
