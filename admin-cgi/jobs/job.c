#include "admin-cgi/jobs/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/json_build.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/macros.h"

#define JOB_SIZE_MAX 65536
#define PASSPHRASE_MAX 1024
#define NAMES_MAX (4 * 1024 * 1024)
#define PATH_SIZE 4096
#define LISTED_MAX 1000

static const char *const kind_names[] = {"backup", "restore", "import"};
static const char *const state_names[] = {"waiting", "running", "done", "failed", "cancelled"};

const char *job_kind_name(enum job_kind kind)
{
    return kind_names[kind];
}

static int find_name(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

static int job_path(char out[PATH_SIZE], const char *data, int64_t id, const char *suffix)
{
    int n = snprintf(out, PATH_SIZE, "%s/jobs/%" PRId64 "%s", data, id, suffix);

    return n > 0 && n < PATH_SIZE ? 0 : ERR_TOO_LARGE;
}

/* ---- writing ---- */

static bool add_texts(struct json_object *o, const struct job *j)
{
    const struct {
        const char *name, *text;
    } texts[] = {
        {"kind", kind_names[j->kind]},
        {"state", state_names[j->state]},
        {"scope", j->scope},
        {"group", j->group},
        {"file", j->file},
        {"before", j->before},
        {"step", j->step},
        {"result", j->result},
        {"by", j->by},
    };

    for (size_t i = 0; i < LENGTH(texts); i++) {
        if (!json_build_set(o, texts[i].name,
                            json_object_new_string(texts[i].text ? texts[i].text : "")))
            return false;
    }
    return true;
}

static bool add_numbers(struct json_object *o, const struct job *j)
{
    return json_build_set(o, "id", json_object_new_int64(j->id)) &&
           json_build_set(o, "account", json_object_new_int64(j->account_id)) &&
           json_build_set(o, "permille", json_object_new_int64(j->permille)) &&
           json_build_set(o, "started", json_object_new_int64(j->started_us)) &&
           json_build_set(o, "ended", json_object_new_int64(j->ended_us)) &&
           json_build_set(o, "attempts", json_object_new_int64(j->attempts)) &&
           json_build_set(o, "nightly", json_object_new_boolean(j->is_nightly)) &&
           json_build_set(o, "decided", json_object_new_boolean(j->is_decided)) &&
           json_build_set(o, "changing", json_object_new_boolean(j->is_changing));
}

int job_write(const char *data, const struct job *job, struct error *e)
{
    struct json_object *o = json_object_new_object();
    char path[PATH_SIZE];
    int r = job_path(path, data, job->id, ".json");

    if (!o || !add_texts(o, job) || !add_numbers(o, job))
        r = ERR_NO_MEMORY;
    if (r == 0)
        r = file_replace(path, span_str(json_object_to_json_string(o)), 0600, e);
    else
        r = error_set(e, r, NULL, "the job cannot be written");
    json_object_put(o);
    return r;
}

static int make_folder(const char *data, struct error *e)
{
    char *folder = path_join(data, "jobs");
    int r = folder ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");

    if (r == 0 && mkdir(folder, 0700) < 0 && errno != EEXIST)
        r = error_set_errno(e, "data/jobs", "cannot make the folder");
    free(folder);
    return r;
}

int job_create(const char *data, const struct job *job, struct span passphrase, struct error *e)
{
    char path[PATH_SIZE], secret[PATH_SIZE];
    int r = make_folder(data, e);

    if (r == 0)
        r = job_path(path, data, job->id, ".json");
    if (r == 0)
        r = job_path(secret, data, job->id, ".secret");
    if (r == 0 && access(path, F_OK) == 0)
        r = error_set(e, ERR_EXISTS, NULL,
                      "something else was asked for at this moment; try again");
    if (r == 0 && passphrase.len)
        r = file_replace(secret, passphrase, 0600, e);
    if (r == 0) {
        r = job_write(data, job, e);
        if (r < 0)
            unlink(secret);
    }
    return r;
}

int job_cancel(const char *data, int64_t id, struct error *e)
{
    char path[PATH_SIZE];
    int r = job_path(path, data, id, ".cancel");

    return r < 0 ? r : file_replace(path, span_str(""), 0600, e);
}

bool job_is_cancelled(const char *data, int64_t id)
{
    char path[PATH_SIZE];

    return job_path(path, data, id, ".cancel") == 0 && access(path, F_OK) == 0;
}

/* What lies beside a job, if it does. */
static int read_beside(struct buf *out, const char *data, int64_t id, const char *suffix,
                       size_t max, struct error *e)
{
    char path[PATH_SIZE];
    int r = job_path(path, data, id, suffix);

    if (r == 0)
        r = file_read(out, path, max, NULL, e);
    return r == ERR_NOT_FOUND ? 0 : r;
}

int job_passphrase(struct buf *out, const char *data, int64_t id, struct error *e)
{
    return read_beside(out, data, id, ".secret", PASSPHRASE_MAX, e);
}

int job_write_names(const char *data, int64_t id, struct span names, struct error *e)
{
    char path[PATH_SIZE];
    int r = make_folder(data, e);

    if (r == 0)
        r = job_path(path, data, id, ".names");
    return r < 0 ? r : file_replace(path, names, 0600, e);
}

int job_names(struct buf *out, const char *data, int64_t id, struct error *e)
{
    return read_beside(out, data, id, ".names", NAMES_MAX, e);
}

/* ---- reading ---- */

static int parse(struct job *j, struct arena *a, struct json_object *o, struct error *e)
{
    struct json_fields f = {.object = o, .e = e};
    const char *kind = "", *state = "";
    const struct {
        const char *name;
        const char **out;
    } texts[] = {
        {"kind", &kind},      {"state", &state},      {"scope", &j->scope},
        {"group", &j->group}, {"file", &j->file},     {"before", &j->before},
        {"step", &j->step},   {"result", &j->result}, {"by", &j->by},
    };

    for (size_t i = 0; i < LENGTH(texts); i++) {
        *texts[i].out = "";
        json_fields_string(&f, texts[i].name, texts[i].out);
        *texts[i].out = arena_str(a, *texts[i].out);
        if (!*texts[i].out)
            return ERR_NO_MEMORY;
    }
    json_fields_int(&f, "account", 0, INT64_MAX, &j->account_id);
    json_fields_int(&f, "permille", 0, 1000, &j->permille);
    json_fields_int(&f, "started", 0, INT64_MAX, &j->started_us);
    json_fields_int(&f, "ended", 0, INT64_MAX, &j->ended_us);
    json_fields_int(&f, "attempts", 0, 1000, &j->attempts);
    json_fields_bool(&f, "nightly", &j->is_nightly);
    json_fields_bool(&f, "decided", &j->is_decided);
    json_fields_bool(&f, "changing", &j->is_changing);
    if (f.result < 0)
        return f.result;
    if (find_name(kind_names, LENGTH(kind_names), kind) < 0 ||
        find_name(state_names, LENGTH(state_names), state) < 0)
        return error_set(e, ERR_SYNTAX, NULL, "the job's file is damaged");
    j->kind = (enum job_kind)find_name(kind_names, LENGTH(kind_names), kind);
    j->state = (enum job_state)find_name(state_names, LENGTH(state_names), state);
    return 0;
}

int job_read(const char *data, struct arena *a, int64_t id, struct job *out, struct error *e)
{
    struct json_object *o = NULL;
    struct buf text = {0};
    char path[PATH_SIZE];
    int r = job_path(path, data, id, ".json");

    *out = (struct job){.id = id};
    if (r == 0)
        r = file_read(&text, path, JOB_SIZE_MAX, NULL, e);
    if (r == 0)
        r = json_scan_parse(&o, buf_span(&text), &json_limits_file, e);
    if (r == 0 && !json_object_is_type(o, json_type_object))
        r = error_set(e, ERR_SYNTAX, NULL, "the job's file is damaged");
    if (r == 0)
        r = parse(out, a, o, e);
    json_object_put(o);
    buf_release(&text);
    return r;
}

static int newest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x < y) - (x > y);
}

