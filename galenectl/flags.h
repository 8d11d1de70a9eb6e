/*
 * Command-line flags as the original utility takes them: one or two dashes, "-name value" or
 * "-name=value", booleans only "-name" or "-name=VALUE", parsing stops at the first word that is no
 * flag or after "--". Errors and usage go to a stream of the caller's.
 */
#ifndef NEREID_GALENECTL_FLAGS_H
#define NEREID_GALENECTL_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/macros.h"

enum flag_kind {
    FLAG_STRING,   /* value is const char **; borrowed from argv */
    FLAG_BOOL,     /* bool * */
    FLAG_INT,      /* int64_t *; 0x, 0 and 0b prefixes as in Go */
    FLAG_DURATION, /* int64_t *, nanoseconds */
};

/** What command_flags() demands of a string. */
enum flag_need {
    FLAG_OPTIONAL,
    FLAG_GIVEN,     /* not NULL: on the command line, perhaps empty */
    FLAG_NOT_EMPTY, /* neither NULL nor "" */
};

struct flag {
    const char *name;
    enum flag_kind kind;
    void *value;        /* holds the default before, the value after */
    bool *is_given;     /* may be NULL; set to true when the flag was on the command line */
    const char *word;   /* name of the argument in the usage, "NAME"; NULL for booleans */
    const char *help;   /* one line */
    const char *normal; /* the default as the usage shows it; NULL for none */
    enum flag_need need;
};

/** What one level of the command line takes. */
struct flag_set {
    const char *synopsis; /* "galenectl create-group [flag...]" */
    const char *about;    /* a paragraph, or NULL */
    const struct flag *flags;
    size_t n_flags;
    const char *examples;       /* lines, or NULL */
    void (*more)(FILE *stream); /* prints what comes last in the usage; NULL for nothing */
};

#define FLAGS_OF(list) .flags = (list), .n_flags = LENGTH(list)

enum flags_result {
    FLAGS_OK,
    FLAGS_HELP, /* usage was printed because it was asked for: exit 0 */
    FLAGS_BAD,  /* message and usage were printed: exit 2 */
};

/**
 * Parse argv[1] and what follows.
 * @param first  index of the first argument that is no flag, argc when there is none
 * @param stream where messages and usage go
 */
enum flags_result flags_parse(const struct flag_set *set, int argc, char **argv, int *first,
                              FILE *stream);

void flags_usage(const struct flag_set *set, FILE *stream);

/** "1h30m", "-1.5s", "300ms": units ns us ms s m h. @return false leaves *out_ns alone */
bool duration_parse(const char *text, int64_t *out_ns);

#endif
