#include "admin-cgi/handlers/codec_form.h"

#include <string.h>

#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/macros.h"

/* As docs/ADMIN.md has them; the first ones are preferred where nothing else is said. */
static const struct codec_row {
    const char *name, *label, *help;
} known[] = {
    {"vp8", "VP8", TEXT("Pictures. Every browser has it: the safe choice.")},
    {"vp9", "VP9", TEXT("Pictures, better at the same rate. Safari lacks it at times.")},
    {"av1", "AV1", TEXT("Pictures, better still, for new devices; costs the most processor time.")},
    {"h264", "H.264",
     TEXT("Pictures. Apple's devices like it, and programs such as OBS send it. Some systems lack "
          "it.")},
    {"opus", TEXT("Opus"), TEXT("Sound. There is hardly a reason to use another one.")},
    {"g722", "G.722", TEXT("Sound, for telephones and old devices.")},
    {"pcmu", "PCMU", TEXT("Sound in telephone quality, as in America and Japan.")},
    {"pcma", "PCMA", TEXT("Sound in telephone quality, as elsewhere.")},
};

struct tick {
    const char *name; /* borrowed */
    bool is_ticked;
};

/** Rows as they will stand, each name once. */
struct rows {
    struct tick *row;
    size_t n, room;
};

static void add_row(struct rows *rows, const char *name, bool is_ticked)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (strcmp(rows->row[i].name, name) == 0) {
            rows->row[i].is_ticked = rows->row[i].is_ticked || is_ticked;
            return;
        }
    }
    if (rows->n < rows->room)
        rows->row[rows->n++] = (struct tick){name, is_ticked};
}

static size_t length(const struct json_object *value)
{
    return value ? json_object_array_length(value) : 0;
}

/* @param form NULL: none; `value` may be NULL as well */
static struct rows rows_of(struct arena *a, struct json_object *value, const struct form *form)
{
    struct rows rows = {.room = LENGTH(known) + (form ? form->n_fields : length(value))};

    rows.row = arena_array(a, rows.room, sizeof *rows.row);
    if (!rows.row)
        rows.room = 0;
    for (size_t i = 0; form && form_at(form, CODEC_ORDER_FIELD, i); i++)
        add_row(&rows, form_at(form, CODEC_ORDER_FIELD, i), false);
    for (size_t i = 0; form && form_at(form, CODEC_FIELD, i); i++)
        add_row(&rows, form_at(form, CODEC_FIELD, i), true);
    for (size_t i = 0; !form && i < length(value); i++)
        add_row(&rows, json_object_get_string(json_object_array_get_idx(value, i)), true);
    return rows;
}

static const struct codec_row *find(const char *name)
{
    for (size_t i = 0; i < LENGTH(known); i++) {
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    }
    return NULL;
}

void codec_form_show(struct arena *a, struct json_object *row, struct json_object *value,
                     const struct form *form)
{
    struct json_object *list = page_list(row, "codecs");
    struct rows rows = rows_of(a, value, form);

    for (size_t i = 0; i < LENGTH(known); i++)
        add_row(&rows, known[i].name, false);
    for (size_t i = 0; i < rows.n; i++) {
        const struct codec_row *codec = find(rows.row[i].name);
        struct json_object *one = page_row(list);

        page_text(one, "word", rows.row[i].name);
        page_text(one, "codec", codec ? codec->label : rows.row[i].name);
        page_text(one, "line", say(a, codec ? codec->help : "There is no such codec."));
        page_flag(one, "is_ticked", rows.row[i].is_ticked);
    }
}

bool codec_form_is_untouched(struct arena *a, struct json_object *before, const struct form *form)
{
    struct rows shown = rows_of(a, before, NULL);

    for (size_t i = 0; i < shown.n; i++) {
        const char *sent = form_at(form, CODEC_FIELD, i);

        if (!sent || strcmp(sent, shown.row[i].name) != 0)
            return false;
    }
    return !form_at(form, CODEC_FIELD, shown.n);
}

struct json_object *codec_form_read(const struct form *form)
{
    struct json_object *list = form_has(form, CODEC_FIELD) ? json_object_new_array() : NULL;

    for (size_t i = 0; list && form_at(form, CODEC_FIELD, i); i++)
        json_object_array_add(list, json_object_new_string(form_at(form, CODEC_FIELD, i)));
    return list;
}

void codec_form_move(struct form *form, const char *name, bool up)
{
    struct form_field *last = NULL;

    for (size_t i = 0; i < form->n_fields; i++) {
        struct form_field *field = &form->fields[i];

        if (strcmp(field->name, CODEC_ORDER_FIELD) != 0)
            continue;
        if (last && strcmp((up ? field : last)->value, name) == 0) {
            const struct form_field held = *field;

            *field = *last;
            *last = held;
            return;
        }
        last = field;
    }
}
