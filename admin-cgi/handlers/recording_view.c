#include "admin-cgi/handlers/recording_view.h"

#include <string.h>

#include "admin-cgi/handlers/recording_film.h"
#include "admin-cgi/local_format.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_remark.h"
#include "admin-cgi/recordings/recording_trash.h"
#include "admin-cgi/say.h"
#include "common/macros.h"
#include "common/now.h"

#define ROWS_PER_PAGE 200
#define REPAIRED_WITHIN_US (3 * 3600 * US_PER_S) /* `nereid-recording tend` comes each hour */
#define MEETING_MAX_US US_PER_DAY                /* a file that was copied changed much later */

/* What a browser can play when its codecs are there. */
static const char *const playable[] = {".webm", ".mkv", ".mp4", ".ogg", ".opus"};

/* ---- facts ---- */

/* Where nobody says how long it is: its last byte was written when it ended. */
static int64_t end_of(const struct recording_facts *r, int64_t now_us)
{
    if (r->state == RECORDING_RUNNING)
        return now_us;
    if (r->about.duration_us >= 0)
        return r->from_us + r->about.duration_us;
    if (r->file->mtime_us > r->from_us && r->file->mtime_us - r->from_us < MEETING_MAX_US)
        return r->file->mtime_us;
    return r->from_us;
}

void recording_facts_of(struct recording_facts *out, struct arena *a, int folder, const char *group,
                        const struct recording *file, int64_t now_us)
{
    *out = (struct recording_facts){.file = file, .group = group};
    out->state = recording_state_of(folder, file, now_us);
    recording_about_of(folder, file->name, a, &out->about);
    out->has_poster = recording_has_poster(folder, file->name);
    out->is_damaged =
        out->state == RECORDING_UNFINISHED && now_us - file->mtime_us > REPAIRED_WITHIN_US;
    out->remark = recording_remark_read(folder, a, file->name);
    out->from_us = out->about.started_us ? out->about.started_us : recording_from_us(file);
    out->until_us = end_of(out, now_us);
    out->username = out->about.username ? out->about.username : file->says.username;
}

/* ---- one row ---- */

const char *recording_view_size(struct arena *a, int64_t bytes)
{
    static const char *const units[] = {NULL, TEXT("{size} kB"), TEXT("{size} MB"),
                                        TEXT("{size} GB"), TEXT("{size} TB")};
    double value = (double)bytes;
    size_t i = 0;

    while (value >= 999.5 && i + 1 < LENGTH(units)) {
        value /= 1000;
        i++;
    }
    if (i == 0)
        return say_count(a, "{n} bytes", "{n} byte", bytes > 0 ? (uint64_t)bytes : 0);
    return say_with(a, units[i], "size", local_number(a, value, value < 9.95 ? 1 : 0), NULL);
}

static const char *length_text(struct arena *a, int64_t us)
{
    long long s = us / US_PER_S;

    return s >= 3600 ? arena_printf(a, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60)
                     : arena_printf(a, "%lld:%02lld", s / 60, s % 60);
}

static const char *codecs_text(struct arena *a, const struct recording_about *about)
{
    const char *text = "";

    for (size_t i = 0; text && i < about->n_tracks; i++) {
        const struct recording_track *t = &about->tracks[i];
        const char *comma = i ? ", " : "";

        text = t->width && t->height ? arena_printf(a, "%s%s%s %lld×%lld", text, comma, t->codec,
                                                    (long long)t->width, (long long)t->height)
                                     : arena_printf(a, "%s%s%s", text, comma, t->codec);
    }
    return text && *text ? text : NULL;
}

static bool is_sound(const struct recording_about *about)
{
    for (size_t i = 0; i < about->n_tracks; i++) {
        if (about->tracks[i].is_video)
            return false;
    }
    return about->n_tracks > 0;
}

static bool may_play(const struct recording_facts *r)
{
    const char *dot = strrchr(r->file->name, '.');

    for (size_t i = 0; dot && r->state == RECORDING_DONE && i < LENGTH(playable); i++) {
        if (strcmp(dot, playable[i]) == 0)
            return true;
    }
    return false;
}

