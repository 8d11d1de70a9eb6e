#include "tests/bench/loadgen/command_line.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/macros.h"
#include "common/span.h"

int command_line_refuse(const char *usage, const char *problem)
{
    fprintf(stderr, "%.*s: %s\nusage: %s", (int)strcspn(usage, " "), usage, problem, usage);
    return 2;
}

static bool read_number(const char *text, unsigned min, unsigned max, unsigned *out)
{
    uint64_t value;

    if (!span_u64(span_str(text), &value) || value < min || value > max)
        return false;
    *out = (unsigned)value;
    return true;
}

static bool read_pid(struct target *target, const char *text)
{
    unsigned pid;

    if (target->n_pids == PIDS_MAX || !read_number(text, 1, 1 << 22, &pid))
        return false;
    target->pids[target->n_pids++] = (pid_t)pid;
    return true;
}

static bool read_row(struct target *target, const struct option_row *row, const char *value)
{
    if (row->flag)
        *row->flag = true;
    else if (row->text)
        *row->text = value;
    else if (row->number)
        return read_number(value, row->min, row->max, row->number);
    else
        return read_pid(target, value);
    return true;
}

int command_line_parse(struct target *target, const struct option_row *rows, size_t n_rows,
                       const char *usage, int argc, char **argv)
{
    const struct option_row common[] = {
        {"url", .text = &target->url},
        {"group", .text = &target->group},
        {"password", .text = &target->password},
        {"seconds", .number = &target->seconds, .min = 1, .max = 7200},
        {.name = "pid"},
    };
    enum { N_COMMON = LENGTH(common) };
    struct option names[N_COMMON + OPTION_ROWS_MAX + 1] = {0};
    int index, c;

    assert(n_rows <= OPTION_ROWS_MAX);
    for (size_t i = 0; i < N_COMMON + n_rows; i++) {
        const struct option_row *row = i < N_COMMON ? &common[i] : &rows[i - N_COMMON];

        names[i] = (struct option){row->name, row->flag ? 0 : 1, NULL, 0};
    }
    while ((c = getopt_long(argc, argv, "", names, &index)) != -1) {
        if (c != 0 ||
            !read_row(target, index < N_COMMON ? &common[index] : &rows[index - N_COMMON], optarg))
            return command_line_refuse(usage, "an option is not understood");
    }
    if (optind < argc)
        return command_line_refuse(usage, "an option is not understood");
    if (!target->url || !target->group)
        return command_line_refuse(usage, "--url and --group are needed");
    return 0;
}
