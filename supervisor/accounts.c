#include "supervisor/accounts.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int find_user(uid_t *out, const char *name, struct error *e)
{
    const struct passwd *user = getpwnam(name);

    if (!user)
        return error_set(e, ERR_NOT_FOUND, NULL,
                         "there is no user %s: make the server's users with \"./bootstrap users\", "
                         "or run everything as root with --as-root",
                         name);
    if (user->pw_uid == 0)
        return error_set(e, ERR_INVALID, NULL, "the user %s is root", name);
    *out = user->pw_uid;
    return 0;
}

int accounts_find(struct accounts *out, bool as_root, struct error *e)
{
    struct accounts a = {.are_own = geteuid() == 0 && !as_root};
    const struct group *group;
    int r = 0;

    *out = (struct accounts){0};
    if (!a.are_own)
        return 0;
    r = find_user(&a.admin, ACCOUNTS_ADMIN, e);
    if (r == 0)
        r = find_user(&a.media, ACCOUNTS_MEDIA, e);
    if (r == 0)
        r = find_user(&a.web, ACCOUNTS_WEB, e);
    if (r < 0)
        return r;
    group = getgrnam(ACCOUNTS_GROUP);
    if (!group)
        return error_set(e, ERR_NOT_FOUND, NULL,
                         "there is no group " ACCOUNTS_GROUP
                         ": make it with \"./bootstrap users\", or run everything as root with "
                         "--as-root");
    a.group = group->gr_gid;
    *out = a;
    return 0;
}

/* capabilities(7): what is permitted and inheritable may become ambient, and then lasts over
 * execve(). */
static int keep_bind(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}};
    const __u32 bit = 1u << CAP_NET_BIND_SERVICE;

    sets[0].permitted = sets[0].effective = sets[0].inheritable = bit;
    if (syscall(SYS_capset, &header, sets) < 0)
        return -1;
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0);
}

int accounts_become(uid_t user, gid_t group, bool may_bind)
{
    if (may_bind && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return -1;
    if (setgroups(0, NULL) < 0 || setresgid(group, group, group) < 0 ||
        setresuid(user, user, user) < 0)
        return -1;
    if (may_bind && keep_bind() < 0)
        return -1;
    if (user != 0 && setuid(0) == 0) { /* it must not be possible */
        errno = EPERM;
        return -1;
    }
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

bool accounts_may(uid_t user, gid_t group, const char *path, int mode)
{
    const pid_t pid = fork();
    int status = 1;

    if (pid == 0)
        _exit(accounts_become(user, group, false) < 0 || access(path, mode) < 0);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
