/*
 * Archives that somebody sends: whatever is in them, nothing is written outside of the folder, and
 * what the list says was taken is there with so many bytes, within the limits.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/backup/backup_place.h"
#include "admin-cgi/backup/foreign_archive.h"
#include "tests/fuzz/check.h"

#define TAKEN_MAX (1 << 20)

/* A folder with one for the archive in it, so that a way out would be seen. */
static char outside[] = "/tmp/nereid-fuzz-XXXXXX";
static char inside[sizeof outside + 16];

static void remove_all(void)
{
    (void)!folder_remove(outside, NULL);
}

static int folder_of(void)
{
    int folder = -1;

    if (!inside[0]) {
        check(mkdtemp(outside));
        atexit(remove_all);
        snprintf(inside, sizeof inside, "%s/inside", outside);
    }
    check(folder_make_empty(inside, &folder, NULL) == 0);
    return folder;
}

static int archive_of(const uint8_t *data, size_t size)
{
    int fd = memfd_create("archive", MFD_CLOEXEC);

    check(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static void check_files(const struct manifest *m, int folder)
{
    struct stat st;

    check(manifest_total_bytes(m) <= TAKEN_MAX);
    for (size_t i = 0; i < m->n_files; i++) {
        check(manifest_path_ok(m->files[i].path));
        check(fstatat(folder, m->files[i].path, &st, AT_SYMLINK_NOFOLLOW) == 0);
        check(S_ISREG(st.st_mode) && st.st_size == m->files[i].bytes);
    }
}

static void check_nothing_outside(void)
{
    struct dirent **entries;
    int n = scandir(outside, &entries, NULL, NULL);

    check(n == 3); /* itself, its parent, inside */
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct foreign_limits limits = {TAKEN_MAX, TAKEN_MAX};
    int folder = folder_of(), fd = archive_of(data, size);
    struct manifest m = {0};
    struct error e = {0};
    int r = foreign_unpack(fd, folder, &m, &limits, &e);

    check(r == 0 || e.text[0]);
    if (r == 0)
        check_files(&m, folder);
    check_nothing_outside();
    manifest_release(&m);
    close(folder);
    close(fd);
    return 0;
}
