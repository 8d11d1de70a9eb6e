#include "tests/bench/loadgen/process_usage.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/loadgen/proc_file.h"

int process_usage_add_schedstat(struct process_usage *u, const char *text)
{
    uint64_t ran_ns;
    uint64_t waited_ns;

    if (sscanf(text, "%" SCNu64 " %" SCNu64, &ran_ns, &waited_ns) != 2)
        return ERR_SYNTAX;
    u->cpu_s += (double)ran_ns / 1e9;
    u->waited_s += (double)waited_ns / 1e9;
    return 0;
}

/* A thread that ends between two readings takes its times along. */
static int add_threads(struct process_usage *u, pid_t pid)
{
    char path[64];
    struct dirent *entry;
    int r = 0;
    DIR *tasks;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    tasks = opendir(path);
    if (!tasks)
        return ERR_NOT_FOUND;
    while (r == 0 && (entry = readdir(tasks))) {
        char file[sizeof path + sizeof entry->d_name + 16];
        char text[128];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof file, "%s/%s/schedstat", path, entry->d_name);
        if (proc_file_read(file, text, sizeof text) == 0)
            r = process_usage_add_schedstat(u, text);
    }
    closedir(tasks);
    return r;
}

int process_usage_read(struct process_usage *out, pid_t pid)
{
    char path[64];
    char text[1024];
    struct process_usage u = {0};
    long rss_pages;
    char *open;
    char *close;
    int r;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    r = proc_file_read(path, text, sizeof text);
    if (r < 0)
        return r;
    open = strchr(text, '(');
    close = strrchr(text, ')');
    if (!open || !close || close < open ||
        sscanf(close + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %*u "
               "%*u %ld",
               &rss_pages) != 1)
        return ERR_SYNTAX;
    *close = 0;
    snprintf(u.name, sizeof u.name, "%.31s", open + 1);
    u.rss_mb = (double)rss_pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
    r = add_threads(&u, pid);
    if (r == 0)
        *out = u;
    return r;
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
