#include "admin-cgi/backup/backup_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "admin-cgi/backup/age_file.h"
#include "admin-cgi/backup/archive_names.h"
#include "common/hex.h"
#include "common/macros.h"

#define PIECE_BYTES 65536

/* One end of the archive: the file, or what seals or opens it. The first error of ours is kept,
 * since libarchive knows numbers only. */
struct end {
    int fd;
    struct age_writer *writer;
    struct age_reader *reader;
    bool is_given_up; /* what libarchive still writes when it is freed is dropped */
    struct error e;
    uint8_t piece[PIECE_BYTES]; /* of the archive when it is read, of a file when it is made */
    uint8_t data[PIECE_BYTES];  /* of a file when it is read */
};

/* What walks over the files says how far it is. */
struct count {
    const struct archive_progress *progress;
    int64_t done_bytes, total_bytes;
};

int archive_progress_tell(const struct archive_progress *p, int64_t done, int64_t total,
                          struct error *e)
{
    if (p->tell && !p->tell(p->arg, done, total))
        return error_set(e, ERR_UNAVAILABLE, NULL, "it was cancelled");
    return 0;
}

static int go_on(struct count *c, size_t n, struct error *e)
{
    c->done_bytes += (int64_t)n;
    return c->progress ? archive_progress_tell(c->progress, c->done_bytes, c->total_bytes, e) : 0;
}

static int failed(struct archive *a, struct end *end, int code, const char *what, struct error *e)
{
    if (end->e.code) {
        if (e)
            *e = end->e;
        return end->e.code;
    }
    return error_set(e, archive_errno(a) == ENOSPC ? ERR_NO_SPACE : code, NULL, "%s: %.120s", what,
                     archive_error_string(a) ? archive_error_string(a) : "no reason given");
}

/* ---- packing ---- */

static la_ssize_t on_write(struct archive *a, void *arg, const void *bytes, size_t len)
{
    struct end *end = arg;
    int code;

    (void)a;
    if (end->is_given_up)
        return (la_ssize_t)len;
    if (end->writer)
        return age_write(end->writer, span_of(bytes, len), &end->e) < 0 ? -1 : (la_ssize_t)len;
    code = file_write_all(end->fd, span_of(bytes, len));
    if (code == 0)
        return (la_ssize_t)len;
    errno = code;
    (void)!error_set_errno(&end->e, NULL, "cannot write the backup");
    return -1;
}

static int add_header(struct archive *a, struct end *end, const char *path, int64_t bytes,
                      int64_t time_us, struct error *e)
{
    struct archive_entry *entry = archive_entry_new();
    int r = 0;

    if (!entry)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the archive");
    archive_entry_set_pathname_utf8(entry, path);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_size(entry, bytes);
    archive_entry_set_mtime(entry, time_us / 1000000, 0);
    if (archive_write_header(a, entry) != ARCHIVE_OK)
        r = failed(a, end, ERR_IO, "cannot write the archive", e);
    archive_entry_free(entry);
    return r;
}

static int add_bytes(struct archive *a, struct end *end, const void *bytes, size_t len,
                     struct error *e)
{
    return archive_write_data(a, bytes, len) == (la_ssize_t)len
               ? 0
               : failed(a, end, ERR_IO, "cannot write the archive", e);
}

static int add_manifest(struct archive *a, struct end *end, struct manifest *m, struct error *e)
{
    struct buf text = {0};
    int r = manifest_write(&text, m);

    if (r < 0)
        r = error_set(e, r, NULL, "no memory for the list of contents");
    if (r == 0)
        r = add_header(a, end, MANIFEST_NAME, (int64_t)text.len, m->made_us, e);
    if (r == 0)
        r = add_bytes(a, end, text.data, text.len, e);
    buf_release(&text);
    return r;
}

static int add_contents(struct archive *a, struct end *end, int from, const struct manifest_file *f,
                        struct count *count, struct error *e)
{
    int64_t left = f->bytes;

    while (left > 0) {
        ssize_t n = read(from, end->piece, left < PIECE_BYTES ? (size_t)left : PIECE_BYTES);
        int r;

        if (n < 0)
            return error_set_errno(e, f->path, "cannot be read");
        if (n == 0)
            return error_set(e, ERR_WRONG_STATE, f->path, "it became shorter meanwhile");
        r = add_bytes(a, end, end->piece, (size_t)n, e);
        if (r == 0)
            r = go_on(count, (size_t)n, e);
        if (r < 0)
            return r;
        left -= n;
    }
    return 0;
}

