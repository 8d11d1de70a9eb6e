#include "common/token_store_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/now.h"
#include "common/token_store_internal.h"

#define STORE_MODE 0660 /* the users of both programs write */
#define KEPT_AFTER_EXPIRY_US (7 * US_PER_DAY)

/* A file that both programs' users write. @return descriptor, or an error */
static int open_shared(const char *path, int flags, struct error *e)
{
    int fd = open(path, flags | O_CREAT | O_CLOEXEC | O_NOCTTY, STORE_MODE);
    struct stat st;

    if (fd < 0)
        return error_set_errno(e, path, "cannot be opened");
    /* Only its owner can; the other user finds it done. */
    if (fstat(fd, &st) == 0 && (st.st_mode & 07777) != STORE_MODE && st.st_uid == geteuid() &&
        fchmod(fd, STORE_MODE) < 0) {
        int r = error_set_errno(e, path, "its mode cannot be set");

        close(fd);
        return r;
    }
    return fd;
}

/* Take the lock and see the file as it is. @return the lock's descriptor, or an error */
static int begin(struct token_store *s, struct error *e)
{
    int fd = open_shared(s->lock_path, O_RDWR, e);
    int r;

    if (fd < 0)
        return fd;
    while (flock(fd, LOCK_EX) < 0) {
        if (errno != EINTR) {
            r = error_set_errno(e, s->lock_path, "cannot be locked");
            close(fd);
            return r;
        }
    }
    r = token_store_refresh(s, true, e);
    if (r < 0) {
        close(fd);
        return r;
    }
    return fd;
}

/* Let go of the lock; what was written is read back at the next use. */
static int end(struct token_store *s, int lock_fd, int r)
{
    s->is_racy = true;
    close(lock_fd);
    return r;
}

static int append(const char *path, struct span text, struct error *e)
{
    struct stat st;
    int fd = open_shared(path, O_WRONLY | O_APPEND, e);
    int r = 0;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        r = error_set_errno(e, path, "cannot be written");
    if (r == 0 && (file_write_all(fd, text) < 0 || fsync(fd) < 0)) {
        r = error_set_errno(e, path, "cannot be written");
        /* Under the lock the end is ours. When even this fails, half a line stays, which the
         * next writer sets aside. */
        if (ftruncate(fd, st.st_size) < 0)
            log_warn(&(struct log_ctx){.room = "tokens"}, "%s has half a line at its end", path);
    }
    close(fd);
    if (r == 0 && st.st_size == 0)
        r = file_sync_parent(path, e);
    return r;
}

static int set_aside(struct token_store *s, struct error *e)
{
    int r;

    if (s->list.n_bad == 0)
        return 0;
    r = append(s->bad_path, buf_span(&s->list.bad), e);
    if (r == 0)
        log_warn(&(struct log_ctx){.room = "tokens"},
                 "%zu damaged tokens were moved from tokens.jsonl to tokens.jsonl.bad, the first "
                 "from %s: %s",
                 s->list.n_bad, s->list.first_bad.place, s->list.first_bad.text);
    return r;
}

/* Write these tokens and no others. Sorts the array. */
static int rewrite(struct token_store *s, const struct token **tokens, size_t n, struct error *e)
{
    struct buf text = {0};
    int r = set_aside(s, e);

    if (r < 0)
        return r;
    if (n == 0) {
        if (unlink(s->path) < 0 && errno != ENOENT)
            return error_set_errno(e, s->path, "cannot be removed");
        return file_sync_parent(s->path, e);
    }
    token_list_sort(tokens, n);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = token_list_add_line(&text, tokens[i]);
    if (r < 0)
        error_set(e, r, s->path, "out of memory");
    else if (text.len > STORE_SIZE_MAX)
        r = error_set(e, ERR_TOO_LARGE, s->path, "there are too many tokens");
    else
        r = file_replace_exact(s->path, buf_span(&text), STORE_MODE, e);
    buf_wipe(&text);
    return r;
}

/* All tokens and these new ones: how a ragged file is mended by the next addition. */
static int rewrite_with(struct token_store *s, const struct token *tokens, size_t count,
                        struct error *e)
{
    const struct token **all = NULL, **more;
    size_t n = 0;
    int r = token_store_all(s, &all, &n, e);