/* The ids of all jobs, newest first. */
static size_t list_ids(const char *data, int64_t *ids, size_t size)
{
    char *path = path_join(data, "jobs");
    DIR *d = path ? opendir(path) : NULL;
    struct dirent *entry;
    size_t n = 0;

    while (d && n < size && (entry = readdir(d))) {
        struct span name = span_str(entry->d_name);
        uint64_t id;

        if (name.len > 5 && strcmp(entry->d_name + name.len - 5, ".json") == 0 &&
            span_u64(span_sub(name, 0, name.len - 5), &id) && id <= INT64_MAX)
            ids[n++] = (int64_t)id;
    }
    if (d)
        closedir(d);
    free(path);
    qsort(ids, n, sizeof *ids, newest_first);
    return n;
}

int job_list(const char *data, struct arena *a, struct job **out, size_t *n_out, struct error *e)
{
    int64_t ids[LISTED_MAX];
    size_t n = list_ids(data, ids, LISTED_MAX);

    *n_out = 0;
    *out = arena_array(a, n + 1, sizeof **out);
    if (!*out)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the jobs");
    for (size_t i = 0; i < n; i++) {
        struct error ignored = {0};

        if (job_read(data, a, ids[i], &(*out)[*n_out], &ignored) == 0)
            ++*n_out;
    }
    return 0;
}

static const char *const beside[] = {".secret", ".cancel", ".names"};

int job_end(const char *data, const struct job *job, struct error *e)
{
    int64_t ids[LISTED_MAX];
    size_t n;
    char path[PATH_SIZE];
    int r = job_write(data, job, e);

    for (size_t i = 0; i < LENGTH(beside); i++) {
        if (job_path(path, data, job->id, beside[i]) == 0)
            unlink(path);
    }
    n = list_ids(data, ids, LISTED_MAX);
    for (size_t i = JOBS_KEPT; i < n; i++) {
        if (ids[i] != job->id && job_path(path, data, ids[i], ".json") == 0)
            unlink(path);
    }
    return r;
}
