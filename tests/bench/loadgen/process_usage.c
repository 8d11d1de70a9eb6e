#include "tests/bench/loadgen/process_usage.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int process_usage_read(struct process_usage *out, pid_t pid)
{
    char path[64];
    char line[1024];
    struct process_usage u = {0};
    unsigned long user_ticks;
    unsigned long system_ticks;
    long rss_pages;
    char *open;
    char *close;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "re");
    if (!f)
        return ERR_NOT_FOUND;
    if (!fgets(line, sizeof line, f))
        line[0] = 0;
    fclose(f);
    open = strchr(line, '(');
    close = strrchr(line, ')');
    if (!open || !close || close < open ||
        sscanf(close + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u "
               "%*u %ld",
               &user_ticks, &system_ticks, &rss_pages) != 3)
        return ERR_SYNTAX;
    *close = 0;
    snprintf(u.name, sizeof u.name, "%.31s", open + 1);
    u.cpu_s = (double)(user_ticks + system_ticks) / (double)sysconf(_SC_CLK_TCK);
    u.rss_mb = (double)rss_pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
    *out = u;
    return 0;
}

void process_usage_read_all(struct process_usage *out, const pid_t *pids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (process_usage_read(&out[i], pids[i]) < 0)
            out[i] = (struct process_usage){.name = "gone"};
    }
}

double process_usage_own_s(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}
