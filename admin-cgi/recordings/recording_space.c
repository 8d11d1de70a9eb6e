#include "admin-cgi/recordings/recording_space.h"

#include <stdlib.h>
#include <sys/statvfs.h>

#include "common/atomic_file.h"
#include "common/json_fields.h"
#include "common/json_scan.h"

#define FILE_MAX (1024 * 1024)

static void read_limit(struct json_fields *f, const char *name, int64_t *out)
{
    int64_t bytes = 0;
    struct json_fields one = {.object = f->object};

    /* What is wrong there is mediad's to say: it is as if it were not set. */
    json_fields_int(&one, name, 0, INT64_MAX, &bytes);
    *out = one.result == 0 && bytes > 0 ? bytes : -1;
}

static void read_limits(struct recording_space *out, struct span text)
{
    struct json_object *json = NULL, *recording = NULL;
    struct json_fields f = {0};
    struct error unclean = {0};

    if (json_scan_parse_file(&json, text, &unclean, NULL) < 0)
        return;
    f.object = json;
    if (json_object_is_type(json, json_type_object))
        json_fields_object(&f, "recording", &recording);
    if (recording) {
        f.object = recording;
        read_limit(&f, "free-bytes", &out->floor);
        read_limit(&f, "group-bytes", &out->per_group);
        read_limit(&f, "total-bytes", &out->in_all);
    }
    json_object_put(json);
}

void recording_space_read(struct recording_space *out, const char *root, const char *data)
{
    char *path = path_join(data, "mediad.json");
    struct buf text = {0};
    struct statvfs fs;

    *out = (struct recording_space){-1, -1, -1, -1, -1};
    if (statvfs(root, &fs) == 0) {
        out->free = (int64_t)(fs.f_bavail * fs.f_frsize);
        out->disk = (int64_t)(fs.f_blocks * fs.f_frsize);
    }
    if (path && file_read(&text, path, FILE_MAX, NULL, NULL) == 0)
        read_limits(out, buf_span(&text));
    buf_release(&text);
    free(path);
}
