#include "supervisor/adopt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"
#include "common/macros.h"

#define DEPTH_MAX 100
#define FAILURES_LOGGED 3

static const struct log_ctx ctx = {.room = "supervisor"};

struct adoption {
    const struct accounts *accounts;
    unsigned failures;
};

/* The new owner and mode of an inode. */
struct rule {
    uid_t user;
    mode_t kept;   /* bits that stay as they are */
    mode_t wanted; /* bits that are set */
    bool is_ours;  /* no person writes it: it changes hands whoever started the server before */
};

/* A start as root, or by the programs themselves, left it; or it is a directory, which the one who
 * replaces files in it must own. Files that a person owns stay that person's. */
static bool takes_owner(const struct stat *st, const struct accounts *a)
{
    return S_ISDIR(st->st_mode) || st->st_uid == 0 || st->st_uid == a->admin ||
           st->st_uid == a->media;
}

/** chmod(2) of an O_PATH descriptor: fchmod() refuses those, its name in /proc does not. */
static int set_mode(int fd, mode_t mode)
{
    char path[40];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return chmod(path, mode);
}

/** One file that cannot be given away, on a read-only disk say, is no reason not to start. */
static void warn_failed(struct adoption *a, const char *name)
{
    if (a->failures++ < FAILURES_LOGGED)
        log_warn(&ctx, "%.100s cannot be given to the server's users: %s", name, strerror(errno));
}

static void give(struct adoption *a, int fd, const char *name, const struct stat *st,
                 const struct rule *rule)
{
    const bool changes = rule->is_ours || takes_owner(st, a->accounts);
    const uid_t user = changes ? rule->user : st->st_uid;
    const gid_t group = a->accounts->group;
    const mode_t mode = (st->st_mode & rule->kept) | rule->wanted;
    const bool is_theirs = st->st_uid == user && st->st_gid == group;

    if (is_theirs && (st->st_mode & 07777) == mode)
        return;
    /* The mode comes after chown(2), which takes set-group-ID away. */
    if ((!is_theirs && fchownat(fd, "", user, group, AT_EMPTY_PATH) < 0) || set_mode(fd, mode) < 0)
        warn_failed(a, name);
}

/** open(2) below a directory that follows no link, not even on the way. */
static int open_below(int dir, const char *name, uint64_t flags)
{
    const struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, dir, name, &how, sizeof how);
}

/** The inode of a name, if it is a directory or a file without a second name. Nothing is opened,
 * so that no pipe waits and no device wakes. @return -1 otherwise */
static int open_inode(int dir, const char *name, struct stat *st)
{
    const int fd = open_below(dir, name, O_PATH | O_NOFOLLOW);

    if (fd < 0)
        return -1;
    if (fstat(fd, st) == 0 && (S_ISDIR(st->st_mode) || (S_ISREG(st->st_mode) && st->st_nlink == 1)))
        return fd;
    if (S_ISREG(st->st_mode))
        log_warn(&ctx, "%.100s has a second name (a hard link) and keeps its owner", name);
    close(fd);
    return -1;
}

static void give_name(struct adoption *a, int dir, const char *name, const struct rule *rule,
                      bool is_dir)
{
    struct stat st;
    const int fd = open_inode(dir, name, &st);

    if (fd < 0)
        return;
    if (S_ISDIR(st.st_mode) == is_dir)
        give(a, fd, name, &st, rule);
    close(fd);
}

/** A directory and all below it. @param fd taken over */
static void give_all(struct adoption *a, int fd, const char *name, const struct rule *dirs,
                     const struct rule *files, unsigned depth)
{
    DIR *dir = fdopendir(fd);
    const struct dirent *entry;
    struct stat st;

    if (!dir) {
        close(fd);
        return;
    }
    if (fstat(fd, &st) == 0)
        give(a, fd, name, &st, dirs);
    while ((entry = readdir(dir)) != NULL) {
        const bool is_self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        const int inode = is_self ? -1 : open_inode(fd, entry->d_name, &st);
        int below = -1;

        if (inode < 0)
            continue;
        if (!S_ISDIR(st.st_mode))
            give(a, inode, entry->d_name, &st, files);
        else if (depth < DEPTH_MAX)
            below = open_below(fd, entry->d_name, O_RDONLY | O_DIRECTORY);
        close(inode);
        if (below >= 0)
            give_all(a, below, entry->d_name, dirs, files, depth + 1);
    }
    closedir(dir);
}

static void give_tree(struct adoption *a, int top, const char *name, const struct rule *dirs,
                      const struct rule *files)
{
    const int fd = open_below(top, name, O_RDONLY | O_DIRECTORY);

    if (fd >= 0)
        give_all(a, fd, name, dirs, files, 0);
    else
        warn_failed(a, name); /* a link that an operator made: whoever made it gives it away */
}

