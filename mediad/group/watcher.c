#include "mediad/group/watcher.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/link_poll.h"
#include "common/list.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "mediad/name_index.h"

#define SETTLE_US (50 * US_PER_MS)
#define SETTLE_MAX_US (500 * US_PER_MS)
#define DEPTH_MAX 32
#define LINKS_US US_PER_S
#define WATCH_MASK                                                                                 \
    (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ATTRIB |            \
     IN_DELETE_SELF | IN_ONLYDIR)

struct watched_dir {
    struct list_node in_watcher;
    int wd;
    char *prefix; /* of group names: "", "a/", "a/b/" */
};

struct dirty_name {
    struct name_entry by_name;
    struct dirty_name *next;
    char name[];
};

struct watcher {
    int fd;
    int data_wd;
    char *groups_dir;
    struct list dirs; /* struct watched_dir */
    struct dirty_name *dirty;
    struct name_index dirty_index;
    bool must_rescan;
    struct timer timer;
    struct timer links_timer;
    struct link_poll *links;
    struct timer_wheel *timers;
    int64_t first_us; /* when the oldest unsettled change was seen */
    struct watcher_events events;
    void *arg;
};

static const struct log_ctx log_watcher = {.room = "watcher"};

static struct watcher *watcher_of_timer(struct timer *timer)
{
    return CONTAINER_OF(timer, struct watcher, timer);
}

static struct watched_dir *find_dir(struct watcher *w, int wd)
{
    LIST_EACH (struct watched_dir, dir, &w->dirs, in_watcher) {
        if (dir->wd == wd)
            return dir;
    }
    return NULL;
}

static void forget_dir(struct watched_dir *dir)
{
    list_remove(&dir->in_watcher);
    free(dir->prefix);
    free(dir);
}

static void watch_tree(struct watcher *w, const char *path, const char *prefix, unsigned depth);

/* "x.json" -> the name of its group, PREFIXx; NULL for other files and without memory. */
static char *name_of(const char *prefix, const char *file)
{
    size_t len = strlen(file);
    char *name = NULL;

    if (file[0] == '.' || len <= 5 || strcmp(file + len - 5, ".json") != 0 ||
        asprintf(&name, "%s%.*s", prefix, (int)(len - 5), file) < 0)
        return NULL;
    return name;
}

static void note_link(struct watcher *w, const char *prefix, const char *file)
{
    char *name = name_of(prefix, file);

    if (name)
        link_poll_note(w->links, name);
    free(name);
}

