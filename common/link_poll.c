#include "common/link_poll.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/atomic_file.h"
#include "common/group_files.h"
#include "common/list.h"

struct link {
    struct list_node in_poll;
    struct file_stamp stamp; /* of what it leads to; zeroed: nothing */
    char *path;
    char name[];
};

struct link_poll {
    char *dir;
    dev_t dev;
    ino_t ino;
    void *by_name; /* tsearch(3) */
    struct list links;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct link *)a)->name, ((const struct link *)b)->name);
}

static struct file_stamp stamp_of(const char *path)
{
    struct file_stamp stamp = {0};

    return file_stamp_read(&stamp, path) == 0 ? stamp : (struct file_stamp){0};
}

static bool is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static void link_free(struct link_poll *p, struct link *link)
{
    tdelete(link, &p->by_name, compare);
    list_remove(&link->in_poll);
    free(link->path);
    free(link);
}

static void forget_all(struct link_poll *p)
{
    LIST_EACH_REMOVING (struct link, link, &p->links, in_poll)
        link_free(p, link);
}

int link_poll_new(struct link_poll **out, const char *dir)
{
    struct link_poll *p = calloc(1, sizeof *p);

    if (!p || (p->dir = strdup(dir)) == NULL) {
        free(p);
        return ERR_NO_MEMORY;
    }
    (void)link_poll_is_replaced(p);
    *out = p;
    return 0;
}

void link_poll_free(struct link_poll *p)
{
    if (!p)
        return;
    forget_all(p);
    free(p->dir);
    free(p);
}

void link_poll_note(struct link_poll *p, const char *name)
{
    size_t size = strlen(name) + 1;
    struct link *link = calloc(1, sizeof *link + size);
    struct link **known = NULL;

    if (!link)
        return;
    memcpy(link->name, name, size);
    link->path = group_file_path(p->dir, name);
    if (link->path && is_link(link->path))
        known = tsearch(link, &p->by_name, compare);
    if (!known || *known != link) {
        free(link->path);
        free(link);
        return;
    }
    link->stamp = stamp_of(link->path);
    list_prepend(&p->links, &link->in_poll);
}

bool link_poll_is_replaced(struct link_poll *p)
{
    struct stat st;

    if (stat(p->dir, &st) < 0 || (st.st_dev == p->dev && st.st_ino == p->ino))
        return false;
    p->dev = st.st_dev;
    p->ino = st.st_ino;
    forget_all(p);
    return true;
}

void link_poll_look(struct link_poll *p, void (*changed)(void *arg, const char *name), void *arg)
{
    LIST_EACH_REMOVING (struct link, link, &p->links, in_poll) {
        struct file_stamp stamp = stamp_of(link->path);

        if (!file_stamp_eq(&stamp, &link->stamp)) {
            link->stamp = stamp;
            changed(arg, link->name);
        }
        if (!is_link(link->path))
            link_free(p, link);
    }
}
