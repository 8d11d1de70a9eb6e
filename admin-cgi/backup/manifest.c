#include "admin-cgi/backup/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "common/group_name.h"
#include "common/hex.h"
#include "common/json_build.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/macros.h"
#include "common/now.h"

static const struct json_limits limits = {
    .size_max = MANIFEST_SIZE_MAX, .depth_max = 4, .values_max = 1000000, .string_max = 8192};

static const char *const kind_names[] = {"everything", "groups", "group"};

/* What of data/ is the server's state. secret.key is in sealed backups only. */
static const char *const state_files[] = {
    "data/nereid.db",   "data/config.json",      "data/ice-servers.json",
    "data/mediad.json", "data/var/tokens.jsonl", "data/secret.key",
};

void manifest_release(struct manifest *m)
{
    arena_release(&m->arena);
    free(m->files);
    free(m->left_out);
    memset(m, 0, sizeof *m);
}

/* Room for one more of an array. */
static void *grow(void *items, size_t n, size_t *size, size_t item_size)
{
    size_t wanted = *size ? 2 * *size : 64;
    void *fresh;

    if (n < *size)
        return items;
    fresh = realloc(items, wanted * item_size);
    if (fresh)
        *size = wanted;
    return fresh;
}

struct manifest_file *manifest_add(struct manifest *m, const char *path)
{
    struct manifest_file *files = grow(m->files, m->n_files, &m->files_size, sizeof *files);
    const char *copy = arena_str(&m->arena, path);

    if (files)
        m->files = files;
    if (!files || !copy)
        return NULL;
    m->is_sorted = false;
    files[m->n_files] = (struct manifest_file){.path = copy};
    return &files[m->n_files++];
}

int manifest_leave_out(struct manifest *m, const char *path, const char *reason)
{
    struct manifest_note *notes =
        grow(m->left_out, m->n_left_out, &m->left_out_size, sizeof *notes);
    struct manifest_note note = {arena_str(&m->arena, path), arena_str(&m->arena, reason)};

    if (notes)
        m->left_out = notes;
    if (!notes || !note.path || !note.reason)
        return ERR_NO_MEMORY;
    notes[m->n_left_out++] = note;
    return 0;
}

int64_t manifest_total_bytes(const struct manifest *m)
{
    int64_t total = 0;

    for (size_t i = 0; i < m->n_files; i++)
        total += m->files[i].bytes;
    return total;
}

size_t manifest_count_groups(const struct manifest *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_files; i++)
        n += manifest_path_group(m->files[i].path).len > 0;
    return n;
}

struct span manifest_path_group(const char *path)
{
    struct span s = span_str(path);

    if (!span_starts_with(s, "groups/") || s.len <= strlen("groups/.json") ||
        strcmp(path + s.len - strlen(".json"), ".json") != 0)
        return span_of(path, 0);
    return span_sub(s, strlen("groups/"), s.len - strlen("groups/.json"));
}

bool manifest_path_ok(const char *path)
{
    struct span group = manifest_path_group(path);

    if (group.len)
        return group_name_check(group, NULL) == 0;
    for (size_t i = 0; i < LENGTH(state_files); i++) {
        if (strcmp(path, state_files[i]) == 0)
            return true;
    }
    return false;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct manifest_file *)a)->path, ((const struct manifest_file *)b)->path);
}

static void sort(struct manifest *m)
{
    if (m->n_files)
        qsort(m->files, m->n_files, sizeof *m->files, by_path);
    m->is_sorted = true;
}

const struct manifest_file *manifest_find(const struct manifest *m, const char *path)
{
    const struct manifest_file wanted = {.path = path};

    if (m->is_sorted)
        return m->n_files ? bsearch(&wanted, m->files, m->n_files, sizeof wanted, by_path) : NULL;
    for (size_t i = 0; i < m->n_files; i++) {
        if (strcmp(m->files[i].path, path) == 0)
            return &m->files[i];
    }
    return NULL;
}

/* ---- writing ---- */

static struct json_object *file_to_json(const struct manifest_file *f)
{
    struct json_object *o = json_object_new_object();

    if (o && json_build_set(o, "path", json_object_new_string(f->path)) &&
        json_build_set(o, "bytes", json_object_new_int64(f->bytes)) &&
        json_build_set(o, "sha256", json_object_new_string(f->sha256)))
        return o;
    json_object_put(o);
    return NULL;
}

static struct json_object *note_to_json(const struct manifest_note *n)
{
    struct json_object *o = json_object_new_object();

    if (o && json_build_set(o, "path", json_object_new_string(n->path)) &&
        json_build_set(o, "reason", json_object_new_string(n->reason)))
        return o;
    json_object_put(o);
    return NULL;
}

static bool fill_lists(struct json_object *o, const struct manifest *m)
{
    struct json_object *files = json_object_new_array();
    struct json_object *left_out = json_object_new_array();
    bool ok = files && left_out;

    for (size_t i = 0; ok && i < m->n_files; i++)
        ok = json_build_append(files, file_to_json(&m->files[i]));
    for (size_t i = 0; ok && i < m->n_left_out; i++)
        ok = json_build_append(left_out, note_to_json(&m->left_out[i]));
    if (!ok) {
        json_object_put(files);
        json_object_put(left_out);
        return false;
    }
    ok = json_build_set(o, "files", files);
    return json_build_set(o, "leftOut", left_out) && ok;
}

