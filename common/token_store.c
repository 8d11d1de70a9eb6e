#include "common/token_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "common/now.h"
#include "common/token_store_internal.h"

#define STORE_DIR_MODE 02770
/* Two changes within one tick of the file system's clock may look alike. */
#define RACY_NS INT64_C(100000000)

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
static int adopt_text(struct token_store *s, struct buf *text, bool is_writer, struct error *e)
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

int token_store_refresh(struct token_store *s, bool is_writer, struct error *e)
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
        r = adopt_text(s, &text, is_writer, e);
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
    int r = token_store_refresh(s, false, e);
    const struct token *t;

    if (r < 0)
        return r;
    t = token_list_find(&s->list, name);
    if (!t)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such token");
    *out = t;
    return 0;
}

int token_store_check(struct token_store *s, struct error *e)
{
    int r = token_store_refresh(s, false, e);

    if (r == 0 && s->list.n_bad > 0)
        r = error_set(e, ERR_SYNTAX, s->list.first_bad.place, "%zu damaged tokens, the first: %s",
                      s->list.n_bad, s->list.first_bad.text);
    return r;
}

int token_store_all(const struct token_store *s, const struct token ***out, size_t *n_out,
                    struct error *e)
{
    const struct token **array = calloc(s->list.n_tokens + 1, sizeof(struct token *));

    if (!array)
        return error_set(e, ERR_NO_MEMORY, s->path, "out of memory");
    for (size_t i = 0; i < s->list.n_tokens; i++)
        array[i] = &s->list.tokens[i];
    *out = array;
    *n_out = s->list.n_tokens;
    return 0;
}

int token_store_list(struct token_store *s, const char *group, const struct token ***out,
                     size_t *n_out, struct error *e)
{
    const struct token **all = NULL;
    size_t n_all = 0, n = 0;
    int r = token_store_refresh(s, false, e);

    if (r == 0)
        r = token_store_all(s, &all, &n_all, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < n_all; i++) {
        if (!group || strcmp(all[i]->group, group) == 0)
            all[n++] = all[i];
    }
    token_list_sort(all, n);
    *out = all;
    *n_out = n;
    return 0;
}

void token_store_write_etag(const struct token_store *s, char out[64])
{
    if (s->list.n_tokens == 0)
        out[0] = 0;
    else
        snprintf(out, 64, "\"%lld-%lld-%llx\"", (long long)s->stamp.size_bytes,
                 (long long)s->stamp.mtime_ns, (unsigned long long)s->stamp.ino);
}

int token_store_etag(struct token_store *s, char out[64], struct error *e)
{
    int r = token_store_refresh(s, false, e);

    if (r == 0)
        token_store_write_etag(s, out);
    return r;
}