static void watch_children(struct watcher *w, const char *path, const char *prefix, unsigned depth)
{
    DIR *stream = opendir(path);
    struct dirent *entry;

    if (!stream)
        return;
    while ((entry = readdir(stream)) != NULL) {
        char *child, *child_prefix = NULL;

        if (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN)
            note_link(w, prefix, entry->d_name);
        if (entry->d_name[0] == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
            continue;
        child = path_join(path, entry->d_name);
        if (child && asprintf(&child_prefix, "%s%s/", prefix, entry->d_name) >= 0) {
            watch_tree(w, child, child_prefix, depth + 1);
            free(child_prefix);
        }
        free(child);
    }
    closedir(stream);
}

static void watch_tree(struct watcher *w, const char *path, const char *prefix, unsigned depth)
{
    int wd = depth < DEPTH_MAX ? inotify_add_watch(w->fd, path, WATCH_MASK) : -1;
    struct watched_dir *dir;

    if (wd < 0) {
        if (errno != ENOTDIR && errno != ENOENT)
            log_warn(&log_watcher, "cannot watch %s (%s); changes there are found every 15 minutes",
                     path, strerror(errno));
        return;
    }
    if (!find_dir(w, wd)) {
        dir = calloc(1, sizeof *dir);
        if (!dir || (dir->prefix = strdup(prefix)) == NULL) {
            free(dir);
            return;
        }
        dir->wd = wd;
        list_prepend(&w->dirs, &dir->in_watcher);
    }
    watch_children(w, path, prefix, depth);
}

static void settle(struct timer *timer, int64_t now_us)
{
    struct watcher *w = watcher_of_timer(timer);
    struct dirty_name *dirty = w->dirty, *next;
    bool must_rescan = w->must_rescan;

    (void)now_us;
    w->dirty = NULL;
    w->must_rescan = false;
    w->first_us = 0;
    for (struct dirty_name *d = dirty; d; d = d->next)
        name_index_remove(&w->dirty_index, &d->by_name);
    for (; dirty; dirty = next) {
        next = dirty->next;
        if (!must_rescan)
            w->events.group_changed(w->arg, dirty->name);
        free(dirty);
    }
    if (must_rescan) {
        watch_tree(w, w->groups_dir, "", 0);
        w->events.rescan(w->arg);
    }
}

static void forget_all_dirs(struct watcher *w)
{
    LIST_EACH_REMOVING (struct watched_dir, dir, &w->dirs, in_watcher) {
        inotify_rm_watch(w->fd, dir->wd);
        forget_dir(dir);
    }
}

static void settle_soon(struct watcher *w, int64_t now_us)
{
    int64_t due_us = now_us + SETTLE_US;

    if (!w->dirty && !w->must_rescan)
        return;
    if (w->first_us == 0)
        w->first_us = now_us;
    if (due_us > w->first_us + SETTLE_MAX_US)
        due_us = w->first_us + SETTLE_MAX_US;
    timer_wheel_set(w->timers, &w->timer, due_us);
}

static void mark_name(void *arg, const char *name);

/* Of neither does inotify tell. */
static void look_at_links(struct timer *timer, int64_t now_us)
{
    struct watcher *w = CONTAINER_OF(timer, struct watcher, links_timer);

    if (link_poll_is_replaced(w->links)) {
        log_info(&log_watcher, "another folder stands at %s", w->groups_dir);
        forget_all_dirs(w);
        w->must_rescan = true;
    } else {
        link_poll_look(w->links, mark_name, w);
    }
    settle_soon(w, now_us);
    timer_wheel_set(w->timers, timer, now_us + LINKS_US);
}

int watcher_new(struct watcher **out, const char *groups_dir, const char *data_dir,
                struct timer_wheel *timers, const struct watcher_events *events, void *arg,
                struct error *e)
{
    struct watcher *w = calloc(1, sizeof *w);

    if (!w || (w->groups_dir = strdup(groups_dir)) == NULL ||
        link_poll_new(&w->links, groups_dir) < 0) {
        if (w)
            free(w->groups_dir);
        free(w);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    w->timers = timers;
    w->timer.fire = settle;
    w->events = *events;
    w->arg = arg;
    w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->fd < 0) {
        int r = error_set_errno(e, NULL, "inotify");

        link_poll_free(w->links);
        free(w->groups_dir);
        free(w);
        return r;
    }
    w->data_wd =
        inotify_add_watch(w->fd, data_dir, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
    watch_tree(w, groups_dir, "", 0);
    w->links_timer.fire = look_at_links;
    timer_wheel_set(timers, &w->links_timer, 0); /* at the first turn */
    *out = w;
    return 0;
}

void watcher_free(struct watcher *w)
{
    struct dirty_name *next;

    if (!w)
        return;
    timer_cancel(&w->timer);
    timer_cancel(&w->links_timer);
    link_poll_free(w->links);
    LIST_EACH_REMOVING (struct watched_dir, dir, &w->dirs, in_watcher)
        forget_dir(dir);
    for (struct dirty_name *d = w->dirty; d; d = next) {
        next = d->next;
        name_index_remove(&w->dirty_index, &d->by_name);
        free(d);
    }
    close(w->fd);
    free(w->groups_dir);
    free(w);
}

int watcher_fd(const struct watcher *w)
{
    return w->fd;
}

static void mark_name(void *arg, const char *name)
{
    struct watcher *w = arg;
    size_t size = strlen(name) + 1;
    struct dirty_name *d = malloc(sizeof *d + size);
    int r;

    if (!d) {
        w->must_rescan = true;
        return;
    }
    memcpy(d->name, name, size);
    d->by_name.name = d->name;
    r = name_index_add(&w->dirty_index, &d->by_name);
    if (r < 0) {
        /* Known already, or else without a place to remember it. */
        w->must_rescan |= r != ERR_EXISTS;
        free(d);
        return;
    }
    d->next = w->dirty;
    w->dirty = d;
}

static void mark(struct watcher *w, const char *prefix, const char *file)
{
    char *name = name_of(prefix, file);

    if (!name)
        return;
    link_poll_note(w->links, name);
    mark_name(w, name);
    free(name);
}

static void handle_event(struct watcher *w, const struct inotify_event *event)
{
    struct watched_dir *dir;

    if (event->mask & IN_Q_OVERFLOW) {
        w->must_rescan = true;
        return;
    }
    if (event->wd == w->data_wd) {
        if (event->len > 0)
            w->events.data_changed(w->arg, event->name);
        return;
    }
    dir = find_dir(w, event->wd);
    if (!dir)
        return;
    if (event->mask & IN_IGNORED) {
        w->must_rescan = true;
        forget_dir(dir);
        return;
    }
    if ((event->mask & IN_ISDIR) || event->len == 0) {
        /* A moved directory keeps its watch under the wrong name. */
        if (event->mask & (IN_MOVED_FROM | IN_MOVED_TO))
            forget_all_dirs(w);
        w->must_rescan = true;
        return;
    }
    mark(w, dir->prefix, event->name);
}

void watcher_dispatch(struct watcher *w, int64_t now_us)
{
    _Alignas(struct inotify_event) char buffer[4096 + NAME_MAX + 1];
    ssize_t n;

    while ((n = read(w->fd, buffer, sizeof buffer)) > 0) {
        const struct inotify_event *event;

        for (char *p = buffer; p < buffer + n; p += sizeof *event + event->len) {
            event = (const struct inotify_event *)p;
            handle_event(w, event);
        }
    }
    settle_soon(w, now_us);
}