static int add_file(struct archive *a, struct end *end, int folder, const struct manifest *m,
                    const struct manifest_file *f, struct count *count, struct error *e)
{
    int from = openat(folder, f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int r;

    if (from < 0)
        return error_set_errno(e, f->path, "cannot be opened");
    r = add_header(a, end, f->path, f->bytes, m->made_us, e);
    if (r == 0)
        r = add_contents(a, end, from, f, count, e);
    close(from);
    return r;
}

static int pack_all(struct archive *a, struct end *end, int folder, struct manifest *m,
                    const struct archive_progress *progress, struct error *e)
{
    struct count count = {.progress = progress, .total_bytes = manifest_total_bytes(m)};
    int r;

    if (archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
        archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
        archive_write_set_options(a, "hdrcharset=UTF-8") < ARCHIVE_WARN ||
        archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
        archive_write_open(a, end, NULL, on_write, NULL) != ARCHIVE_OK)
        return failed(a, end, ERR_IO, "cannot begin the archive", e);
    r = add_manifest(a, end, m, e);
    for (size_t i = 0; r == 0 && i < m->n_files; i++)
        r = add_file(a, end, folder, m, &m->files[i], &count, e);
    if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
        r = failed(a, end, ERR_IO, "cannot end the archive", e);
    return r;
}

int archive_pack(int fd, int folder, struct manifest *m, struct span passphrase,
                 const struct archive_progress *progress, struct error *e)
{
    locale_t utf8, before = archive_names_begin(&utf8);
    struct archive *a = archive_write_new();
    struct end *end = calloc(1, sizeof *end);
    int r = a && end && utf8 ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for the archive");

    if (r == 0)
        end->fd = fd;
    if (r == 0 && passphrase.len)
        r = age_writer_new(&end->writer, fd, passphrase, e);
    if (r == 0)
        r = pack_all(a, end, folder, m, progress, e);
    if (end)
        end->is_given_up = r < 0;
    archive_write_free(a);
    archive_names_end(utf8, before);
    if (r == 0 && end->writer)
        r = age_finish(end->writer, e);
    if (end)
        age_writer_free(end->writer);
    free(end);
    return r;
}

/* ---- unpacking ---- */

int archive_is_sealed(int fd, struct error *e)
{
    uint8_t start[64];
    ssize_t n = pread(fd, start, sizeof start, lseek(fd, 0, SEEK_CUR));

    if (n < 0)
        return error_set_errno(e, NULL, "cannot read the backup");
    if (age_is_magic(span_of(start, (size_t)n)))
        return 1;
    if (n < 2 || start[0] != 0x1f || start[1] != 0x8b)
        return error_set(e, ERR_SYNTAX, NULL, "this is no backup");
    return 0;
}

static la_ssize_t on_read(struct archive *a, void *arg, const void **bytes)
{
    struct end *end = arg;
    struct span plain;
    ssize_t n;

    (void)a;
    if (end->reader) {
        if (age_read(end->reader, &plain, &end->e) < 0)
            return -1;
        *bytes = plain.data;
        return (la_ssize_t)plain.len;
    }
    do
        n = read(end->fd, end->piece, sizeof end->piece);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        (void)!error_set_errno(&end->e, NULL, "cannot read the backup");
    *bytes = end->piece;
    return n;
}

/* A member that is a plain file; its path is the caller's to judge. */
static int check_member(struct archive_entry *entry, struct error *e)
{
    const char *path = archive_entry_pathname(entry);
    char shown[80];

    if (!path)
        return error_set(e, ERR_INVALID, NULL, "the archive has a member without a name");
    span_printable(span_str(path), shown, sizeof shown);
    if (archive_entry_hardlink(entry) || archive_entry_symlink(entry))
        return error_set(e, ERR_INVALID, shown, "it is a link, and a backup has none");
    if (archive_entry_filetype(entry) != AE_IFREG)
        return error_set(e, ERR_INVALID, shown, "it is no plain file, and a backup has no others");
    return 0;
}

/* A read that did not go well. Sealed bytes have told their own story. */
static int read_failed(struct archive *a, struct end *end, struct error *e)
{
    const char *why = archive_error_string(a);

    if (end->e.code) {
        if (e)
            *e = end->e;
        return end->e.code;
    }
    if (why && strstr(why, "runcated"))
        return error_set(e, ERR_TRUNCATED, NULL, "the backup is cut short");
    return error_set(e, ERR_SYNTAX, NULL, "the backup is damaged, or is none: %.120s",
                     why ? why : "it cannot be read");
}

static int read_manifest(struct archive *a, struct end *end, struct manifest *m, struct error *e)
{
    struct archive_entry *entry;
    struct buf text = {0};
    la_ssize_t n = 0;
    int r = archive_read_next_header(a, &entry);

    if (r == ARCHIVE_EOF)
        return error_set(e, ERR_SYNTAX, NULL, "this is no backup: the archive is empty");
    if (r < ARCHIVE_WARN)
        return read_failed(a, end, e);
    if (!archive_entry_pathname(entry) || strcmp(archive_entry_pathname(entry), MANIFEST_NAME) != 0)
        return error_set(e, ERR_SYNTAX, NULL, "this is no backup: it has no " MANIFEST_NAME);
    r = check_member(entry, e);
    if (r < 0)
        return r;
    while (r == 0 && text.len <= MANIFEST_SIZE_MAX) {
        char *room = buf_reserve(&text, PIECE_BYTES);

        n = room ? archive_read_data(a, room, PIECE_BYTES) : 0;
        if (n <= 0)
            break;
        text.len += (size_t)n;
    }
    if (n < 0)
        r = read_failed(a, end, e);
    if (r == 0 && buf_check(&text) < 0)
        r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for the list of contents");
    if (r == 0 && text.len > MANIFEST_SIZE_MAX)
        r = error_set(e, ERR_TOO_LARGE, MANIFEST_NAME, "it is too big");
    if (r == 0)
        r = manifest_parse(m, buf_span(&text), e);
    buf_release(&text);
    return r;
}

/* One member's bytes: counted, hashed, and written where there is a descriptor. */
static int read_contents(struct archive *a, struct end *end, int out, const struct manifest_file *f,
                         struct count *count, struct error *e)
{
    gnutls_hash_hd_t hash;
    uint8_t digest[32];
    char hex[SHA256_HEX_SIZE];
    int64_t len = 0;
    la_ssize_t n = 0;
    int r = 0;

    if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) < 0)
        return error_set(e, ERR_CRYPTO, NULL, "the cryptographic library refused");
    while (r == 0 && (n = archive_read_data(a, end->data, sizeof end->data)) > 0) {
        len += n;
        if (len > f->bytes)
            r = error_set(e, ERR_TOO_LARGE, f->path, "it is bigger than the backup says");
        if (r == 0 && out >= 0 && (errno = file_write_all(out, span_of(end->data, (size_t)n))))
            r = error_set_errno(e, f->path, "cannot be written");
        gnutls_hash(hash, end->data, (size_t)n);
        if (r == 0)
            r = go_on(count, (size_t)n, e);
    }
    gnutls_hash_deinit(hash, digest);
    if (r == 0 && n < 0)
        r = read_failed(a, end, e);
    if (r == 0 &&
        (len != f->bytes || strcmp(hex_format(hex, digest, sizeof digest), f->sha256) != 0))
        r = error_set(e, ERR_CRYPTO, f->path, "it is not what the backup says: it was changed");
    return r;
}

