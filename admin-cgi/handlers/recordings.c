#include "admin-cgi/handlers/recordings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/form.h"
#include "admin-cgi/handlers/api_common.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_audit.h"
#include "common/group_name.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"

#define FILES_MAX 100000
#define BUSY_US (15 * US_PER_S) /* a recording that grows is written to more often than this */

static const struct log_ctx ctx = {.room = "recordings"};

struct recording {
    const char *name;
    int64_t size_bytes;
    int64_t mtime_us;
};

/* A directory below recordings/, never through a link (SEC-28). @return descriptor, or -1 */
static int open_folder(struct app *app, const char *group)
{
    const struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int root, fd;

    if (group_name_check(span_str(group), NULL) < 0)
        return -1;
    root = open(app->paths.recordings, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -1;
    fd = (int)syscall(SYS_openat2, root, group, &how, sizeof how);
    close(root);
    return fd;
}

static bool is_file_name(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < 256;
}

static bool stat_file(int folder, const char *name, struct stat *st)
{
    return is_file_name(name) && fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st->st_mode);
}

static int by_name(const void *a, const void *b)
{
    const struct recording *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* Takes over the descriptor. */
static int read_folder(int fd, struct arena *a, struct recording **out, size_t *n_out)
{
    DIR *d = fdopendir(fd);
    struct recording *list = NULL;
    struct dirent *entry;
    size_t n = 0, size = 0;

    if (!d) {
        close(fd);
        return ERR_NO_MEMORY;
    }
    while ((entry = readdir(d)) && n < FILES_MAX) {
        struct stat st;

        if (!stat_file(dirfd(d), entry->d_name, &st))
            continue;
        if (n == size) {
            struct recording *bigger = arena_array(a, size ? 2 * size : 64, sizeof *bigger);

            if (!bigger)
                break;
            if (n)
                memcpy(bigger, list, n * sizeof *bigger);
            list = bigger;
            size = size ? 2 * size : 64;
        }
        list[n++] = (struct recording){
            .name = arena_str(a, entry->d_name),
            .size_bytes = st.st_size,
            .mtime_us = st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000,
        };
    }
    closedir(d);
    if (a->bad)
        return ERR_NO_MEMORY;
    if (n)
        qsort(list, n, sizeof *list, by_name);
    *out = list;
    *n_out = n;
    return 0;
}

static void missing(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};

    error_set(&e, ERR_NOT_FOUND, NULL, "there are no such recordings");
    if (res->class == RESPONSE_LANDING)
        page_error(req, res, app, 404, &e);
    else
        response_error(res, 404, &e);
}

static struct json_object *row_of(struct arena *a, const char *group, const struct recording *r,
                                  int64_t now_us)
{
    struct json_object *row = json_object_new_object();
    char when[TIME_RFC3339_SIZE];

    page_text(row, "name", r->name);
    page_text(row, "path",
              arena_printf(a, "/recordings/%s/%s", page_encode(a, group, true),
                           page_encode(a, r->name, false)));
    page_number(row, "size", r->size_bytes);
    page_text(row, "when", time_format_rfc3339(r->mtime_us, when));
    page_flag(row, "running", now_us - r->mtime_us < BUSY_US);
    return row;
}

void recordings_list(struct request *req, struct response *res, struct app *app)
{
    const char *group = request_capture(req, "group");
    int fd = open_folder(app, group);
    struct recording *list = NULL;
    struct json_object *page, *rows;
    size_t n = 0;

    if (fd < 0) {
        missing(req, res, app);
        return;
    }
    if (read_folder(fd, req->arena, &list, &n) < 0) {
        page_error(req, res, app, 503, NULL);
        return;
    }
    page = page_new(req, res, app, arena_printf(req->arena, "Recordings of %s", group), NULL);
    rows = page ? json_object_new_array() : NULL;
    for (size_t i = 0; rows && i < n; i++)
        json_object_array_add(rows, row_of(req->arena, group, &list[i], req->now_us));
    if (page) {
        page_text(page, "group", group);
        page_flag(page, "has_recordings", n > 0);
        json_object_object_add(page, "recordings", rows);
    }
    page_send(res, app, 200, "recordings", page);
}

/* ---- delete ---- */

