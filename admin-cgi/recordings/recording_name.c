#include "admin-cgi/recordings/recording_name.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "common/macros.h"
#include "common/now.h"

#define PART ".part"
#define MARKER ".deleted"
#define STAMP "dddd-dd-ddTdd:dd:dd.ddd"
#define STAMP_LEN (sizeof STAMP - 1)

static bool has_suffix(const char *name, const char *suffix)
{
    size_t len = strlen(name), n = strlen(suffix);

    return len > n && strcmp(name + len - n, suffix) == 0;
}

bool recording_name_is_valid(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < 256 &&
           !has_suffix(name, MARKER);
}

bool recording_name_is_part(const char *name)
{
    return has_suffix(name, PART);
}

static bool has_stamp(const char *name)
{
    for (size_t i = 0; i < STAMP_LEN; i++) {
        if (STAMP[i] == 'd' ? !isdigit((unsigned char)name[i]) : name[i] != STAMP[i])
            return false;
    }
    return true;
}

static int number_at(const char *text, size_t n)
{
    int value = 0;

    for (size_t i = 0; i < n; i++)
        value = 10 * value + (text[i] - '0');
    return value;
}

/* Local time, as the recorder writes it. An hour that a change of clocks has twice is a guess. */
static int64_t time_of(const char *stamp)
{
    struct tm tm = {
        .tm_year = number_at(stamp, 4) - 1900,
        .tm_mon = number_at(stamp + 5, 2) - 1,
        .tm_mday = number_at(stamp + 8, 2),
        .tm_hour = number_at(stamp + 11, 2),
        .tm_min = number_at(stamp + 14, 2),
        .tm_sec = number_at(stamp + 17, 2),
        .tm_isdst = -1,
    };
    time_t seconds = mktime(&tm);

    return seconds == (time_t)-1 ? 0
                                 : seconds * US_PER_S + number_at(stamp + 20, 3) * INT64_C(1000);
}

/* "-ada-01" -> "ada": the two digits tell files of the same instant apart. A user whose own name
 * ends so loses them here; where it matters, the file beside the recording has the whole name. */
static struct span user_part(struct span rest)
{
    size_t n = rest.len;

    if (n >= 3 && rest.data[n - 3] == '-' && isdigit(rest.data[n - 2]) && isdigit(rest.data[n - 1]))
        rest.len -= 3;
    return rest.len > 1 && rest.data[0] == '-' ? span_sub(rest, 1, rest.len - 1) : span_str("");
}

/* The two characters that a file's name cannot hold, in the original's words for them. */
static const char *unescape(struct arena *a, struct span user)
{
    static const struct {
        const char *word;
        char character;
    } words[] = {{"-slash-", '/'}, {"-backslash-", '\\'}};
    char *out = arena_dup(a, user);
    char *to = out;

    for (const char *c = out; out && *c;) {
        size_t i = 0;

        while (i < LENGTH(words) && strncmp(c, words[i].word, strlen(words[i].word)) != 0)
            i++;
        if (i < LENGTH(words)) {
            c += strlen(words[i].word);
            *to++ = words[i].character;
        } else {
            *to++ = *c++;
        }
    }
    if (to)
        *to = '\0';
    return out;
}

int recording_name_read(struct recording_name *out, struct arena *a, const char *name)
{
    size_t len = strlen(name) - (recording_name_is_part(name) ? sizeof PART - 1 : 0);
    const char *rest = name + STAMP_LEN;
    const char *end;

    *out = (struct recording_name){.stamp = "", .username = ""};
    if (len < STAMP_LEN || !has_stamp(name))
        return 0;
    out->started_us = time_of(name);
    end = memrchr(rest, '.', len - STAMP_LEN);
    out->stamp = arena_dup(a, span_of(name, STAMP_LEN));
    out->username =
        unescape(a, user_part(span_of(rest, end ? (size_t)(end - rest) : len - STAMP_LEN)));
    return out->stamp && out->username ? 0 : ERR_NO_MEMORY;
}

const char *recording_name_for_download(struct arena *a, const char *name)
{
    size_t len = strlen(name) - (recording_name_is_part(name) ? sizeof PART - 1 : 0);
    char *out = arena_dup(a, span_of(name, len));

    for (char *c = out; c && *c; c++) {
        if (*c == ':')
            *c = '-';
    }
    return out;
}