static int read_member(struct archive *a, struct end *end, int folder,
                       const struct manifest_file *f, struct count *count, struct error *e)
{
    int out = folder >= 0 ? archive_create_below(folder, f->path, e) : -1;
    int r;

    if (folder >= 0 && out < 0)
        return out;
    r = read_contents(a, end, out, f, count, e);
    if (r == 0 && out >= 0 && fsync(out) < 0)
        r = error_set_errno(e, f->path, "cannot be written");
    if (out >= 0)
        close(out);
    return r;
}

static int check_room(int folder, const struct manifest *m, struct error *e)
{
    struct statvfs vfs;

    if (folder < 0 || fstatvfs(folder, &vfs) < 0)
        return 0;
    return (uint64_t)manifest_total_bytes(m) > (uint64_t)vfs.f_bavail * vfs.f_frsize
               ? error_set(e, ERR_TOO_LARGE, NULL,
                           "the backup is too big when unpacked: there is no room for its %lld MB",
                           (long long)(manifest_total_bytes(m) / 1000000))
               : 0;
}

/* Members come in the order of the manifest, each once, and none is missing. */
static int unpack_all(struct archive *a, struct end *end, int folder, struct manifest *m,
                      const struct archive_progress *progress, struct error *e)
{
    struct count count = {.progress = progress};
    struct archive_entry *entry;
    int r = read_manifest(a, end, m, e);

    if (r == 0)
        r = check_room(folder, m, e);
    count.total_bytes = manifest_total_bytes(m);
    for (size_t i = 0; r == 0 && i < m->n_files; i++) {
        int got = archive_read_next_header(a, &entry);

        if (got == ARCHIVE_EOF)
            return error_set(e, ERR_TRUNCATED, m->files[i].path,
                             "it is missing: the backup is cut "
                             "short");
        if (got < ARCHIVE_WARN)
            return read_failed(a, end, e);
        r = check_member(entry, e);
        if (r == 0 && strcmp(archive_entry_pathname(entry), m->files[i].path) != 0) {
            char shown[80];

            return error_set(
                e, ERR_INVALID,
                span_printable(span_str(archive_entry_pathname(entry)), shown, sizeof shown),
                "it is not in the backup's list of contents");
        }
        if (r == 0)
            r = read_member(a, end, folder, &m->files[i], &count, e);
    }
    if (r == 0) {
        int got = archive_read_next_header(a, &entry);

        if (got == ARCHIVE_OK || got == ARCHIVE_WARN)
            r = error_set(e, ERR_INVALID, NULL, "the archive has more files than its list");
        else if (got != ARCHIVE_EOF)
            r = read_failed(a, end, e);
    }
    return r;
}