int manifest_write(struct buf *out, struct manifest *m)
{
    struct json_object *o = json_object_new_object();
    char made[TIME_RFC3339_SIZE];
    const char *text = NULL;

    sort(m);
    if (o && json_build_set(o, "nereidBackup", json_object_new_int64(m->format)) &&
        json_build_set(o, "program", json_object_new_string(m->program)) &&
        json_build_set(o, "made", json_object_new_string(time_format_rfc3339(m->made_us, made))) &&
        json_build_set(o, "kind", json_object_new_string(kind_names[m->kind])) && fill_lists(o, m))
        text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
                                                     JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text) {
        buf_add_str(out, text);
        buf_add_char(out, '\n');
    }
    json_object_put(o);
    return text ? buf_check(out) : ERR_NO_MEMORY;
}

/* ---- reading ---- */

static int parse_file(struct manifest *m, struct json_object *o, struct error *e)
{
    struct json_fields f = {.object = o, .prefix = "files", .e = e};
    const char *path = "", *sha256 = "";
    int64_t bytes = -1;
    uint8_t digest[32];
    struct manifest_file *file;

    if (!json_object_is_type(o, json_type_object))
        return error_set(e, ERR_INVALID, "files", "an entry is no object");
    json_fields_string(&f, "path", &path);
    json_fields_string(&f, "sha256", &sha256);
    json_fields_int(&f, "bytes", 0, BACKUP_FILE_MAX, &bytes);
    if (f.result < 0)
        return f.result;
    if (!manifest_path_ok(path)) {
        char shown[80];

        return error_set(e, ERR_INVALID, "files", "the path %s does not belong into a backup",
                         span_printable(span_str(path), shown, sizeof shown));
    }
    if (bytes < 0)
        return json_fields_fail(&f, ERR_INVALID, "bytes", "is missing");
    if (strlen(sha256) != SHA256_HEX_SIZE - 1 ||
        hex_decode(sha256, digest, sizeof digest) != (int)sizeof digest)
        return json_fields_fail(&f, ERR_INVALID, "sha256", "is no SHA-256");
    file = manifest_add(m, path);
    if (!file)
        return ERR_NO_MEMORY;
    file->bytes = bytes;
    hex_format(file->sha256, digest, sizeof digest);
    return 0;
}

static int parse_note(struct manifest *m, struct json_object *o, struct error *e)
{
    struct json_fields f = {.object = o, .prefix = "leftOut", .e = e};
    const char *path = "", *reason = "";

    if (!json_object_is_type(o, json_type_object))
        return error_set(e, ERR_INVALID, "leftOut", "an entry is no object");
    json_fields_string(&f, "path", &path);
    json_fields_string(&f, "reason", &reason);
    return f.result < 0 ? f.result : manifest_leave_out(m, path, reason);
}

static int parse_list(struct manifest *m, struct json_object *o, const char *name,
                      int (*parse)(struct manifest *m, struct json_object *o, struct error *e),
                      struct error *e)
{
    struct json_object *list = NULL;
    size_t n;
    int r = 0;

    if (!json_object_object_get_ex(o, name, &list) || !list)
        return 0;
    if (!json_object_is_type(list, json_type_array))
        return error_set(e, ERR_INVALID, name, "this is no list");
    n = json_object_array_length(list);
    if (n > MANIFEST_FILES_MAX)
        return error_set(e, ERR_TOO_LARGE, name, "there are more than %d files",
                         MANIFEST_FILES_MAX);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = parse(m, json_object_array_get_idx(list, i), e);
    return r;
}

static int parse_kind(struct manifest *m, const char *name, struct error *e)
{
    for (size_t i = 0; i < LENGTH(kind_names); i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            m->kind = (enum backup_kind)i;
            return 0;
        }
    }
    return error_set(e, ERR_UNSUPPORTED, "kind", "this kind of backup is not known here");
}

static int parse_object(struct manifest *m, struct json_object *o, struct error *e)
{
    struct json_fields f = {.object = o, .e = e};
    const char *program = "", *kind = "";
    int r;

    json_fields_int(&f, "nereidBackup", 0, INT32_MAX, &m->format);
    if (f.result == 0 && m->format == 0)
        return error_set(e, ERR_INVALID, "nereidBackup", "this is no list of a backup's contents");
    if (m->format > MANIFEST_FORMAT)
        return error_set(e, ERR_UNSUPPORTED, "nereidBackup",
                         "the backup was made by a newer version (format %lld, ours is %d)",
                         (long long)m->format, MANIFEST_FORMAT);
    json_fields_string(&f, "program", &program);
    json_fields_string(&f, "kind", &kind);
    json_fields_time(&f, "made", &m->made_us);
    if (f.result < 0)
        return f.result;
    m->program = arena_str(&m->arena, program);
    if (!m->program)
        return ERR_NO_MEMORY;
    r = parse_kind(m, kind, e);
    if (r == 0)
        r = parse_list(m, o, "files", parse_file, e);
    if (r == 0)
        r = parse_list(m, o, "leftOut", parse_note, e);
    return r;
}

int manifest_parse(struct manifest *out, struct span text, struct error *e)
{
    struct json_object *o = NULL;
    int r = json_scan_parse(&o, text, &limits, e);

    if (r == 0 && !json_object_is_type(o, json_type_object))
        r = error_set(e, ERR_INVALID, NULL, "this is no list of a backup's contents");
    if (r == 0)
        r = parse_object(out, o, e);
    json_object_put(o);
    if (r == 0) {
        sort(out);
        for (size_t i = 1; r == 0 && i < out->n_files; i++) {
            if (strcmp(out->files[i - 1].path, out->files[i].path) == 0)
                r = error_set(e, ERR_INVALID, "files", "the same file is listed twice");
        }
    }
    if (r == 0 && manifest_total_bytes(out) > BACKUP_TOTAL_MAX)
        r = error_set(e, ERR_TOO_LARGE, "files", "the backup is too big when unpacked");
    if (r < 0 && e && !e->code)
        error_set(e, r, NULL, "the backup's list of contents cannot be read");
    return r;
}
