#include "admin-cgi/backup/foreign_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/backup/archive_names.h"

#define READ_BLOCK 65536

/* A database or a key of somebody else is nothing to take in. */
static bool is_wanted(const char *path)
{
    return manifest_path_ok(path) && strcmp(path, "data/nereid.db") != 0 &&
           strcmp(path, "data/secret.key") != 0;
}

const char *foreign_path(const char *member)
{
    for (const char *at = member; *at;) {
        const char *slash;

        if (is_wanted(at))
            return at;
        slash = strchr(at, '/');
        if (!slash)
            return NULL;
        at = slash + 1;
    }
    return NULL;
}

static int damaged(struct archive *a, struct error *e)
{
    const char *why = archive_error_string(a);

    return error_set(e, ERR_SYNTAX, NULL, "the archive is damaged, or is none: %.120s",
                     why ? why : "it cannot be read");
}

static int read_text(struct archive *a, struct buf *out, struct error *e)
{
    for (;;) {
        char *room = buf_reserve(out, READ_BLOCK);
        la_ssize_t n = room ? archive_read_data(a, room, READ_BLOCK) : 0;

        if (!room)
            return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a file");
        if (n < 0)
            return damaged(a, e);
        if (n == 0)
            return 0;
        out->len += (size_t)n;
        if (out->len > FOREIGN_FILE_MAX)
            return ERR_TOO_LARGE;
    }
}

static int write_below(int folder, const char *path, struct span text, struct error *e)
{
    int fd = archive_create_below(folder, path, e), code;

    if (fd < 0)
        return fd;
    code = file_write_all(fd, text);
    close(fd);
    if (code == 0)
        return 0;
    errno = code;
    return error_set_errno(e, path, "cannot be written");
}

/* What an archive has been found to hold, against what it may. */
struct total {
    struct foreign_limits max;
    int64_t taken, passed;
};

static int too_big(struct error *e)
{
    return error_set(e, ERR_TOO_LARGE, NULL,
                     "the archive is too big when unpacked: pack groups/ and data/ alone");
}

static int unpack_member(struct archive *a, int folder, struct manifest *m, const char *path,
                         struct total *total, struct error *e)
{
    struct manifest_file *f;
    struct buf text = {0};
    int r = read_text(a, &text, e);

    if (r == ERR_TOO_LARGE) {
        buf_release(&text);
        return manifest_leave_out(m, path, "it is too big");
    }
    total->taken += (int64_t)text.len;
    if (r == 0 && (total->taken > total->max.taken_max || m->n_files >= MANIFEST_FILES_MAX))
        r = too_big(e);
    if (r == 0)
        r = write_below(folder, path, buf_span(&text), e);
    if (r == 0) {
        f = manifest_add(m, path);
        r = f ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for the list of contents");
        if (f) {
            f->bytes = (int64_t)text.len;
            sha256_hex(buf_span(&text), f->sha256);
        }
    }
    buf_release(&text);
    return r;
}

/* A member that nobody wants is unpacked all the same, to come to the next one. */
static int pass_over(struct archive_entry *entry, struct total *total, struct error *e)
{
    int64_t bytes = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;

    if (bytes < 0 || bytes > total->max.passed_max - total->passed)
        return too_big(e);
    total->passed += bytes;
    return 0;
}

static int unpack_members(struct archive *a, int folder, struct manifest *m,
                          const struct foreign_limits *limits, struct error *e)
{
    struct archive_entry *entry;
    struct total total = {.max = limits ? *limits
                                        : (struct foreign_limits){FOREIGN_TOTAL_MAX, INT64_MAX}};
    int got, r = 0;

    while (r == 0 && (got = archive_read_next_header(a, &entry)) != ARCHIVE_EOF) {
        const char *name = got < ARCHIVE_WARN ? NULL : archive_entry_pathname(entry);
        const char *path = name ? foreign_path(name) : NULL;

        if (got < ARCHIVE_WARN)
            return damaged(a, e);
        if (!path || archive_entry_size(entry) > FOREIGN_FILE_MAX)
            r = pass_over(entry, &total, e);
        if (!path || r < 0)
            continue;
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
            r = manifest_leave_out(m, path, "it is a link, or no plain file");
        else
            r = unpack_member(a, folder, m, path, &total, e);
    }
    if (r == 0 && m->n_files == 0)
        r = error_set(e, ERR_NOT_FOUND, NULL, "there are no groups and no settings in it");
    return r;
}

int foreign_unpack(int fd, int folder, struct manifest *m, const struct foreign_limits *limits,
                   struct error *e)
{
    locale_t utf8, before = archive_names_begin(&utf8);
    struct archive *a = archive_read_new();
    int r;

    m->format = MANIFEST_FORMAT;
    m->program = "another";
    if (!a || !utf8)
        r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for the archive");
    else if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
             archive_read_support_format_zip(a) < ARCHIVE_WARN ||
             archive_read_support_filter_gzip(a) < ARCHIVE_WARN ||
             archive_read_support_filter_bzip2(a) < ARCHIVE_WARN ||
             archive_read_support_filter_xz(a) < ARCHIVE_WARN ||
             archive_read_support_filter_zstd(a) < ARCHIVE_WARN ||
             archive_read_open_fd(a, fd, READ_BLOCK) != ARCHIVE_OK)
        r = damaged(a, e);
    else
        r = unpack_members(a, folder, m, limits, e);
    archive_read_free(a);
    archive_names_end(utf8, before);
    return r;
}
