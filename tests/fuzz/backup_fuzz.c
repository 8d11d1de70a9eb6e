/*
 * What we read of a backup ourselves: the sealed file's header, and the list of contents. A list
 * that was taken names no path outside, and is the same when it is written and read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/backup/age_file.h"
#include "admin-cgi/backup/foreign_archive.h"
#include "admin-cgi/backup/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_header(struct span text)
{
    struct age_header h;
    struct error e = {0};

    if (age_header_parse(&h, text, &e) < 0) {
        require(e.text[0] != 0);
        return;
    }
    require(h.len <= text.len && h.mac_covers < h.len);
    require(h.work_factor >= 1 && h.work_factor <= AGE_WORK_FACTOR_MAX);
}

static void check_list(struct span text)
{
    struct manifest m = {0}, again = {0};
    struct buf out = {0};
    struct error e = {0};

    if (manifest_parse(&m, text, &e) < 0) {
        require(e.text[0] != 0);
        manifest_release(&m);
        return;
    }
    for (size_t i = 0; i < m.n_files; i++) {
        require(manifest_path_ok(m.files[i].path) && !strstr(m.files[i].path, "/../"));
        require(manifest_find(&m, m.files[i].path) == &m.files[i]);
    }
    require(manifest_write(&out, &m) == 0);
    require(manifest_parse(&again, buf_span(&out), NULL) == 0);
    require(again.n_files == m.n_files && again.n_left_out == m.n_left_out &&
            manifest_total_bytes(&again) == manifest_total_bytes(&m));
    buf_release(&out);
    manifest_release(&m);
    manifest_release(&again);
}

/* A member's name of an archive that is not ours: libarchive gives a string, so it ends at the
 * first NUL. */
static void check_name(struct span text)
{
    char *name = span_dup(span_of(text.data, span_index(text, '\0', 0)));
    const char *path;

    require(name);
    path = foreign_path(name);
    require(!path || (manifest_path_ok(path) && path >= name && path <= name + strlen(name)));
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_name(span_of(data, size));
    check_header(span_of(data, size));
    check_list(span_of(data, size));
    return 0;
}