/** data/ itself and the names that are the server's; what else lies there is somebody else's. */
static void give_data(struct adoption *a, int top)
{
    const uid_t admin = a->accounts->admin;
    const struct rule secret = {admin, 0, 0600, true};
    const struct rule config = {admin, 0600, 0040, false};
    const struct rule tokens = {admin, 0, 0660, false};
    const struct rule dir = {admin, 0700, 02050, false};
    const struct rule var = {admin, 0, 02770, false};
    const struct rule tmp = {admin, 0, 0700, false};
    const struct {
        const char *name;
        const struct rule *rule;
        bool is_dir;
    } names[] = {
        {".", &dir, true},
        {"nereid.db", &secret, false},
        {"nereid.db-wal", &secret, false},
        {"nereid.db-shm", &secret, false},
        {"nereid.lock", &secret, false},
        {"secret.key", &secret, false},
        {"reserve", &secret, false},
        {"config.json", &config, false},
        {"ice-servers.json", &config, false},
        {"mediad.json", &config, false},
        {"var", &var, true},
        {"var/tokens.jsonl", &tokens, false},
        {"var/tokens.jsonl.bad", &tokens, false},
        {"var/tokens.lock", &tokens, false},
    };
    const int data = open_below(top, "data", O_RDONLY | O_DIRECTORY);

    if (data < 0) {
        warn_failed(a, "data");
        return;
    }
    for (size_t i = 0; i < LENGTH(names); i++)
        give_name(a, data, names[i].name, names[i].rule, names[i].is_dir);
    give_tree(a, data, "tmp", &tmp, &secret);
    close(data);
}

/** run/: what programs of another user left in it they could not replace. */
static void give_run(struct adoption *a, int top)
{
    static const char *const old[] = {"admin.lock",  "admin.ready", "base-url",    "setup-url",
                                      "mediad.lock", "mediad.sock", "control.sock"};
    const struct rule shared = {0, 0, 03770, false};
    const struct rule roots = {0, 0, 0750, false};
    const int run = open_below(top, "run", O_RDONLY | O_DIRECTORY);

    if (run < 0) {
        warn_failed(a, "run");
        return;
    }
    for (size_t i = 0; i < LENGTH(old); i++) {
        if (unlinkat(run, old[i], 0) < 0 && errno != ENOENT)
            warn_failed(a, old[i]);
    }
    give_name(a, run, ".", &shared, true);
    give_name(a, run, "nginx", &roots, true);
    close(run);
}

/** The state directory itself: its users may enter. One that everybody may enter stays as it is. */
static void give_top(struct adoption *a, int top)
{
    struct stat st;

    if (fstat(top, &st) < 0 || (st.st_mode & S_IXOTH) != 0)
        return;
    if ((st.st_gid != a->accounts->group && fchown(top, (uid_t)-1, a->accounts->group) < 0) ||
        fchmod(top, (st.st_mode & 0700) | 0050) < 0)
        warn_failed(a, "the state directory");
}

int adopt_tree(const char *dir, const struct accounts *accounts, struct error *e)
{
    const struct rule dirs = {accounts->admin, 0700, 02050, false};
    const struct rule files = {accounts->admin, 0600, 0040, false};
    const struct rule shared = {accounts->admin, 0700, 02070, false};
    const struct rule lock = {accounts->admin, 0, 0640, true};
    struct adoption a = {.accounts = accounts};
    const int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (top < 0)
        return error_set_errno(e, "--dir", "cannot open %.100s", dir);
    give_top(&a, top);
    give_tree(&a, top, "groups", &dirs, &files);
    give_name(&a, top, "groups/.lock", &lock, false);
    give_tree(&a, top, "recordings", &shared, &files);
    give_data(&a, top);
    give_run(&a, top);
    close(top);
    if (a.failures > FAILURES_LOGGED)
        log_warn(&ctx, "and %u more", a.failures - FAILURES_LOGGED);
    return 0;
}

void adopt_key(const char *key_path, const struct accounts *accounts)
{
    const int fd = accounts->are_own ? open(key_path, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
    struct stat st;

    if (fd < 0)
        return;
    /* One that a group of the operator's may read, as ssl-cert, is the operator's business. */
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        (st.st_gid == accounts->group || st.st_uid == accounts->admin ||
         st.st_uid == accounts->media)) {
        if (fchownat(fd, "", 0, 0, AT_EMPTY_PATH) < 0 || set_mode(fd, 0600) < 0)
            log_error(&ctx, "data/key.pem may be read by others than root: %s", strerror(errno));
        else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
            log_warn(&ctx, "data/key.pem could be read by others; it is root's alone now");
    }
    close(fd);
}
