#include "admin-cgi/password_policy.h"

#include <ctype.h>
#include <stdbool.h>

#include "admin-cgi/common_password.h"
#include "common/macros.h"

#define WORD_MIN 4 /* bytes; shorter ones say nothing about what follows */

static size_t characters(struct span s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += (s.data[i] & 0xc0) != 0x80;
    return n;
}

static bool repeats_after(struct span s, size_t period)
{
    size_t i = period;

    while (i < s.len && s.data[i] == s.data[i - period])
        i++;
    return i == s.len;
}

/* Ends up where it began after a short piece: "aaaaaaaaaaaa", "abcabcabcabc". */
static bool is_repetition(struct span s)
{
    for (size_t period = 1; period <= 4 && period < s.len; period++) {
        if (repeats_after(s, period))
            return true;
    }
    return false;
}

/* "123456789012", "abcdefghijkl", and the same backwards. */
static bool is_sequence(struct span s)
{
    for (int step = -1; step <= 1; step += 2) {
        size_t i = 1;

        while (i < s.len &&
               (s.data[i] == s.data[i - 1] + step || (s.data[i - 1] == '9' && s.data[i] == '0') ||
                (s.data[i - 1] == '0' && s.data[i] == '9')))
            i++;
        if (i == s.len)
            return true;
    }
    return false;
}

static bool starts_with_nocase(struct span s, struct span start)
{
    return s.len >= start.len && span_eq_nocase(span_sub(s, 0, start.len), start);
}

static bool has_letter(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (isalpha(s.data[i]) || s.data[i] >= 0x80)
            return true;
    }
    return false;
}

/* The word and then digits or signs. */
static bool is_word_with_tail(struct span s, struct span word)
{
    return word.len >= WORD_MIN && starts_with_nocase(s, word) &&
           !has_letter(span_sub(s, word.len, s.len));
}

/* A common password, with digits or signs behind it, or said again and again. */
static bool is_common(struct span s)
{
    for (size_t len = s.len; len >= WORD_MIN && !has_letter(span_sub(s, len, s.len)); len--) {
        if (common_password_is(span_sub(s, 0, len)))
            return true;
    }
    for (size_t period = WORD_MIN; period <= s.len / 2; period++) {
        if (repeats_after(s, period) && common_password_is(span_sub(s, 0, period)))
            return true;
    }
    return false;
}

static int too_common(struct error *e)
{
    return error_set(e, ERR_INVALID, "password",
                     "this is among the first that others would try; use a few words");
}

int password_policy_check(struct span password, struct span login, struct error *e)
{
    static const char *const here[] = {"nereid", "videoconference"}; /* tried first here only */

    if (password.len > PASSWORD_BYTES_MAX)
        return error_set(e, ERR_INVALID, "password", "at most %d bytes", PASSWORD_BYTES_MAX);
    if (!span_is_utf8(password) || span_index(password, 0, 0) < password.len)
        return error_set(e, ERR_INVALID, "password", "use text");
    if (characters(password) < PASSWORD_CHARACTERS_MIN)
        return error_set(e, ERR_INVALID, "password",
                         "use at least %d characters; a few words are easy to remember",
                         PASSWORD_CHARACTERS_MIN);
    if (is_repetition(password) || is_sequence(password))
        return error_set(e, ERR_INVALID, "password", "this is one thing repeated; use a few words");
    if (is_word_with_tail(password, login))
        return error_set(e, ERR_INVALID, "password", "this is the account's name; use other words");
    if (is_common(password))
        return too_common(e);
    for (size_t i = 0; i < LENGTH(here); i++) {
        if (is_word_with_tail(password, span_str(here[i])))
            return too_common(e);
    }
    return 0;
}
