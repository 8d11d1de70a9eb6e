#include "galenectl/flags.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

void flags_usage(const struct flag_set *set, FILE *stream)
{
    fprintf(stream, "Usage: %s\n", set->synopsis);
    if (set->about)
        fprintf(stream, "\n%s\n", set->about);
    if (set->n_flags > 0)
        fprintf(stream, "\nFlags:\n");
    for (size_t i = 0; i < set->n_flags; i++) {
        const struct flag *f = &set->flags[i];

        fprintf(stream, "  -%s%s%s\n        %s", f->name, f->word ? " " : "",
                f->word ? f->word : "", f->help);
        if (f->normal)
            fprintf(stream, " (default %s)", f->normal);
        fputc('\n', stream);
    }
    if (set->examples)
        fprintf(stream, "\nExamples:\n%s\n", set->examples);
    if (set->more)
        set->more(stream);
}

static bool parse_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
    static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};

    for (size_t i = 0; i < LENGTH(yes); i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool parse_int(const char *text, int64_t *out)
{
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    int base = 0;
    char *end;
    long long value;

    if (digits[0] < '0' || digits[0] > '9')
        return false;
    if (digits[0] == '0' && (digits[1] | 0x20) == 'b' && digits[2]) {
        char copy[72];

        /* strtoll() of this age knows no binary prefix. */
        if (strlen(digits + 2) >= sizeof copy - 1 || strspn(digits + 2, "01") != strlen(digits + 2))
            return false;
        snprintf(copy, sizeof copy, "%s%s", text[0] == '-' ? "-" : "", digits + 2);
        errno = 0;
        *out = strtoll(copy, NULL, 2);
        return errno == 0;
    }
    errno = 0;
    value = strtoll(text, &end, base);
    if (errno || *end)
        return false;
    *out = value;
    return true;
}

/* The unit at the start of *text, in nanoseconds, or 0. */
static int64_t parse_unit_ns(const char **text)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {
        {"ns", 1},
        {"us", 1000},
        {"\xc2\xb5s", 1000},
        {"\xce\xbcs", 1000},
        {"ms", 1000000},
        {"s", INT64_C(1000000000)},
        {"m", INT64_C(60000000000)},
        {"h", INT64_C(3600000000000)},
    };

    for (size_t i = 0; i < LENGTH(units); i++) {
        size_t len = strlen(units[i].name);

        if (strncmp(*text, units[i].name, len) == 0) {
            *text += len;
            return units[i].ns;
        }
    }
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One number with its unit, added to *total_ns. */
static bool add_term(const char **text, int64_t *total_ns)
{
    int64_t whole = 0;
    double fraction = 0;
    double scale = 0.1;
    bool has_digit = false;
    int64_t unit;
    int64_t ns;

    for (; is_digit(**text); (*text)++) {
        has_digit = true;
        if (__builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, **text - '0', &whole))
            return false;
    }
    if (**text == '.') {
        for ((*text)++; is_digit(**text); (*text)++) {
            has_digit = true;
            fraction += (**text - '0') * scale;
            scale /= 10;
        }
    }
    unit = parse_unit_ns(text);
    if (!has_digit || unit == 0 || __builtin_mul_overflow(whole, unit, &ns) ||
        __builtin_add_overflow(ns, (int64_t)(fraction * (double)unit + 0.5), &ns))
        return false;
    return !__builtin_add_overflow(*total_ns, ns, total_ns);
}

bool duration_parse(const char *text, int64_t *out_ns)
{
    bool is_negative = text[0] == '-';
    int64_t total_ns = 0;

    if (text[0] == '-' || text[0] == '+')
        text++;
    if (strcmp(text, "0") == 0) {
        *out_ns = 0;
        return true;
    }
    if (text[0] == 0)
        return false;
    while (*text) {
        if (!add_term(&text, &total_ns))
            return false;
    }
    *out_ns = is_negative ? -total_ns : total_ns;
    return true;
}

/* @return NULL, or what is wrong with the value */
static const char *set_value(const struct flag *f, const char *text)
{
    switch (f->kind) {
    case FLAG_STRING:
        *(const char **)f->value = text;
        return NULL;
    case FLAG_BOOL:
        return parse_bool(text, f->value) ? NULL : "it takes true or false, after a =";
    case FLAG_INT:
        return parse_int(text, f->value) ? NULL : "it takes a whole number";
    case FLAG_DURATION:
        return duration_parse(text, f->value) ? NULL : "it takes a duration like 36h or 1h30m";
    }
    return "unknown kind";
}

static const struct flag *find_flag(const struct flag_set *set, const char *name, size_t len)
{
    for (size_t i = 0; i < set->n_flags; i++) {
        if (strlen(set->flags[i].name) == len && memcmp(set->flags[i].name, name, len) == 0)
            return &set->flags[i];
    }
    return NULL;
}

static enum flags_result bad(const struct flag_set *set, FILE *stream)
{
    flags_usage(set, stream);
    return FLAGS_BAD;
}

/* One flag at argv[*at]; *at moves past it and its value. */
static enum flags_result parse_flag(const struct flag_set *set, int argc, char **argv, int *at,
                                    FILE *stream)
{
    const char *name = argv[*at] + 1 + (argv[*at][1] == '-');
    size_t len = strcspn(name, "=");
    const char *text = name[len] ? name + len + 1 : NULL;
    const struct flag *f = find_flag(set, name, len);
    const char *problem;

    if (len == 0 || name[0] == '-') {
        fprintf(stream, "bad flag syntax: %s\n", argv[*at]);
        return bad(set, stream);
    }
    if (!f) {
        if ((len == 4 && memcmp(name, "help", 4) == 0) || (len == 1 && name[0] == 'h')) {
            flags_usage(set, stream);
            return FLAGS_HELP;
        }
        fprintf(stream, "flag provided but not defined: -%.*s\n", (int)len, name);
        return bad(set, stream);
    }
    ++*at;
    if (!text && f->kind == FLAG_BOOL) {
        text = "true";
    } else if (!text) {
        if (*at >= argc) {
            fprintf(stream, "flag needs an argument: -%s\n", f->name);
            return bad(set, stream);
        }
        text = argv[(*at)++];
    }
    problem = set_value(f, text);
    if (problem) {
        fprintf(stream, "invalid value for flag -%s: %s\n", f->name, problem);
        return bad(set, stream);
    }
    if (f->is_given)
        *f->is_given = true;
    return FLAGS_OK;
}

enum flags_result flags_parse(const struct flag_set *set, int argc, char **argv, int *first,
                              FILE *stream)
{
    int at = 1;

    while (at < argc && argv[at][0] == '-' && argv[at][1]) {
        enum flags_result r;

        if (strcmp(argv[at], "--") == 0) {
            at++;
            break;
        }
        r = parse_flag(set, argc, argv, &at, stream);
        if (r != FLAGS_OK)
            return r;
    }
    *first = at;
    return FLAGS_OK;
}
