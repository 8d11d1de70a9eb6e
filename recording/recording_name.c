#include "recording/recording_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/now.h"
#include "common/span.h"

/* Digits are N; the separators of time are either of two. */
static const char shape[RECORDING_TIME_LEN + 1] = "NNNN-NN-NNTNN:NN:NN.NNN";

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

void recording_name_user(const char *name, char *out, size_t size)
{
    struct span user;
    const char *dot;

    *out = 0;
    if (!recording_name_time(name, NULL) || name[RECORDING_TIME_LEN] != '-')
        return;
    name += RECORDING_TIME_LEN + 1;
    dot = strrchr(name, '.');
    user = span_of(name, dot ? (size_t)(dot - name) : strlen(name));
    /* "-01" to "-99": several began in one millisecond */
    if (user.len >= 2 && isdigit(user.data[user.len - 1]) && isdigit(user.data[user.len - 2])) {
        if (user.len == 2)
            return;
        if (user.data[user.len - 3] == '-')
            user.len -= 3;
    }
    if (user.len < size && span_is_utf8(user))
        (void)span_copy(user, out, size);
}