    if (r < 0)
        return r;
    more = realloc(all, (n + count) * sizeof *all);
    if (!more) {
        free(all);
        return error_set(e, ERR_NO_MEMORY, s->path, "out of memory");
    }
    for (size_t i = 0; i < count; i++)
        more[n++] = &tokens[i];
    r = rewrite(s, more, n, e);
    free(more);
    return r;
}

static int append_tokens(struct token_store *s, const struct token *tokens, size_t count,
                         struct error *e)
{
    struct buf lines = {0};
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++)
        r = token_list_add_line(&lines, &tokens[i]);
    if (r < 0)
        error_set(e, r, s->path, "out of memory");
    else if (s->text.len + lines.len > STORE_SIZE_MAX)
        r = error_set(e, ERR_TOO_LARGE, s->path, "there are too many tokens");
    else
        r = append(s->path, buf_span(&lines), e);
    buf_wipe(&lines);
    return r;
}

int token_store_add_all(struct token_store *s, const struct token *tokens, size_t count,
                        struct error *e)
{
    int lock_fd;
    int r = 0;

    for (size_t i = 0; i < count; i++) {
        if (!tokens[i].token || !tokens[i].token[0])
            return error_set(e, ERR_INVALID, "token", "is missing");
    }
    lock_fd = begin(s, e);
    if (lock_fd < 0)
        return lock_fd;
    for (size_t i = 0; r == 0 && i < count; i++) {
        if (token_list_find(&s->list, tokens[i].token))
            r = error_set(e, ERR_EXISTS, NULL, "there is a token of this name");
    }
    if (r == 0 && s->is_ragged)
        r = rewrite_with(s, tokens, count, e);
    else if (r == 0)
        r = append_tokens(s, tokens, count, e);
    return end(s, lock_fd, r);
}

int token_store_add(struct token_store *s, const struct token *t, struct error *e)
{
    return token_store_add_all(s, t, 1, e);
}

/* Under the lock: the token of this name, if the caller has seen the present state. */
static int find_for_change(struct token_store *s, const char *name, const char *if_match,
                           const struct token **out, struct error *e)
{
    const struct token *t = token_list_find(&s->list, name);
    char etag[64];

    if (!t)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such token");
    token_store_write_etag(s, etag);
    if (if_match && strcmp(if_match, etag) != 0)
        return error_set(e, ERR_PRECONDITION, NULL, "the tokens have changed meanwhile");
    *out = t;
    return 0;
}

/* All tokens, with `old` replaced, or left out when `changed` is NULL. */
static int rewrite_changed(struct token_store *s, const struct token *old,
                           const struct token *changed, struct error *e)
{
    const struct token **all = NULL;
    size_t n = 0;
    size_t kept = 0;
    int r = token_store_all(s, &all, &n, e);

    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        const struct token *t = all[i] == old ? changed : all[i];

        if (t)
            all[kept++] = t;
    }
    r = rewrite(s, all, kept, e);
    free(all);
    return r;
}

int token_store_update(struct token_store *s, const char *name, const char *if_match,
                       int (*edit)(struct token *t, void *arg, struct error *e), void *arg,
                       struct error *e)
{
    const struct token *old = NULL;
    struct token changed = {0};
    int lock_fd = begin(s, e);
    int r;

    if (lock_fd < 0)
        return lock_fd;
    r = find_for_change(s, name, if_match, &old, e);
    if (r == 0 && token_copy(&changed, old) < 0)
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (r == 0)
        r = edit(&changed, arg, e);
    if (r == 0 && (!changed.token || strcmp(changed.token, old->token) != 0))
        r = error_set(e, ERR_INVALID, "token", "cannot be changed");
    if (r == 0)
        r = rewrite_changed(s, old, &changed, e);
    token_release(&changed);
    return end(s, lock_fd, r);
}

int token_store_delete(struct token_store *s, const char *name, const char *if_match,
                       struct error *e)
{
    const struct token *old = NULL;
    int lock_fd = begin(s, e);
    int r;

