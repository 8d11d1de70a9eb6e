#include "admin-cgi/export/importer.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "admin-cgi/store/store_file.h"
#include "admin-cgi/store/store_file_care.h"
#include "common/group_files.h"
#include "common/group_name.h"
#include "common/link_poll.h"
#include "common/log.h"
#include "common/now.h"

#define SETTLE_US (250 * US_PER_MS)
#define VANISH_US (2 * US_PER_S)
#define SCAN_EVERY_US (60 * US_PER_S)
#define SCAN_BLIND_US (5 * US_PER_S)
#define DUE_MAX 512
#define LINKS_US US_PER_S
#define AT_ONCE 128 /* files; a save waits for about 20 ms */
#define WATCHED                                                                                    \
    (IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE |            \
     IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR | IN_EXCL_UNLINK)

static const struct log_ctx ctx = {.room = "files", .action = "watching"};

/* A file that somebody touched, or that is not there any more. */
struct due {
    enum file_kind kind;
    char *name;
    int64_t at_us;
    int64_t missing_since_us; /* 0: not known to be missing */
};

struct watch {
    int wd;
    char *prefix; /* "" for groups/, "a/b/" below; NULL for data/ */
};

struct importer {
    struct db *db;
    const char *groups;
    const char *data;
    int fd;
    struct watch *watches;
    size_t n_watches, size_watches;
    struct due due[DUE_MAX];
    size_t n_due;
    int64_t next_scan_us, next_links_us;
    struct link_poll *links;
    bool is_blind; /* inotify does not see everything */
};

static void watch_tree(struct importer *im, const char *prefix);

int importer_new(struct importer **out, struct db *db, const char *groups, const char *data,
                 struct error *e)
{
    struct importer *im = calloc(1, sizeof *im);

    if (!im)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory to watch files");
    if (link_poll_new(&im->links, groups) < 0) {
        free(im);
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory to watch files");
    }
    im->db = db;
    im->groups = groups;
    im->data = data;
    im->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (im->fd < 0) {
        im->is_blind = true;
        log_warn(&ctx, "inotify does not work (%s): looking every 5 s", strerror(errno));
    }
    watch_tree(im, "");
    watch_tree(im, NULL);
    *out = im;
    return 0;
}

void importer_free(struct importer *im)
{
    if (!im)
        return;
    if (im->fd >= 0)
        close(im->fd);
    for (size_t i = 0; i < im->n_watches; i++)
        free(im->watches[i].prefix);
    for (size_t i = 0; i < im->n_due; i++)
        free(im->due[i].name);
    free(im->watches);
    link_poll_free(im->links);
    free(im);
}

int importer_fd(const struct importer *im)
{
    return im->fd;
}

/* ---- watching directories ---- */

static void go_blind(struct importer *im, const char *why)
{
    if (!im->is_blind)
        log_warn(&ctx, "%s: looking every 5 s", why);
    im->is_blind = true;
}

static void remember_watch(struct importer *im, int wd, const char *prefix)
{
    char *copy = prefix ? span_dup(span_str(prefix)) : NULL;

    for (size_t i = 0; i < im->n_watches; i++) {
        if (im->watches[i].wd == wd) { /* the same directory again, perhaps renamed */
            free(im->watches[i].prefix);
            im->watches[i].prefix = copy;
            return;
        }
    }
    if (im->n_watches == im->size_watches) {
        size_t size = im->size_watches ? 2 * im->size_watches : 64;
        struct watch *bigger = realloc(im->watches, size * sizeof *bigger);

        if (!bigger) {
            free(copy);
            go_blind(im, "no memory for a watch");
            return;
        }
        im->watches = bigger;
        im->size_watches = size;
    }
    im->watches[im->n_watches++] = (struct watch){wd, copy};
}

static void forget_watch(struct importer *im, int wd)
{
    for (size_t i = 0; i < im->n_watches; i++) {
        if (im->watches[i].wd == wd) {
            free(im->watches[i].prefix);
            im->watches[i] = im->watches[--im->n_watches];
            return;
        }
    }
}

static bool watch_directory(struct importer *im, const char *path, const char *prefix)
{
    int wd = inotify_add_watch(im->fd, path, WATCHED);

    if (wd < 0) {
        if (errno == ENOSPC)
            go_blind(im, "the limit of inotify watches is reached");
        return false;
    }
    remember_watch(im, wd, prefix);
    return true;
}

/* "x.json" -> "x"; false for other files. */
static bool strip_json(const char *file, char *out, size_t size)
{
    size_t len = strlen(file);

    if (file[0] == '.' || len < 6 || strcmp(file + len - 5, ".json") != 0 || len - 5 >= size)
        return false;
    memcpy(out, file, len - 5);
    out[len - 5] = '\0';
    return true;
}

static void note_link(struct importer *im, const char *prefix, const char *file)
{
    char name[4096], full[8192];

    if (strip_json(file, name, sizeof name) &&
        (size_t)snprintf(full, sizeof full, "%s%s", prefix, name) < sizeof full)
        link_poll_note(im->links, full);
}

