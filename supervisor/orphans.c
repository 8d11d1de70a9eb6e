#include "supervisor/orphans.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "common/span.h"

/** Parent of a process that is not a zombie, or -1. */
static pid_t living_parent(const char *pid)
{
    char path[64];
    char text[512];
    const char *after_name;
    char state;
    int parent = -1;
    FILE *file;
    size_t n;

    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    file = fopen(path, "re");
    if (!file)
        return -1;
    n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    /* "PID (NAME) STATE PARENT ...", proc(5); a name may itself hold a parenthesis. */
    after_name = strrchr(text, ')');
    if (!after_name || sscanf(after_name + 1, " %c %d", &state, &parent) != 2 || state == 'Z')
        return -1;
    return parent;
}

static bool is_known(const pid_t *known, size_t known_count, pid_t pid)
{
    for (size_t i = 0; i < known_count; i++) {
        if (known[i] == pid)
            return true;
    }
    return false;
}

size_t orphans_signal(const pid_t *known, size_t known_count, int sig)
{
    const pid_t self = getpid();
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    size_t count = 0;

    if (!proc)
        return 0;
    while ((entry = readdir(proc)) != NULL) {
        uint64_t pid;

        if (!span_u64(span_str(entry->d_name), &pid) || living_parent(entry->d_name) != self ||
            is_known(known, known_count, (pid_t)pid))
            continue;
        count++;
        if (sig != 0)
            kill((pid_t)pid, sig);
    }
    closedir(proc);
    return count;
}
