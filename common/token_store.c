#include "common/token_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/log.h"
#include "common/now.h"
#include "common/token_list.h"

#define STORE_SIZE_MAX (16 * 1024 * 1024)
#define STORE_MODE 0660 /* two users write: spec/security-ops.md S35 */
#define STORE_DIR_MODE 02770
#define KEPT_AFTER_EXPIRY_US (7 * 86400 * US_PER_S)
/* Two changes within one tick of the file system's clock may look alike. */
#define RACY_NS INT64_C(100000000)

struct token_store {
    char *path, *bad_path, *lock_path;
    struct token_list list;
    struct buf text;         /* the file as it was last read */
    struct file_stamp stamp; /* of it; all zero: no file */
    bool is_loaded;
    bool is_racy;   /* read so soon after its change that the stamp does not tell enough */
    bool is_ragged; /* damaged lines, or text behind the last newline: to be mended by a writer */
    size_t parsed_len; /* bytes of text that `list` was made from */
};

/* ------------------------------------------------------------------------------------------ */

static int make_dir(const char *dir, const char *path, struct error *e)
{
    struct stat st;
    int r;

    if (stat(dir, &st) == 0)
        return 0;
    r = file_make_parents(path, 0750, e);
    if (r == 0 && chmod(dir, STORE_DIR_MODE) < 0)
        r = error_set_errno(e, dir, "the folder's mode cannot be set");
    return r;
}

int token_store_new(struct token_store **out, const char *var_dir, struct error *e)
{
    struct token_store *s = calloc(1, sizeof *s);
    int r = ERR_NO_MEMORY;

    if (s) {
        s->path = path_join(var_dir, "tokens.jsonl");
        s->bad_path = path_join(var_dir, "tokens.jsonl.bad");
        s->lock_path = path_join(var_dir, "tokens.lock");
    }
    if (!s || !s->path || !s->bad_path || !s->lock_path)
        error_set(e, r, var_dir, "out of memory");
    else
        r = make_dir(var_dir, s->path, e);
    if (r < 0) {
        token_store_free(s);
        return r;
    }
    *out = s;
    return 0;
}

void token_store_free(struct token_store *s)
{
    if (!s)
        return;
    token_list_release(&s->list);
    buf_wipe(&s->text);
    free(s->path);
    free(s->bad_path);
    free(s->lock_path);
    free(s);
}

/* ------------------------------------------------------------------------------------------ */

/* Bytes up to the end of the last whole line. */
static size_t whole_lines(struct span text)
{
    while (text.len > 0 && text.data[text.len - 1] != '\n')
        text.len--;
    return text.len;
}

/*
 * Make the list agree with `text`, which becomes the store's. When only lines were added, only
 * those are parsed. A writer under the lock also looks behind the last newline.
 */
static int take_text(struct token_store *s, struct buf *text, bool is_writer, struct error *e)
{
    struct span old = span_sub(buf_span(&s->text), 0, s->parsed_len);
    struct span lines = buf_span(text);
    bool has_grown = s->is_loaded && !s->is_ragged && span_eq(span_sub(lines, 0, old.len), old);
    size_t from = has_grown ? old.len : 0;
    bool has_tail = whole_lines(lines) < lines.len;
    size_t n_bad_before;
    int r;

    if (!is_writer)
        lines.len = whole_lines(lines);
    if (!has_grown)
        token_list_release(&s->list);
    s->is_loaded = false;
    n_bad_before = s->list.n_bad;
    r = token_list_parse(&s->list, lines, from);
    if (r < 0)
        return error_set(e, r, s->path, "out of memory");
    buf_wipe(&s->text);
    s->text = *text;
    *text = (struct buf){0};
    s->parsed_len = lines.len;
    s->is_ragged = has_tail || s->list.n_bad > 0;
    s->is_loaded = true;
    if (s->list.n_bad > n_bad_before)
        log_warn(&(struct log_ctx){.room = "tokens"},
                 "%zu damaged tokens in tokens.jsonl are ignored, the first at %s: %s",
                 s->list.n_bad, s->list.first_bad.place, s->list.first_bad.text);
    return 0;
}

static bool is_racy(const struct file_stamp *stamp)
{
    int64_t age_ns = now_realtime_us() * 1000 - stamp->mtime_ns;

    return age_ns < RACY_NS && age_ns > -RACY_NS;
}

/* Read the file again when it changed. */
static int refresh(struct token_store *s, bool is_writer, struct error *e)
{
    struct file_stamp stamp = {0};
    struct buf text = {0};
    int r = file_stamp_read(&stamp, s->path);

    if (r < 0 && r != ERR_NOT_FOUND)
        return error_set_errno(e, s->path, "cannot be read");
    if (s->is_loaded && !s->is_racy && file_stamp_eq(&stamp, &s->stamp) &&
        !(is_writer && s->is_ragged))
        return 0;
    if (r == 0)
        r = file_read(&text, s->path, STORE_SIZE_MAX, &stamp, e);
    if (r == ERR_NOT_FOUND) {
        stamp = (struct file_stamp){0};
        if (e)
            *e = (struct error){0};
        r = 0;
    }
    if (r == 0)
        r = take_text(s, &text, is_writer, e);
    if (r == 0) {
        s->stamp = stamp;
        s->is_racy = stamp.ino != 0 && is_racy(&stamp);
    }
    buf_wipe(&text);
    return r;
}

