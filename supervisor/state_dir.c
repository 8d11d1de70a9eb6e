#include "supervisor/state_dir.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/instance_lock.h"
#include "common/macros.h"
#include "common/reserve_file.h"

/* The longest name of a socket that some program makes below the directory. */
#define LONGEST_SOCKET "/run/control.sock"

#define LOCK_TRIES 20
#define LOCK_PAUSE_US 50000

static const struct {
    const char *name;
    mode_t mode;
} tree[] = {
    {"groups", 02750},     {"data", 02750}, {"data/var", 02770}, {"data/tmp", 0700},
    {"recordings", 02770}, {"run", 02750},  {"run/nginx", 0750},
};

/* These hold secrets of the server; whoever can read them can be the server. */
static const char *const secrets[] = {"data/key.pem", "data/secret.key", "data/nereid.db"};

char *state_dir_path(const struct state_dir *state, const char *name)
{
    return path_join(state->path, name);
}

static int check_length(const char *path, struct error *e)
{
    const size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path) - sizeof LONGEST_SOCKET;
    const size_t len = strlen(path);

    if (len > room)
        return error_set(e, ERR_TOO_LARGE, "--dir",
                         "the directory's full name has %zu bytes, over the %zu that leave room "
                         "for a socket's name",
                         len, room);
    return 0;
}

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* groups/ may be read-only (WEB-33): the console says so, and all the rest works. */
static int make_directory(const char *path, mode_t mode, bool is_written, struct error *e)
{
    if (mkdir(path, mode) == 0) {
        if (chmod(path, mode) < 0) /* whatever the umask */
            return error_set_errno(e, NULL, "cannot set the mode of %.100s", path);
    } else if (errno != EEXIST) {
        return error_set_errno(e, NULL, "cannot create the directory %.100s", path);
    }
    if (!is_directory(path))
        return error_set(e, ERR_INVALID, NULL, "%.100s is not a directory", path);
    if (access(path, R_OK | X_OK | (is_written ? W_OK : 0)) < 0)
        return error_set_errno(e, NULL, "cannot %s the directory %.100s",
                               is_written ? "write to" : "read", path);
    return 0;
}

static int make_tree(const struct state_dir *state, struct error *e)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < LENGTH(tree); i++) {
        char *path = state_dir_path(state, tree[i].name);

        r = !path ? error_set(e, ERR_NO_MEMORY, NULL, "out of memory")
                  : make_directory(path, tree[i].mode, strcmp(tree[i].name, "groups") != 0, e);
        free(path);
    }
    return r;
}

static int check_secrets(const struct state_dir *state, struct error *e)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < LENGTH(secrets); i++) {
        char *path = state_dir_path(state, secrets[i]);
        struct stat st;

        if (!path)
            r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
        else if (stat(path, &st) == 0 && (st.st_mode & S_IRWXO) != 0)
            r = error_set(e, ERR_FORBIDDEN, NULL,
                          "everybody on this machine may read a secret; mend it with: "
                          "chmod o-rwx '%.100s'",
                          path);
        free(path);
    }
    return r;
}

/* A supervisor that was killed just now holds the lock until the kernel has cleared it away. */
static int acquire_lock(struct state_dir *state, struct error *e)
{
    char *path = state_dir_path(state, "run/supervisor.lock");
    int r = path ? instance_lock_take(&state->lock_fd, path, e)
                 : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");

    for (int i = 0; r == ERR_BUSY && i < LOCK_TRIES; i++) {
        usleep(LOCK_PAUSE_US);
        r = instance_lock_take(&state->lock_fd, path, e);
    }
    free(path);
    return r;
}

int state_dir_open(struct state_dir *out, const char *dir, struct error *e)
{
    struct state_dir state = {.path = NULL, .lock_fd = -1};
    char *probe = path_join(dir, "x");
    int r;

    if (!probe)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    r = check_length(dir, e);
    if (r == 0)
        r = file_make_parents(probe, 0750, e);
    if (r < 0)
        goto out;
    state.path = realpath(dir, NULL);
    if (!state.path) {
        r = error_set_errno(e, "--dir", "cannot find %.100s", dir);
        goto out;
    }
    r = check_length(state.path, e);
    if (r == 0)
        r = make_directory(state.path, 0750, true, e);
    if (r == 0)
        reserve_file_release_for_start(state.path);
    if (r == 0)
        r = make_tree(&state, e);
    if (r == 0)
        r = check_secrets(&state, e);
    if (r == 0)
        r = acquire_lock(&state, e);
    if (r < 0)
        goto out;
    *out = state;
    state = (struct state_dir){.path = NULL, .lock_fd = -1};
out:
    free(probe);
    state_dir_release(&state);
    return r;
}

void state_dir_release(struct state_dir *state)
{
    if (state->path && state->lock_fd >= 0)
        close(state->lock_fd);
    free(state->path);
    *state = (struct state_dir){.path = NULL, .lock_fd = -1};
}