/* To the end of the file: the last sealed chunk and gzip's checksum are looked at, too. */
static int read_rest(struct end *end, struct error *e)
{
    struct span plain;

    if (!end->reader)
        return 0;
    do {
        int r = age_read(end->reader, &plain, e);

        if (r < 0)
            return r;
    } while (plain.len);
    return 0;
}

/* What is wanted of an archive: its list alone, or all. */
struct wanted {
    bool list_only;
    int folder;
    const struct archive_progress *progress;
};

static int read_archive(struct archive *a, struct end *end, struct manifest *m,
                        const struct wanted *wanted, struct error *e)
{
    if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
        archive_read_support_filter_gzip(a) < ARCHIVE_WARN ||
        archive_read_open(a, end, NULL, on_read, NULL) != ARCHIVE_OK)
        return read_failed(a, end, e);
    return wanted->list_only ? read_manifest(a, end, m, e)
                             : unpack_all(a, end, wanted->folder, m, wanted->progress, e);
}

static int open_and_read(int fd, struct manifest *m, struct span passphrase,
                         const struct wanted *wanted, struct error *e)
{
    locale_t utf8, before = archive_names_begin(&utf8);
    struct archive *a = archive_read_new();
    struct end *end = calloc(1, sizeof *end);
    int r = a && end && utf8 ? archive_is_sealed(fd, e)
                             : error_set(e, ERR_NO_MEMORY, NULL, "no memory for the archive");

    if (r == 1 && !passphrase.len)
        r = error_set(e, ERR_DENIED, NULL, "the backup is sealed: it needs its passphrase");
    if (r == 1)
        r = age_reader_new(&end->reader, fd, passphrase, e);
    if (r == 0) {
        end->fd = fd;
        r = read_archive(a, end, m, wanted, e);
    }
    archive_read_free(a);
    archive_names_end(utf8, before);
    if (r == 0 && !wanted->list_only)
        r = read_rest(end, e);
    if (end)
        age_reader_free(end->reader);
    free(end);
    return r;
}

int archive_manifest(int fd, struct manifest *m, struct span passphrase, struct error *e)
{
    const struct wanted wanted = {.list_only = true, .folder = -1};

    return open_and_read(fd, m, passphrase, &wanted, e);
}

int archive_unpack(int fd, int folder, struct manifest *m, struct span passphrase,
                   const struct archive_progress *progress, struct error *e)
{
    const struct wanted wanted = {.folder = folder, .progress = progress};

    return open_and_read(fd, m, passphrase, &wanted, e);
}
