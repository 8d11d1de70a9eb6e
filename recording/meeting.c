#include "recording/meeting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/recording_name.h"
#include "recording/folder.h"

static const struct log_ctx ctx = {.room = "recording"};

static void release_file(struct meeting_file *f)
{
    free(f->name);
    *f = (struct meeting_file){0};
}

void meeting_release(struct meeting *m)
{
    for (size_t i = 0; i < m->n; i++)
        release_file(&m->files[i]);
    free(m->files);
    *m = (struct meeting){0};
}

bool meeting_file_is_screen(const struct meeting_file *f)
{
    return strcmp(f->about.label, "screenshare") == 0;
}

/* ---- what overlaps ---- */

size_t meeting_select(struct meeting_file *files, size_t n)
{
    size_t first = 0, n_kept = 0;

    while (first < n) {
        int64_t end_us = files[first].end_us;
        bool is_wanted = files[first].is_wanted;
        size_t next = first + 1;

        while (next < n && files[next].start_us < end_us) {
            if (files[next].end_us > end_us)
                end_us = files[next].end_us;
            is_wanted |= files[next].is_wanted;
            next++;
        }
        for (; first < next; first++) {
            if (is_wanted)
                files[n_kept++] = files[first];
            else
                release_file(&files[first]);
        }
    }
    return n_kept;
}

/* ---- what there is ---- */

static int by_start(const void *a, const void *b)
{
    const struct meeting_file *x = a, *y = b;

    if (x->start_us != y->start_us)
        return x->start_us < y->start_us ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int look_at(struct about *about, int folder, const char *name, struct error *e)
{
    int fd, r;

    if (about_read(about, folder, name, NULL) == 0 && about->started_us > 0 &&
        about->duration_us > 0)
        return 0;
    fd = folder_open_file(folder, name, O_RDONLY, 0);
    if (fd < 0)
        return error_set_errno(e, NULL, "cannot be opened");
    r = about_look(about, fd, name, e);
    close(fd);
    if (r == 0 && (about->started_us == 0 || about->duration_us == 0))
        r = error_set(e, ERR_INVALID, NULL, "it does not say when it began, or nothing is in it");
    return r;
}

/* @return 0, also when it is left out; what is wrong with the wanted one */
static int add_file(struct meeting *m, int folder, const char *name, int64_t wanted_us,
                    struct error *e)
{
    struct meeting_file *f = &m->files[m->n];
    struct error why = {0};
    int64_t named_us;
    int r;

    *f = (struct meeting_file){0};
    f->is_wanted = recording_name_time(name, &named_us) && named_us == wanted_us;
    r = look_at(&f->about, folder, name, &why);
    if (r == 0 && f->about.is_film)
        return 0;
    if (r < 0 && f->is_wanted)
        return error_set(e, r, name, "%s", why.text);
    if (r < 0) {
        log_warn(&ctx, "%s is left out: %s", name, why.text);
        return 0;
    }
    f->start_us = f->about.started_us;
    f->end_us = f->start_us + f->about.duration_us;
    f->name = strdup(name);
    if (!f->name)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    m->n++;
    return 0;
}

static int nothing_begins(const struct folder_names *names, int64_t wanted_us, const char *start,
                          struct error *e)
{
    for (size_t i = 0; i < names->n; i++) {
        int64_t us;

        if (name_is_part(names->names[i]) && recording_name_time(names->names[i], &us) &&
            us == wanted_us)
            return error_set(e, ERR_WRONG_STATE, names->names[i],
                             "this recording is still written, or unfinished");
    }
    return error_set(e, ERR_NOT_FOUND, start, "no recording of this group begins then");
}

int meeting_find(struct meeting *out, int folder, const char *start, struct error *e)
{
    struct meeting m = {0};
    struct folder_names names;
    int64_t wanted_us;
    int r;

    if (!recording_name_time(start, &wanted_us))
        return error_set(e, ERR_INVALID, start, "this is no start of a recording");
    r = folder_list(&names, folder, e);
    if (r < 0)
        return r;
    m.files = calloc(names.n ? names.n : 1, sizeof *m.files);
    if (!m.files)
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    for (size_t i = 0; i < names.n && r == 0; i++) {
        if (name_is_recording(names.names[i]) && folder_has_file(folder, names.names[i], NULL))
            r = add_file(&m, folder, names.names[i], wanted_us, e);
    }
    if (r == 0 && m.n > 1)
        qsort(m.files, m.n, sizeof *m.files, by_start);
    if (r == 0)
        m.n = meeting_select(m.files, m.n);
    if (r == 0 && m.n == 0)
        r = nothing_begins(&names, wanted_us, start, e);
    folder_names_release(&names);
    if (r < 0)
        meeting_release(&m);
    else
        *out = m;
    return r;
}