    if (lock_fd < 0)
        return lock_fd;
    r = find_for_change(s, name, if_match, &old, e);
    if (r == 0)
        r = rewrite_changed(s, old, NULL, e);
    return end(s, lock_fd, r);
}

/* Removes the tokens that `is_gone` names. @return their number, or an error */
static int remove_where(struct token_store *s,
                        bool (*is_gone)(const struct token *t, const void *arg), const void *arg,
                        struct error *e)
{
    const struct token **all = NULL;
    size_t n = 0;
    size_t kept = 0;
    int lock_fd = begin(s, e);
    int r;

    if (lock_fd < 0)
        return lock_fd;
    r = token_store_all(s, &all, &n, e);
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (!is_gone(all[i], arg))
            all[kept++] = all[i];
    }
    if (r == 0 && kept < n)
        r = rewrite(s, all, kept, e);
    free(all);
    return end(s, lock_fd, r < 0 ? r : (int)(n - kept));
}

static bool has_group(const struct token *t, const void *arg)
{
    return strcmp(t->group, (const char *)arg) == 0;
}

int token_store_delete_group(struct token_store *s, const char *group, struct error *e)
{
    int r = remove_where(s, has_group, group, e);

    return r < 0 ? r : 0;
}

/* @param made room for each of `all`: the chosen ones, as they become */
static int edit_where(const struct token **all, struct token *made, size_t n,
                      const struct token_edit *edit, size_t *n_made, struct error *e)
{
    for (size_t i = 0; i < n; i++) {
        struct token *t = &made[*n_made];
        int r;

        if (!edit->is_chosen(all[i], edit->arg))
            continue;
        ++*n_made;
        r = token_copy(t, all[i]);
        if (r == 0)
            r = edit->change(t, edit->arg, e);
        if (r < 0)
            return r;
        all[i] = t;
    }
    return 0;
}

int token_store_update_where(struct token_store *s, const struct token_edit *edit, struct error *e)
{
    const struct token **all = NULL;
    struct token *made = NULL;
    size_t n = 0, n_made = 0;
    int lock_fd = begin(s, e);
    int r;

    if (lock_fd < 0)
        return lock_fd;
    r = token_store_all(s, &all, &n, e);
    if (r == 0 && !(made = calloc(n + 1, sizeof *made)))
        r = ERR_NO_MEMORY;
    if (r == 0)
        r = edit_where(all, made, n, edit, &n_made, e);
    if (r == ERR_NO_MEMORY)
        error_set(e, r, NULL, "out of memory");
    else if (r == 0 && n_made)
        r = rewrite(s, all, n, e);
    for (size_t i = 0; i < n_made; i++)
        token_release(&made[i]);
    free(made);
    free(all);
    return end(s, lock_fd, r < 0 ? r : (int)n_made);
}

struct renaming {
    const char *from, *to;
};

static bool is_of_group(const struct token *t, void *arg)
{
    const struct renaming *names = arg;

    return strcmp(t->group, names->from) == 0;
}

static int rename_group(struct token *t, void *arg, struct error *e)
{
    const struct renaming *names = arg;

    (void)e;
    free(t->group);
    t->group = strdup(names->to);
    return t->group ? 0 : ERR_NO_MEMORY;
}

int token_store_move_group(struct token_store *s, const char *from, const char *to, struct error *e)
{
    struct renaming names = {from, to};
    const struct token_edit edit = {is_of_group, rename_group, &names};
    int r = token_store_update_where(s, &edit, e);

    return r < 0 ? r : 0;
}

static bool is_long_expired(const struct token *t, const void *arg)
{
    const int64_t *now_us = (const int64_t *)arg;

    return t->has_expires && t->expires_us < *now_us - KEPT_AFTER_EXPIRY_US;
}

int token_store_purge(struct token_store *s, int64_t now_us, struct error *e)
{
    int r = token_store_refresh(s, false, e);

    if (r < 0)
        return r;
    for (size_t i = 0; i < s->list.n_tokens; i++) {
        if (is_long_expired(&s->list.tokens[i], &now_us))
            return remove_where(s, is_long_expired, &now_us, e);
    }
    return 0;
}
