/*
 * Command lines of the load generators: a table of rows, and what every generator has to know.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_COMMAND_LINE_H
#define NEREID_TESTS_BENCH_LOADGEN_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PIDS_MAX 16
#define OPTION_ROWS_MAX 24

/** What is loaded, and for how long. */
struct target {
    const char *url;
    const char *group;
    const char *password;
    unsigned seconds;
    pid_t pids[PIDS_MAX]; /* processes to measure */
    size_t n_pids;
};

/** One option of a generator's own: --NAME VALUE, or --NAME alone for a flag. */
struct option_row {
    const char *name;
    /* one of the three is where it goes */
    const char **text;
    bool *flag;
    unsigned *number;
    unsigned min, max; /* of the number */
};

/**
 * Read --url, --group, --password, --seconds, --pid and the rows; what is not given stays.
 *
 * @param n_rows at most OPTION_ROWS_MAX
 * @param usage the program's name, a space, and its options
 * @return 0, or 2 (an exit status) after a message and the usage on stderr
 */
int command_line_parse(struct target *target, const struct option_row *rows, size_t n_rows,
                       const char *usage, int argc, char **argv);
/** Say what is wrong. @return 2 */
int command_line_refuse(const char *usage, const char *problem);

#endif