static void audit(struct request *req, struct app *app, const char *group, const char *name)
{
    struct actor actor = api_actor(req);
    struct audit_entry entry = {
        .action = "recording.delete", .object_kind = "recording", .result = "ok"};
    struct error e = {0};

    entry.object = arena_printf(req->arena, "%s/%s", group, name);
    if (store_audit_add(app->db, &actor, &entry, &e) < 0)
        log_warn(&ctx, "a deletion is not in the audit log: %s", e.text);
}

/* @return 0, ERR_NOT_FOUND, ERR_WRONG_STATE (it is being written), ERR_FORBIDDEN,
 * ERR_IO */
static int delete_file(struct app *app, const char *group, const char *name, int64_t now_us,
                       struct error *e)
{
    int folder = open_folder(app, group);
    struct stat st;
    int r = 0;

    if (folder < 0 || !stat_file(folder, name, &st))
        r = error_set(e, ERR_NOT_FOUND, NULL, "there is no such recording");
    else if (now_us - (st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000) < BUSY_US)
        r = error_set(e, ERR_WRONG_STATE, NULL, "this recording is still running");
    else if (unlinkat(folder, name, 0) < 0)
        r = errno == EACCES || errno == EPERM
                ? error_set(e, ERR_FORBIDDEN, NULL,
                            "the folder is somebody else's, the server may not delete in it")
                : error_set_errno(e, NULL, "cannot delete the recording");
    if (folder >= 0)
        close(folder);
    return r;
}

void recordings_delete(struct request *req, struct response *res, struct app *app)
{
    const char *group = request_capture(req, "group");
    struct form form = {0};
    struct error e = {0};
    const char *name;
    int r = form_parse(&form, req->arena, req->body, &e);

    if (r == 0 && !request_is_type(req, "application/x-www-form-urlencoded"))
        r = error_set(&e, ERR_MEDIA_TYPE, NULL, "this is not a form");
    name = form_text(&form, "filename");
    if (r == 0 && strcmp(form_text(&form, "q"), "delete") != 0)
        r = error_set(&e, ERR_INVALID, "q", "the only thing to ask for is delete");
    if (r == 0 && !is_file_name(name))
        r = error_set(&e, ERR_INVALID, "filename", "this is no name of a recording");
    if (r == 0)
        r = delete_file(app, group, name, req->now_us, &e);
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    audit(req, app, group, name);
    response_redirect(
        res, 303,
        arena_printf(req->arena, "/recordings/%s/", page_encode(req->arena, group, true)));
}

/* ---- files ---- */

static const char *type_of(const char *name)
{
    static const struct {
        const char *suffix;
        const char *type;
    } types[] = {
        {".webm", "video/webm"}, {".mkv", "video/x-matroska"},        {".png", "image/png"},
        {".jpg", "image/jpeg"},  {".vtt", "text/vtt; charset=utf-8"},
    };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < LENGTH(types); i++) {
        if (strcmp(dot, types[i].suffix) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* nginx sends the bytes, with ranges, from a location that only this answer opens. */
void recordings_file(struct request *req, struct response *res, struct app *app)
{
    const char *path = request_capture(req, "group"), *slash = strrchr(path, '/');
    const char *group, *name;
    struct stat st;
    int folder;

    if (!slash) { /* "/recordings/G" means its folder */
        response_redirect(
            res, 308,
            arena_printf(req->arena, "/recordings/%s/", page_encode(req->arena, path, true)));
        return;
    }
    group = arena_dup(req->arena, span_of(path, (size_t)(slash - path)));
    name = slash + 1;
    folder = group ? open_folder(app, group) : -1;
    if (folder >= 0 && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(st.st_mode)) {
        response_redirect(
            res, 308,
            arena_printf(req->arena, "/recordings/%s/", page_encode(req->arena, path, true)));
    } else if (folder < 0 || !stat_file(folder, name, &st)) {
        missing(req, res, app);
    } else {
        response_type(res, type_of(name));
        response_header(res, "X-Accel-Redirect",
                        arena_printf(req->arena, "/_recordings/%s/%s",
                                     page_encode(req->arena, group, true),
                                     page_encode(req->arena, name, false)));
    }
    if (folder >= 0)
        close(folder);
}