static void forget_groups(struct importer *im)
{
    for (size_t i = im->n_watches; i-- > 0;) {
        if (im->watches[i].prefix) {
            inotify_rm_watch(im->fd, im->watches[i].wd);
            forget_watch(im, im->watches[i].wd);
        }
    }
}

/* groups/ with all that is below, or (prefix NULL) data/ alone. */
static void watch_tree(struct importer *im, const char *prefix)
{
    char path[8192], below[4096];
    struct dirent *entry;
    DIR *d;

    if (im->fd < 0)
        return;
    snprintf(path, sizeof path, "%s/%s", prefix ? im->groups : im->data, prefix ? prefix : "");
    if (!watch_directory(im, path, prefix) || !prefix)
        return;
    d = opendir(path);
    while (d && (entry = readdir(d))) {
        if (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN)
            note_link(im, prefix, entry->d_name);
        if (entry->d_name[0] == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
            continue;
        if ((size_t)snprintf(below, sizeof below, "%s%s/", prefix, entry->d_name) < sizeof below)
            watch_tree(im, below);
    }
    if (d)
        closedir(d);
}

/* ---- what is due ---- */

static void add_due(struct importer *im, enum file_kind kind, const char *name, int64_t at_us)
{
    for (size_t i = 0; i < im->n_due; i++) {
        if (im->due[i].kind == kind && strcmp(im->due[i].name, name) == 0) {
            im->due[i].at_us = at_us; /* touched again: wait until it is quiet */
            return;
        }
    }
    if (im->n_due == DUE_MAX) {
        im->next_scan_us = at_us;
        return;
    }
    im->due[im->n_due].name = span_dup(span_str(name));
    im->due[im->n_due].kind = kind;
    im->due[im->n_due].at_us = at_us;
    im->due[im->n_due].missing_since_us = 0;
    if (im->due[im->n_due].name)
        im->n_due++;
    else
        im->next_scan_us = at_us;
}

static void drop_due(struct importer *im, size_t i)
{
    free(im->due[i].name);
    im->due[i] = im->due[--im->n_due];
}

static void on_event(struct importer *im, const struct inotify_event *ev, int64_t mono_us)
{
    const struct watch *watch = NULL;
    char name[4096], full[8192];

    if (ev->mask & IN_Q_OVERFLOW) {
        im->next_scan_us = mono_us;
        return;
    }
    if (ev->mask & IN_IGNORED) {
        forget_watch(im, ev->wd);
        return;
    }
    for (size_t i = 0; i < im->n_watches && !watch; i++) {
        if (im->watches[i].wd == ev->wd)
            watch = &im->watches[i];
    }
    if (!watch || ev->len == 0)
        return;
    if (!watch->prefix) {
        if (strcmp(ev->name, "config.json") == 0)
            add_due(im, FILE_CONFIG, "config", mono_us + SETTLE_US);
        else if (strcmp(ev->name, "ice-servers.json") == 0)
            add_due(im, FILE_ICE, "ice-servers", mono_us + SETTLE_US);
        else if (strcmp(ev->name, MEDIAD_FILE_NAME ".json") == 0)
            add_due(im, FILE_MEDIAD, MEDIAD_FILE_NAME, mono_us + SETTLE_US);
        return;
    }
    if (ev->mask & IN_ISDIR) {
        if (ev->name[0] != '.')
            im->next_scan_us = mono_us + SETTLE_US; /* a tree came, went or moved */
        return;
    }
    if (!strip_json(ev->name, name, sizeof name))
        return;
    if ((size_t)snprintf(full, sizeof full, "%s%s", watch->prefix, name) < sizeof full &&
        group_name_check(span_str(full), NULL) == 0) {
        link_poll_note(im->links, full);
        add_due(im, FILE_GROUP, full, mono_us + SETTLE_US);
    }
}

void importer_read(struct importer *im, int64_t mono_us)
{
    union {
        struct inotify_event event;
        char bytes[16384];
    } buf;
    ssize_t n;

    while ((n = read(im->fd, buf.bytes, sizeof buf.bytes)) > 0) {
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *ev = (const void *)(buf.bytes + at);

            on_event(im, ev, mono_us);
            at += (ssize_t)(sizeof *ev + ev->len);
        }
    }
}

/* Look at one file. @return false when it is not there and the store thought it was */
static bool look(struct importer *im, enum file_kind kind, const char *name, int64_t now_us)
{
    struct arena arena = {0};
    struct file_state state;
    struct error e = {0};
    bool vanished = false;

    if (store_file_get(im->db, &arena, kind, name, now_us, &state, &e) < 0)
        log_warn(&ctx, "%s: %s", name, e.text);
    else
        vanished = state.is_vanished;
    arena_release(&arena);
    return !vanished;
}

static void do_due(struct importer *im, size_t i, int64_t now_us, int64_t mono_us)
{
    struct due *d = &im->due[i];

    if (look(im, d->kind, d->name, now_us)) {
        drop_due(im, i);
        return;
    }
    if (d->missing_since_us == 0)
        d->missing_since_us = mono_us;
    if (mono_us - d->missing_since_us < VANISH_US) {
        d->at_us = d->missing_since_us + VANISH_US;
        return;
    }
    (void)!store_file_trash_vanished(im->db, d->kind, d->name, now_us, NULL);
    drop_due(im, i);
}

