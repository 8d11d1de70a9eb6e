#include "tests/bench/loadgen/machine_usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/bench/loadgen/proc_file.h"

int machine_usage_parse(struct machine_usage *out, const char *text, long ticks_per_s)
{
    uint64_t user, nice, system, interrupts, soft_interrupts, stolen;

    /* "cpu" with two spaces is the sum of all cores; guests are part of user and nice. */
    if (sscanf(text,
               "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %*u %*u %" SCNu64 " %" SCNu64 " %" SCNu64,
               &user, &nice, &system, &interrupts, &soft_interrupts, &stolen) != 6)
        return ERR_SYNTAX;
    out->busy_s =
        (double)(user + nice + system + interrupts + soft_interrupts) / (double)ticks_per_s;
    out->stolen_s = (double)stolen / (double)ticks_per_s;
    return 0;
}

int machine_usage_read(struct machine_usage *out)
{
    char text[512];
    int r = proc_file_read("/proc/stat", text, sizeof text);

    return r < 0 ? r : machine_usage_parse(out, text, sysconf(_SC_CLK_TCK));
}
