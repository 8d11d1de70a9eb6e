#include "admin-cgi/health/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/say.h"
#include "common/atomic_file.h"
#include "common/buf.h"

#define STATUS_MAX 16384
/* proc(5) */
#define EFFECTIVE 1 /* of the four user ids */
#define SECCOMP_FILTER 2

/* The number behind "Name:" at the beginning of a line; of several the one at `index`. */
static bool read_number(const char *status, const char *name, int index, unsigned long *out)
{
    const char *at = strstr(status, name);
    char *end;

    if (!at)
        return false;
    at += strlen(name);
    for (int i = 0; i <= index; i++, at = end) {
        *out = strtoul(at, &end, 10);
        if (end == at)
            return false;
    }
    return true;
}

bool process_rights_parse(struct process_rights *out, struct span status)
{
    unsigned long user = 0, no_new = 0, seccomp = 0;
    char *text = span_dup(status);
    bool is_known = text && read_number(text, "\nUid:", EFFECTIVE, &user) &&
                    read_number(text, "\nNoNewPrivs:", 0, &no_new) &&
                    read_number(text, "\nSeccomp:", 0, &seccomp);

    free(text);
    if (is_known)
        *out = (struct process_rights){.user = (uid_t)user,
                                       .can_gain = no_new == 0,
                                       .calls_are_filtered = seccomp == SECCOMP_FILTER};
    return is_known;
}

static bool read_process(struct process_rights *out, pid_t pid)
{
    struct buf text = {0};
    char path[40];
    bool is_known;

    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    is_known = file_read(&text, path, STATUS_MAX, NULL, NULL) == 0 &&
               process_rights_parse(out, buf_span(&text));
    buf_release(&text);
    return is_known;
}

static void found(struct check_row *out, const char *state, const char *value, const char *remedy)
{
    out->state = state;
    out->value = value;
    out->remedy = remedy;
}

void sandbox_judge(const struct process_rights *mediad, const struct process_rights *console,
                   struct check_row *out)
{
    static const char users[] = TEXT(
        "Make users for the programs with \"./bootstrap users\", and let root start the server "
        "without --as-root: whoever breaks into mediad, which reads what strangers send, then "
        "holds neither database nor keys.");

    if (mediad->user == 0 || console->user == 0)
        found(out, "bad", TEXT("programs that strangers reach run as root"), users);
    else if (mediad->user == console->user)
        found(out, "warn", TEXT("mediad and the console run as the same user"), users);
    else if (mediad->can_gain || console->can_gain)
        found(
            out, "warn",
            TEXT("users of their own, but programs with a set-user-ID bit would give them rights"),
            TEXT("Let nereid-supervisor start all programs, or set NoNewPrivileges=yes in the "
                 "service."));
    else if (mediad->calls_are_filtered && console->calls_are_filtered)
        found(out, "ok",
              TEXT("users of their own, which can gain no rights; the kernel filters their calls"),
              "");
    else
        found(out, "ok",
              TEXT("users of their own, which can gain no rights; the kernel does not filter their "
                   "calls"),
              "");
}

void sandbox_check(pid_t mediad, struct check_row *out)
{
    struct process_rights media, console;

    if (mediad <= 0)
        found(out, "unknown", TEXT("mediad does not answer"), "");
    else if (!read_process(&console, getpid()) || !read_process(&media, mediad))
        found(out, "unknown", TEXT("the system does not show what mediad may"), "");
    else
        sandbox_judge(&media, &console, out);
}
