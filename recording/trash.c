#include "recording/trash.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/now.h"
#include "recording/folder.h"

#define KEPT_US (30 * US_PER_DAY)

static int64_t deleted_us(int trash, const char *name, const struct stat *st)
{
    char mark[300];
    struct stat of_mark;

    snprintf(mark, sizeof mark, "%s" TRASH_MARK, name);
    if (folder_has_file(trash, mark, &of_mark))
        return of_mark.st_mtim.tv_sec * US_PER_S;
    return st->st_ctim.tv_sec * US_PER_S;
}

static void remove_beside(int folder, const char *name, const char *suffix)
{
    char file[300];

    snprintf(file, sizeof file, "%s%s", name, suffix);
    unlinkat(folder, file, 0); /* most have none */
}

static void remove_from(int trash, int about, const char *group, const char *name)
{
    const struct log_ctx ctx = {.room = "recording", .group = *group ? group : NULL};

    if (unlinkat(trash, name, 0) < 0) {
        log_warn(&ctx, "%s cannot be removed from the trash: %s", name, strerror(errno));
        return;
    }
    remove_beside(trash, name, TRASH_MARK);
    if (about >= 0) {
        remove_beside(about, name, ".json");
        remove_beside(about, name, ".png");
        remove_beside(about, name, ".txt");
    }
    log_info(&ctx, "%s was in the trash for 30 days and is gone", name);
}

void trash_empty(int folder, const char *group, int64_t now_us)
{
    int trash = folder_open(folder, TRASH_FOLDER), about;
    struct folder_names names;

    if (trash < 0)
        return;
    about = folder_open(trash, ABOUT_FOLDER);
    if (folder_list(&names, trash, NULL) == 0) {
        for (size_t i = 0; i < names.n; i++) {
            const char *name = names.names[i];
            struct stat st;

            if (name[0] != '.' && !name_ends(name, TRASH_MARK) &&
                folder_has_file(trash, name, &st) &&
                now_us - deleted_us(trash, name, &st) > KEPT_US)
                remove_from(trash, about, group, name);
        }
        folder_names_release(&names);
    }
    if (about >= 0)
        close(about);
    close(trash);
}
