/*
 * Notices changes below groups/ and in data/ by inotify. Names are collected until the directory
 * has been quiet for a moment, so that a mass edit is one round; what may have been missed is found
 * by a rescan. Control thread only.
 */
#ifndef NEREID_MEDIAD_GROUP_WATCHER_H
#define NEREID_MEDIAD_GROUP_WATCHER_H

#include "common/error.h"
#include "mediad/timer_wheel.h"

struct watcher;

struct watcher_events {
    /** A group file may have changed; the name was not checked. */
    void (*group_changed)(void *arg, const char *name);
    /** Anything may have changed. */
    void (*rescan)(void *arg);
    /** A file right inside data/ may have changed. */
    void (*data_changed)(void *arg, const char *file);
};

/** Watching is a convenience: where inotify is refused the periodic rescan must do, so this fails
 * only without memory or descriptors. */
int watcher_new(struct watcher **out, const char *groups_dir, const char *data_dir,
                struct timer_wheel *timers, const struct watcher_events *events, void *arg,
                struct error *e) MUST_USE;
void watcher_free(struct watcher *w);
int watcher_fd(const struct watcher *w);
/** Read what the kernel has to say. */
void watcher_dispatch(struct watcher *w, int64_t now_us);

#endif