static void add_file(struct arena *a, struct json_object *row, const struct recording *file,
                     const char *group, const char *folder)
{
    page_text(row, "name", file->name);
    page_text(row, "group", group);
    page_text(row, "folder", folder);
    page_number(row, "size_bytes", file->size_bytes);
    page_text(row, "size", local_number(a, (double)file->size_bytes, 0));
    page_text(row, "size_text", recording_view_size(a, file->size_bytes));
    page_flag(row, "is_large", file->size_bytes >= 1000);
}

void recording_view_row(struct arena *a, struct json_object *row, const struct recording_facts *r)
{
    const char *name = page_encode(a, r->file->name, false);
    const char *folder = page_recordings_path(a, r->group);

    add_file(a, row, r->file, r->group, folder);
    page_text(row, "path", arena_printf(a, "%s%s", folder, name));
    page_text(row, "download_name", recording_download_name(a, r->file->name));
    page_time(row, "when", r->from_us);
    page_text(row, "person", *r->username ? r->username : NULL);
    page_text(row, "label",
              r->about.label && *r->about.label && !r->about.is_film ? r->about.label : NULL);
    page_text(row, "length",
              r->about.duration_us >= 0 ? length_text(a, r->about.duration_us) : NULL);
    page_text(row, "missing", r->about.gap_us >= US_PER_S ? length_text(a, r->about.gap_us) : NULL);
    page_text(row, "codecs", codecs_text(a, &r->about));
    page_text(row, "remark", *r->remark ? r->remark : NULL);
    page_flag(row, "running", r->state == RECORDING_RUNNING);
    page_flag(row, "unfinished", r->state == RECORDING_UNFINISHED);
    page_flag(row, "is_damaged", r->is_damaged);
    page_flag(row, "is_done", r->state == RECORDING_DONE);
    page_flag(row, "is_film", r->about.is_film);
    page_flag(row, "repaired", r->about.is_repaired);
    page_flag(row, "plays", may_play(r));
    page_flag(row, "is_sound", is_sound(&r->about));
    if (r->has_poster)
        page_text(row, "poster", arena_printf(a, "%s.about/%s.png", folder, name));
}

/* ---- meetings ---- */

/* Everybody who is in a meeting, once, as they came: the list ends with who began first. */
static const char *people_of(struct arena *a, const struct recording_facts *list, size_t n)
{
    const char *text = "";

    for (size_t i = n; i > 0; i--) {
        const char *name = list[i - 1].username;
        bool is_new = *name;

        for (size_t k = i; k < n && is_new; k++)
            is_new = strcmp(list[k].username, name) != 0;
        if (is_new && text)
            text = arena_printf(a, "%s%s%s", text, *text ? ", " : "", name);
    }
    return text && *text ? text : NULL;
}

/* Is this one of the recordings that a film is made of? */
static bool is_material(const struct recording_facts *r)
{
    return r->state == RECORDING_DONE && !r->about.is_film && r->file->says.started_us;
}

/* A meeting of several recordings that are all complete can become a film, once. */
static void add_film(struct arena *a, struct json_object *meeting,
                     const struct recording_facts *list, size_t n, struct json_object *films)
{
    const char *start = NULL;
    struct json_object *film = NULL;
    bool is_open = false;
    size_t n_material = 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *found = recording_film_find(films, list[i].file->says.stamp);

        if (found && (!film || recording_film_is_coming(found)))
            film = found;
        is_open = is_open || list[i].about.is_film || list[i].state == RECORDING_RUNNING;
        if (is_material(&list[i])) {
            start = list[i].file->says.stamp; /* the last of the list began first */
            n_material++;
        }
    }
    if (recording_film_is_coming(film)) {
        start = json_object_get_string(json_object_object_get(film, "start"));
        page_text(meeting, "film_coming", start);
        page_text(meeting, "film_path", arena_printf(a, "?film=%s", page_encode(a, start, false)));
        page_number(
            meeting, "film_percent",
            (int64_t)(100 * json_object_get_double(json_object_object_get(film, "progress"))));
    } else if (films && n_material > 1 && !is_open) {
        page_text(meeting, "film_start", start);
        page_text(meeting, "film_problem",
                  json_object_get_string(json_object_object_get(film, "error")));
    }
}

