#include "common/process_metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define CHILDREN_MAX 300

static const struct metric_family cpu = {"process_cpu_seconds_total", METRIC_COUNTER,
                                         "Processor time of the program.", "program"};
static const struct metric_family memory = {"process_resident_memory_bytes", METRIC_GAUGE,
                                            "Memory of the program that is in use.", "program"};
static const struct metric_family fds = {"process_open_fds", METRIC_GAUGE,
                                         "Open descriptors of the program.", "program"};
static const struct metric_family fds_max = {
    "process_max_fds", METRIC_GAUGE, "Descriptors that one of its processes may have.", "program"};
static const struct metric_family started = {"start_time_seconds", METRIC_GAUGE,
                                             "When the program started, since 1970.", "program"};
static const struct metric_family build = {"build_info", METRIC_GAUGE, "Version of the program.",
                                           NULL};

struct cost {
    uint64_t ticks, waited_ticks; /* of the process itself; of its children that ended */
    uint64_t start_ticks;         /* since the machine's start */
    uint64_t pages;
    unsigned n_fds;
};

static bool read_stat(pid_t pid, struct cost *out)
{
    uint64_t user, system, waited_user, waited_system, start, pages;
    char path[64];
    char line[1024];
    const char *at;
    FILE *f;
    size_t n;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "re");
    if (!f)
        return false;
    n = fread(line, 1, sizeof line - 1, f);
    fclose(f);
    line[n] = 0;
    at = strrchr(line, ')'); /* the name before it may hold anything */
    if (!at || sscanf(at + 1,
                      " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
                      " %" SCNu64 " %" SCNu64 " %*d %*d %*d %*d %" SCNu64 " %*u %" SCNu64,
                      &user, &system, &waited_user, &waited_system, &start, &pages) != 6)
        return false;
    *out = (struct cost){.ticks = user + system,
                         .waited_ticks = waited_user + waited_system,
                         .start_ticks = start,
                         .pages = pages};
    return true;
}

static unsigned count_fds(pid_t pid)
{
    char path[64];
    unsigned n = 0;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    dir = opendir(path);
    for (const struct dirent *entry; dir && (entry = readdir(dir));)
        n += entry->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return n;
}

static size_t children_of(pid_t pid, pid_t *out, size_t max)
{
    char path[64];
    size_t n = 0;
    int child;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    f = fopen(path, "re");
    while (f && n < max && fscanf(f, "%d", &child) == 1)
        out[n++] = child;
    if (f)
        fclose(f);
    return n;
}

/* When the machine started, since 1970; 0: not known. */
static uint64_t boot_time_s(void)
{
    FILE *f = fopen("/proc/stat", "re");
    char line[256];
    uint64_t found = 0;

    while (f && !found && fgets(line, sizeof line, f)) {
        if (sscanf(line, "btime %" SCNu64, &found) != 1)
            found = 0;
    }
    if (f)
        fclose(f);
    return found;
}

void process_metrics_add(struct metric_set *s, const char *program, pid_t leader)
{
    double hz = (double)sysconf(_SC_CLK_TCK), page = (double)sysconf(_SC_PAGESIZE);
    pid_t pids[1 + CHILDREN_MAX] = {leader};
    size_t n = 1 + children_of(leader, &pids[1], CHILDREN_MAX);
    struct rlimit limit;
    char labels[160];

    snprintf(labels, sizeof labels, "program=\"%s\",version=\"%s\"", program, NEREID_VERSION);
    metric_set_add_labels(s, &build, labels, 1);
    for (size_t i = 0; i < n; i++) {
        struct cost cost;

        if (!read_stat(pids[i], &cost))
            continue;
        metric_set_add(s, &cpu, program,
                       (double)(cost.ticks + (i == 0 ? cost.waited_ticks : 0)) / hz);
        metric_set_add(s, &memory, program, (double)cost.pages * page);
        metric_set_add(s, &fds, program, count_fds(pids[i]));
        if (i == 0)
            metric_set_add(s, &started, program,
                           (double)boot_time_s() + (double)cost.start_ticks / hz);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        metric_set_add(s, &fds_max, program, (double)limit.rlim_cur);
}
