#include "admin-cgi/recordings/recording_shelf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "admin-cgi/recordings/recording_trash.h"
#include "common/group_name.h"

static bool is_asked_for(const struct shelf_query *q, const char *group)
{
    return principal_may(q->who, group, CAP_RECORD) &&
           (!q->group[0] || strcmp(group, q->group) == 0 ||
            group_name_is_below(span_str(group), span_str(q->group)));
}

static bool is_wanted(const struct shelf_query *q, const struct recording *r)
{
    if (q->before_us && recording_from_us(r) >= q->before_us)
        return false;
    return !q->person[0] || strcasestr(r->says.username, q->person);
}

/* What fits of a list of one group goes behind what is there already. */
static int append(struct shelf_entry **list, size_t *n, struct arena *a,
                  const struct shelf_query *q, const char *group, const struct recording *found,
                  size_t n_found)
{
    struct shelf_entry *bigger;

    if (!n_found)
        return 0;
    bigger = arena_array(a, *n + n_found, sizeof *bigger);
    if (!bigger)
        return ERR_NO_MEMORY;
    if (*n)
        memcpy(bigger, *list, *n * sizeof *bigger);
    for (size_t i = 0; i < n_found; i++) {
        if (is_wanted(q, &found[i]))
            bigger[(*n)++] = (struct shelf_entry){.group = group, .file = found[i]};
    }
    *list = bigger;
    return 0;
}

static int64_t bytes_of(const struct recording *list, size_t n)
{
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += list[i].size_bytes;
    return sum;
}

static int read_group(struct shelf *out, struct arena *a, int folder, const char *group,
                      const struct shelf_query *q)
{
    struct recording *files = NULL, *deleted = NULL;
    size_t n_files = 0, n_deleted = 0;
    int r = recording_folder_list(folder, a, &files, &n_files);

    if (r == 0)
        r = recording_trash_list(folder, a, &deleted, &n_deleted);
    if (r < 0)
        return r == ERR_NO_MEMORY ? r : 0;
    if (n_files || n_deleted)
        out->groups[out->n_groups++] = (struct shelf_group){
            .name = group,
            .n = n_files,
            .bytes = bytes_of(files, n_files),
            .trash_bytes = bytes_of(deleted, n_deleted),
        };
    if (!is_asked_for(q, group))
        return 0;
    r = append(&out->entries, &out->n_entries, a, q, group, files, n_files);
    if (r == 0)
        r = append(&out->deleted, &out->n_deleted, a, q, group, deleted, n_deleted);
    return r;
}

static int newest_first(const void *a, const void *b)
{
    const struct shelf_entry *x = a, *y = b;
    int order = recording_newest_first(&x->file, &y->file);

    return order ? order : strcmp(x->group, y->group);
}

static int deleted_last_first(const void *a, const void *b)
{
    const struct shelf_entry *x = a, *y = b;

    return (x->file.deleted_us < y->file.deleted_us) - (x->file.deleted_us > y->file.deleted_us);
}

int recording_shelf_read(struct shelf *out, struct arena *a, const char *root,
                         const struct shelf_query *q)
{
    const char **names = NULL;
    size_t n = 0;
    int r = recording_groups(root, a, &names, &n);

    *out = (struct shelf){0};
    out->groups = r == 0 && n ? arena_array(a, n, sizeof *out->groups) : NULL;
    if (r == ERR_NO_MEMORY || (n && !out->groups))
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        int folder = principal_may(q->who, names[i], CAP_RECORD)
                         ? recording_folder_open(root, names[i])
                         : -1;

        if (folder < 0)
            continue;
        r = read_group(out, a, folder, names[i], q);
        close(folder);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < out->n_entries; i++)
        out->bytes += out->entries[i].file.size_bytes;
    if (out->n_entries)
        qsort(out->entries, out->n_entries, sizeof *out->entries, newest_first);
    if (out->n_deleted)
        qsort(out->deleted, out->n_deleted, sizeof *out->deleted, deleted_last_first);
    return 0;
}