/* Files are shown in the order in which they began, as a meeting goes. */
static void add_meeting(struct arena *a, struct json_object *meetings,
                        const struct recording_facts *list, size_t n, struct json_object *films)
{
    struct json_object *meeting = page_row(meetings);
    struct json_object *rows = page_list(meeting, "recordings");

    page_time(meeting, "start", list[n - 1].from_us);
    page_text(meeting, "count", say_count(a, "{n} recordings", "{n} recording", n));
    page_text(meeting, "people", people_of(a, list, n));
    add_film(a, meeting, list, n, films);
    for (size_t i = n; i > 0; i--)
        recording_view_row(a, page_row(rows), &list[i - 1]);
}

/* How many from `list` on, newest first, overlap one another without a gap. */
static size_t meeting_length(const struct recording_facts *list, size_t n)
{
    int64_t from_us = list[0].from_us;
    size_t length = 1;

    for (size_t i = 1; i < n; i++) {
        if (from_us - list[i].from_us > MEETING_MAX_US)
            break;
        if (list[i].until_us < from_us)
            continue; /* an older one may still reach into it */
        if (list[i].from_us < from_us)
            from_us = list[i].from_us;
        length = i + 1;
    }
    return length;
}

/* Divides all recordings into meetings, and these into pages, of which one is shown. */
static void add_page(struct request *req, struct json_object *page,
                     const struct recording_facts *facts, size_t n, uint64_t number,
                     struct json_object *films)
{
    struct json_object *meetings = page_list(page, "meetings");
    uint64_t current = 0;
    size_t n_shown = 0;

    for (size_t i = 0; i < n && current <= number;) {
        size_t length = meeting_length(facts + i, n - i);

        if (current == number)
            add_meeting(req->arena, meetings, facts + i, length, films);
        i += length;
        n_shown += length;
        if (n_shown >= ROWS_PER_PAGE && i < n) {
            n_shown = 0;
            current++;
        }
    }
    if (number > 0)
        page_text(page, "newer",
                  arena_printf(req->arena, "?page=%llu", (unsigned long long)number - 1));
    if (current > number)
        page_text(page, "older",
                  arena_printf(req->arena, "?page=%llu", (unsigned long long)number + 1));
}

int recording_view_meetings(struct request *req, struct json_object *page, int folder,
                            const char *group, uint64_t number, struct json_object *films)
{
    struct recording_facts *facts;
    struct recording *list = NULL;
    int64_t bytes = 0;
    size_t n = 0;
    int r = recording_folder_list(folder, req->arena, &list, &n);

    facts = r == 0 && n ? arena_array(req->arena, n, sizeof *facts) : NULL;
    if (r == 0 && n && !facts)
        r = ERR_NO_MEMORY;
    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        recording_facts_of(&facts[i], req->arena, folder, group, &list[i], req->now_us);
        bytes += list[i].size_bytes;
    }
    add_page(req, page, facts, n, number, films);
    page_flag(page, "has_recordings", n > 0);
    page_text(page, "total_text", recording_view_size(req->arena, bytes));
    return 0;
}

void recording_view_deleted_row(struct arena *a, struct json_object *row,
                                const struct recording *file, const char *group)
{
    const int64_t kept_us = RECORDING_TRASH_DAYS * US_PER_DAY;

    add_file(a, row, file, group, page_recordings_path(a, group));
    page_time(row, "deleted_at", file->deleted_us);
    page_time(row, "until", file->deleted_us ? file->deleted_us + kept_us : 0);
}

int recording_view_deleted(struct request *req, struct json_object *page, int folder,
                           const char *group)
{
    struct json_object *rows = page_list(page, "deleted");
    struct recording *list = NULL;
    size_t n = 0;
    int r = recording_trash_list(folder, req->arena, &list, &n);

    for (size_t i = 0; r == 0 && i < n; i++)
        recording_view_deleted_row(req->arena, page_row(rows), &list[i], group);
    page_number(page, "n_deleted", (int64_t)n);
    page_flag(page, "has_deleted", n > 0);
    return r;
}

const char *recording_view_kept(struct arena *a, int64_t days)
{
    return days > 0 ? say_count(a, "Recordings older than {n} days go to the trash by themselves.",
                                "Recordings older than {n} day go to the trash by themselves.",
                                (uint64_t)days)
                    : NULL;
}