int token_store_get(struct token_store *s, const char *name, const struct token **out,
                    struct error *e)
{
    int r = refresh(s, false, e);
    const struct token *t;

    if (r < 0)
        return r;
    t = token_list_find(&s->list, name);
    if (!t)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such token");
    *out = t;
    return 0;
}

/* New array of the tokens of a group, or of all. */
static int collect(const struct token_store *s, const char *group, const struct token ***out,
                   size_t *n_out)
{
    const struct token **array = calloc(s->list.n_tokens + 1, sizeof(struct token *));
    size_t n = 0;

    if (!array)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < s->list.n_tokens; i++)
        if (!group || strcmp(s->list.tokens[i].group, group) == 0)
            array[n++] = &s->list.tokens[i];
    *out = array;
    *n_out = n;
    return 0;
}

int token_store_list(struct token_store *s, const char *group, const struct token ***out,
                     size_t *n_out, struct error *e)
{
    int r = refresh(s, false, e);

    if (r < 0)
        return r;
    r = collect(s, group, out, n_out);
    if (r < 0)
        return error_set(e, r, NULL, "out of memory");
    token_list_sort(*out, *n_out);
    return 0;
}

static void write_etag(const struct token_store *s, char out[64])
{
    if (s->list.n_tokens == 0)
        out[0] = 0;
    else
        snprintf(out, 64, "\"%lld-%lld-%llx\"", (long long)s->stamp.size_bytes,
                 (long long)s->stamp.mtime_ns, (unsigned long long)s->stamp.ino);
}

int token_store_etag(struct token_store *s, char out[64], struct error *e)
{
    int r = refresh(s, false, e);

    if (r == 0)
        write_etag(s, out);
    return r;
}

/* ------------------------------------------------------------------------------------------ */

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
    r = refresh(s, true, e);
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

/* All tokens and this new one: how a ragged file is mended by the next addition. */
static int rewrite_with(struct token_store *s, const struct token *t, struct error *e)
{
    const struct token **all = NULL;
    size_t n = 0;
    int r = collect(s, NULL, &all, &n);

    if (r < 0)
        return error_set(e, r, s->path, "out of memory");
    all[n++] = t; /* collect() leaves room for one more */
    r = rewrite(s, all, n, e);
    free(all);
    return r;
}

static int append_token(struct token_store *s, const struct token *t, struct error *e)
{
    struct buf line = {0};
    int r = token_list_add_line(&line, t);

    if (r < 0)
        error_set(e, r, s->path, "out of memory");
    else if (s->text.len + line.len > STORE_SIZE_MAX)
        r = error_set(e, ERR_TOO_LARGE, s->path, "there are too many tokens");
    else
        r = append(s->path, buf_span(&line), e);
    buf_wipe(&line);
    return r;
}

int token_store_add(struct token_store *s, const struct token *t, struct error *e)
{
    int lock_fd;
    int r;

    if (!t->token || !t->token[0])
        return error_set(e, ERR_INVALID, "token", "is missing");
    lock_fd = begin(s, e);
    if (lock_fd < 0)
        return lock_fd;
    if (token_list_find(&s->list, t->token))
        r = error_set(e, ERR_EXISTS, NULL, "there is a token of this name");
    else if (s->is_ragged)
        r = rewrite_with(s, t, e);
    else
        r = append_token(s, t, e);
    return end(s, lock_fd, r);
}

/* Under the lock: the token of this name, if the caller has seen the present state. */
static int find_for_change(struct token_store *s, const char *name, const char *if_match,
                           const struct token **out, struct error *e)
{
    const struct token *t = token_list_find(&s->list, name);
    char etag[64];

    if (!t)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such token");
    write_etag(s, etag);
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
    int r = collect(s, NULL, &all, &n);

    if (r < 0)
        return error_set(e, r, s->path, "out of memory");
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
    r = collect(s, NULL, &all, &n);
    if (r < 0)
        error_set(e, r, NULL, "out of memory");
    for (size_t i = 0; r == 0 && i < n; i++)
        if (!is_gone(all[i], arg))
            all[kept++] = all[i];
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

static bool is_long_expired(const struct token *t, const void *arg)
{
    const int64_t *now_us = (const int64_t *)arg;

    return t->has_expires && t->expires_us < *now_us - KEPT_AFTER_EXPIRY_US;
}

int token_store_purge(struct token_store *s, int64_t now_us, struct error *e)
{
    int r = refresh(s, false, e);

    if (r < 0)
        return r;
    for (size_t i = 0; i < s->list.n_tokens; i++)
        if (is_long_expired(&s->list.tokens[i], &now_us))
            return remove_where(s, is_long_expired, &now_us, e);
    return 0;
}
