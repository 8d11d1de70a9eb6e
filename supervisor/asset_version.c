#include "supervisor/asset_version.h"

#include <fts.h>
#include <gnutls/crypto.h>
#include <string.h>

#include "common/atomic_file.h"

#define DEPTH_MAX 16
#define CONTENT_MAX (1024 * 1024) /* more is a film or a model, which is not read */

/* Adding the files' digests up makes their order irrelevant. */
static void add_digest(uint8_t sum[ASSET_DIGEST_BYTES], const struct buf *what)
{
    uint8_t digest[ASSET_DIGEST_BYTES];

    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, what->data, what->len, digest) < 0)
        return;
    for (size_t i = 0; i < ASSET_DIGEST_BYTES; i++)
        sum[i] ^= digest[i];
}

static void add_stamp(struct buf *to, const char *place, const FTSENT *file)
{
    const struct stat *s = file->fts_statp;

    buf_printf(to, "%s%s %lld %lld.%09ld %lld.%09ld %llu\n", place, file->fts_path,
               (long long)s->st_size, (long long)s->st_mtim.tv_sec, s->st_mtim.tv_nsec,
               (long long)s->st_ctim.tv_sec, s->st_ctim.tv_nsec, (unsigned long long)s->st_ino);
}

static void add_content(struct buf *to, const char *place, const char *dir, const FTSENT *file)
{
    const struct stat *s = file->fts_statp;
    const char *name = file->fts_path + strlen(dir);

    buf_printf(to, "%s%s %lld\n", place, name, (long long)s->st_size);
    /* One that goes while it is read is looked at again. */
    if (s->st_size > CONTENT_MAX || file_read(to, file->fts_path, CONTENT_MAX, NULL, NULL) < 0)
        buf_printf(to, "%lld", (long long)s->st_mtim.tv_sec);
}

/* @param contents NULL: only the stamps @return 0, ERR_IO, ERR_NO_MEMORY */
static int add_directory(uint8_t stamps[ASSET_DIGEST_BYTES], uint8_t *contents, const char *place,
                         const char *dir)
{
    char *const roots[] = {(char *)dir, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    struct buf text = {0};
    FTSENT *file;
    int r = walk ? 0 : ERR_NO_MEMORY;

    while (r == 0 && (file = fts_read(walk))) {
        if (file->fts_level == FTS_ROOTLEVEL && file->fts_info != FTS_D && file->fts_info != FTS_DP)
            r = ERR_IO;
        if (file->fts_info == FTS_D &&
            (file->fts_level > DEPTH_MAX ||
             (file->fts_level > FTS_ROOTLEVEL && file->fts_name[0] == '.')))
            fts_set(walk, file, FTS_SKIP);
        if (file->fts_info != FTS_F)
            continue;
        buf_clear(&text);
        add_stamp(&text, place, file);
        add_digest(stamps, &text);
        if (!contents)
            continue;
        buf_clear(&text);
        add_content(&text, place, dir, file);
        r = buf_check(&text);
        add_digest(contents, &text);
    }
    if (walk)
        fts_close(walk);
    buf_release(&text);
    return r;
}

static int add_both(uint8_t stamps[ASSET_DIGEST_BYTES], uint8_t *contents, const char *share,
                    const char *own)
{
    int r = add_directory(stamps, contents, "share", share);

    /* The operator has none, or one of links: nothing that pages need. */
    if (r == 0 && add_directory(stamps, contents, "own", own) == ERR_NO_MEMORY)
        r = ERR_NO_MEMORY;
    return r;
}

int asset_version_read(struct asset_version *v, const char *share, const char *own, struct error *e)
{
    uint8_t stamps[ASSET_DIGEST_BYTES] = {0};
    uint8_t contents[ASSET_DIGEST_BYTES] = {0};
    int r = add_both(stamps, contents, share, own);

    if (r < 0)
        return error_set(e, r, share, "the files of the pages cannot be read");
    memcpy(v->seen, stamps, sizeof v->seen);
    memcpy(v->last, stamps, sizeof v->last);
    hex_format(v->text, contents, ASSET_VERSION_BYTES);
    return 0;
}

bool asset_version_look(struct asset_version *v, const char *share, const char *own)
{
    uint8_t stamps[ASSET_DIGEST_BYTES] = {0};
    char before[sizeof v->text];
    bool is_still;

    if (add_both(stamps, NULL, share, own) < 0)
        return false;
    is_still = memcmp(stamps, v->last, sizeof stamps) == 0;
    memcpy(v->last, stamps, sizeof v->last);
    if (!is_still || memcmp(stamps, v->seen, sizeof stamps) == 0)
        return false;
    memcpy(before, v->text, sizeof before);
    return asset_version_read(v, share, own, NULL) == 0 && strcmp(before, v->text) != 0;
}