static void link_changed(void *arg, const char *name)
{
    struct importer *im = arg;

    if (group_name_check(span_str(name), NULL) == 0)
        add_due(im, FILE_GROUP, name, 0);
}

/* Of neither does inotify tell. */
static void look_at_links(struct importer *im, int64_t mono_us)
{
    im->next_links_us = mono_us + LINKS_US;
    if (link_poll_is_replaced(im->links)) {
        log_info(&ctx, "another folder stands at %s", im->groups);
        forget_groups(im);
        im->next_scan_us = mono_us;
    } else {
        link_poll_look(im->links, link_changed, im);
    }
}

int64_t importer_run(struct importer *im, int64_t now_us, int64_t mono_us)
{
    int64_t next;

    if (mono_us >= im->next_links_us)
        look_at_links(im, mono_us);
    if (mono_us >= im->next_scan_us)
        (void)!importer_scan(im, now_us, mono_us, NULL);
    next = im->next_scan_us < im->next_links_us ? im->next_scan_us : im->next_links_us;
    for (size_t i = im->n_due; i-- > 0;) {
        if (im->due[i].at_us <= mono_us)
            do_due(im, i, now_us, mono_us);
    }
    for (size_t i = 0; i < im->n_due; i++) {
        if (im->due[i].at_us < next)
            next = im->due[i].at_us;
    }
    return next;
}

/* ---- everything ---- */

struct names {
    const char **list;
    size_t n, size;
    struct arena arena;
};

static int add_name(const char *name, void *arg)
{
    struct names *names = arg;

    if (names->n == names->size) {
        size_t size = names->size ? 2 * names->size : 256;
        const char **bigger = arena_array(&names->arena, size, sizeof *bigger);

        if (!bigger)
            return ERR_NO_MEMORY;
        if (names->n)
            memcpy(bigger, names->list, names->n * sizeof *bigger);
        names->list = bigger;
        names->size = size;
    }
    names->list[names->n] = arena_str(&names->arena, name);
    return names->list[names->n++] ? 0 : ERR_NO_MEMORY;
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static void look_or_wait(struct importer *im, enum file_kind kind, const char *name, int64_t now_us,
                         int64_t mono_us)
{
    if (!look(im, kind, name, now_us))
        add_due(im, kind, name, mono_us);
}

/* Many files at once; where one of them is trouble, each by itself. */
static void look_at_all(struct importer *im, const char *const *names, size_t n, int64_t now_us)
{
    for (size_t i = 0; i < n; i += AT_ONCE) {
        size_t m = n - i < AT_ONCE ? n - i : AT_ONCE;

        if (store_file_import(im->db, FILE_GROUP, names + i, m, now_us, NULL) == 1)
            continue;
        for (size_t j = 0; j < m; j++)
            (void)look(im, FILE_GROUP, names[i + j], now_us);
    }
}

int importer_scan(struct importer *im, int64_t now_us, int64_t mono_us, struct error *e)
{
    struct names on_disk = {0};
    struct arena arena = {0};
    const char **known = NULL;
    size_t n_known = 0;
    bool is_whole;
    int r;

    im->next_scan_us = mono_us + (im->is_blind ? SCAN_BLIND_US : SCAN_EVERY_US);
    watch_tree(im, "");
    r = group_files_walk(im->groups, add_name, &on_disk, e);
    is_whole = r == 0;
    if (r < 0 && r != ERR_NO_MEMORY) {
        /* The rest is looked at; of what cannot be seen nobody knows that it is gone. */
        log_warn(&ctx, "%s; what is in it stays as it was", e ? e->text : "a folder is unreadable");
        r = 0;
    }
    if (r == 0)
        r = store_file_names(im->db, &arena, FILE_GROUP, &known, &n_known, e);
    if (r == 0)
        look_at_all(im, on_disk.list, on_disk.n, now_us);
    if (r == 0 && on_disk.n == 0 && n_known > 1) {
        /* An unmounted or unreadable directory is no order to delete everything. */
        log_error(&ctx, "groups/ is empty, and %zu groups are known: nothing is deleted", n_known);
        n_known = 0;
    }
    for (size_t i = 0; r == 0 && is_whole && i < n_known; i++) {
        if (!on_disk.n ||
            !bsearch(&known[i], on_disk.list, on_disk.n, sizeof *on_disk.list, by_name))
            look_or_wait(im, FILE_GROUP, known[i], now_us, mono_us);
    }
    if (r == 0) {
        look_or_wait(im, FILE_CONFIG, "config", now_us, mono_us);
        look_or_wait(im, FILE_ICE, "ice-servers", now_us, mono_us);
        look_or_wait(im, FILE_MEDIAD, MEDIAD_FILE_NAME, now_us, mono_us);
    }
    arena_release(&arena);
    arena_release(&on_disk.arena);
    return r;
}
