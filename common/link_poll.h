/*
 * What inotify does not see of a folder of group files: that another folder stands at its path (it
 * was renamed away, or its symbolic link leads elsewhere), and that what a file's symbolic link
 * leads to has changed. Looked for once a second or so, by whoever watches the folder. Not
 * thread-safe.
 */
#ifndef NEREID_COMMON_LINK_POLL_H
#define NEREID_COMMON_LINK_POLL_H

#include <stdbool.h>

#include "common/error.h"

struct link_poll;

/** @param dir the folder; copied */
int link_poll_new(struct link_poll **out, const char *dir) MUST_USE;
void link_poll_free(struct link_poll *p);

/** Remember NAME.json below the folder if it is a symbolic link. Without memory it is left out. */
void link_poll_note(struct link_poll *p, const char *name);
/** @return true when there is another folder than at the last look; all links are forgotten then.
 * One that is missing has not changed yet. */
bool link_poll_is_replaced(struct link_poll *p);
/** Look at all links. @param changed told the name of each that leads to something else, or to
 * something that changed; what is no link any more is forgotten */
void link_poll_look(struct link_poll *p, void (*changed)(void *arg, const char *name), void *arg);

#endif
