#include "admin-cgi/words.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/local_format.h"
#include "admin-cgi/plural.h"
#include "admin-cgi/sentence.h"
#include "admin-cgi/view/inline_markers.h"
#include "common/atomic_file.h"
#include "common/json_scan.h"

#define CATALOGUE_MAX (1024 * 1024)
#define SUFFIX ".json"
#define CONSOLE_DIR "console"
#define TAG_SIZE 16

struct language {
    struct language *next; /* by tag, English first */
    char tag[TAG_SIZE];
    const char *name;              /* borrowed from the texts */
    const char *direction;         /* likewise */
    struct json_object *catalogue; /* NULL: English */
    const char **patterns;         /* its sentences that programs fill in, the heaviest first */
    size_t n_patterns;
};

struct words {
    struct language english;
};

/* ---- Reading */

static int check_text(const char *key, struct json_object *text, const char *place, struct error *e)
{
    if (inline_markers_agree(key, json_object_get_string(text)))
        return 0;
    return error_set(e, ERR_INVALID, place, "the markers <1> … of “%s” are not those of “%s”",
                     json_object_get_string(text), key);
}

/* A text, or an object whose every member is a plural form. */
static int check_entry(const char *key, struct json_object *value, const char *place,
                       struct error *e)
{
    if (json_object_is_type(value, json_type_string))
        return check_text(key, value, place, e);
    if (!json_object_is_type(value, json_type_object))
        return error_set(e, ERR_INVALID, place, "“%s” is neither a text nor plural forms", key);
    json_object_object_foreach(value, form, text)
    {
        if (!plural_is_form(form) || !json_object_is_type(text, json_type_string))
            return error_set(e, ERR_INVALID, place, "“%s” of “%s” is no plural form", form, key);
        if (check_text(key, text, place, e) < 0)
            return ERR_INVALID;
    }
    return 0;
}

static const char *member(struct json_object *catalogue, const char *name)
{
    struct json_object *value = json_object_object_get(catalogue, name);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static int check_catalogue(struct language *l, const char *place, struct error *e)
{
    if (!json_object_is_type(l->catalogue, json_type_object))
        return error_set(e, ERR_INVALID, place, "a catalogue is an object");
    l->name = member(l->catalogue, "@name");
    l->direction = member(l->catalogue, "@dir");
    if (!l->name || !l->direction ||
        (strcmp(l->direction, "ltr") != 0 && strcmp(l->direction, "rtl") != 0))
        return error_set(e, ERR_INVALID, place,
                         "a catalogue says its \"@name\" and its \"@dir\", ltr or rtl");
    json_object_object_foreach(l->catalogue, key, value)
    {
        int r = check_entry(key, value, place, e);

        if (r < 0)
            return r;
    }
    return 0;
}

static int heaviest_first(const void *a, const void *b)
{
    size_t x = sentence_weight(*(const char *const *)a);
    size_t y = sentence_weight(*(const char *const *)b);

    return (x < y) - (x > y);
}

/* Sentences that are found with their values in them: those of numbered places, and of a number. */
static int collect_patterns(struct language *l)
{
    size_t n = (size_t)json_object_object_length(l->catalogue);

    l->patterns = calloc(n ? n : 1, sizeof *l->patterns);
    if (!l->patterns)
        return ERR_NO_MEMORY;
    json_object_object_foreach(l->catalogue, key, value)
    {
        (void)value;
        if (strstr(key, "{1}") || strstr(key, "{" SENTENCE_NUMBER "}"))
            l->patterns[l->n_patterns++] = key;
    }
    qsort(l->patterns, l->n_patterns, sizeof *l->patterns, heaviest_first);
    return 0;
}

static void insert(struct words *w, struct language *l)
{
    struct language **at = &w->english.next;

    while (*at && strcmp((*at)->tag, l->tag) < 0)
        at = &(*at)->next;
    l->next = *at;
    *at = l;
}

/* @param file for messages, as in `dir` */
static int read_catalogue(struct json_object **out, const char *dir, const char *file,
                          struct error *e)
{
    char *path = path_join(dir, file);
    struct buf text = {0};
    struct error wrong = {0};
    int r = path ? file_read(&text, path, CATALOGUE_MAX, NULL, &wrong) : ERR_NO_MEMORY;

    if (r == 0)
        r = json_scan_parse(out, buf_span(&text), &json_limits_file, &wrong);
    if (r < 0)
        r = error_set(e, r, file, "%s: %s", wrong.place, wrong.text);
    buf_release(&text);
    free(path);
    return r;
}

/* What only the console says has a file of its own, which need not be there. */
static int add_console(struct language *l, const char *dir, const char *file, struct error *e)
{
    struct json_object *console = NULL;
    char *path = path_join(CONSOLE_DIR, file);
    int r = path ? read_catalogue(&console, dir, path, e) : ERR_NO_MEMORY;

    if (r == ERR_NOT_FOUND)
        r = 0;
    else if (r == 0 && !json_object_is_type(console, json_type_object))
        r = error_set(e, ERR_INVALID, path, "a catalogue is an object");
    if (r == 0 && console) {
        json_object_object_foreach(console, key, value)
            json_object_object_add(l->catalogue, key, json_object_get(value));
    }
    json_object_put(console);
    free(path);
    return r;
}

static int add_language(struct words *w, const char *dir, const char *file, struct span tag,
                        struct error *e)
{
    struct language *l = calloc(1, sizeof *l);
    int r;

    if (!l)
        return ERR_NO_MEMORY;
    span_copy(tag, l->tag, sizeof l->tag);
    insert(w, l);
    r = read_catalogue(&l->catalogue, dir, file, e);
    if (r == 0 && json_object_is_type(l->catalogue, json_type_object))
        r = add_console(l, dir, file, e);
    if (r == 0)
        r = check_catalogue(l, file, e);
    return r == 0 ? collect_patterns(l) : r;
}

static int add_languages(struct words *w, DIR *stream, const char *dir, struct error *e)
{
    struct dirent *entry;
    int r = 0;

    while (r == 0 && (entry = readdir(stream))) {
        struct span name = span_str(entry->d_name);
        size_t suffix = sizeof SUFFIX - 1;

        if (entry->d_name[0] == '.' || name.len <= suffix || name.len - suffix >= TAG_SIZE ||
            !span_eq_str(span_sub(name, name.len - suffix, suffix), SUFFIX))
            continue;
        r = add_language(w, dir, entry->d_name, span_sub(name, 0, name.len - suffix), e);
    }
    return r;
}

int words_new(struct words **out, const char *dir, struct error *e)
{
    struct words *w = calloc(1, sizeof *w);
    DIR *stream = opendir(dir);
    int r = ERR_NO_MEMORY;

    if (!stream)
        r = error_set_errno(e, dir, "the catalogues cannot be read");
    if (w && stream) {
        w->english = (struct language){.tag = "en", .name = "English", .direction = "ltr"};
        r = add_languages(w, stream, dir, e);
    }
    if (stream)
        closedir(stream);
    if (r < 0) {
        words_free(w);
        return r;
    }
    *out = w;
    return 0;
}

void words_free(struct words *w)
{
    if (!w)
        return;
    while (w->english.next) {
        struct language *l = w->english.next;

        w->english.next = l->next;
        json_object_put(l->catalogue);
        free(l->patterns);
        free(l);
    }
    free(w);
}

/* ---- Choosing */

const struct language *words_next(const struct words *w, const struct language *last)
{
    return last ? last->next : &w->english;
}

const struct language *words_find(const struct words *w, struct span tag)
{
    struct span primary = span_sub(tag, 0, span_index(tag, '-', 0));

    for (const struct language *l = &w->english; l; l = l->next) {
        if (span_eq_nocase(span_str(l->tag), tag) || span_eq_nocase(span_str(l->tag), primary))
            return l;
    }
    return NULL;
}

/* "q=0.8" in thousandths; what cannot be read is not wanted. */
static unsigned weight_of(struct span parameters)
{
    struct span piece;

    while (span_split(&parameters, ';', &piece)) {
        unsigned weight = 0;

        piece = span_trim(piece);
        if (!span_starts_with(piece, "q=") && !span_starts_with(piece, "Q="))
            continue;
        piece = span_sub(piece, 2, SIZE_MAX);
        if (piece.len == 0 || piece.len > 5 || (piece.data[0] != '0' && piece.data[0] != '1'))
            return 0;
        weight = piece.data[0] == '1' ? 1000 : 0;
        for (size_t i = 2, unit = 100; i < piece.len; i++, unit /= 10) {
            if (piece.data[i] < '0' || piece.data[i] > '9')
                return 0;
            weight += (unsigned)(piece.data[i] - '0') * (unsigned)unit;
        }
        return weight;
    }
    return 1000;
}

const struct language *words_wanted(const struct words *w, const char *header,
                                    const struct language *fallback)
{
    struct span rest = span_str(header ? header : "");
    const struct language *best = fallback ? fallback : &w->english;
    unsigned best_weight = 0;
    struct span range;

    while (span_split(&rest, ',', &range)) {
        size_t end = span_index(range, ';', 0);
        const struct language *l = words_find(w, span_trim(span_sub(range, 0, end)));
        unsigned weight = weight_of(span_sub(range, end, SIZE_MAX));

        if (l && weight > best_weight) {
            best = l;
            best_weight = weight;
        }
    }
    return best;
}

const char *language_tag(const struct language *l)
{
    return l->tag;
}

const char *language_name(const struct language *l)
{
    return l->name;
}

const char *language_direction(const struct language *l)
{
    return l->direction;
}

bool language_is_rtl(const struct language *l)
{
    return strcmp(l->direction, "rtl") == 0;
}

/* ---- Looking up */

static struct json_object *entry_of(const struct language *l, const char *text)
{
    return l->catalogue ? json_object_object_get(l->catalogue, text) : NULL;
}

const char *language_find(const struct language *l, struct span text)
{
    struct json_object *entry = NULL;
    char *key = l->catalogue ? span_dup(text) : NULL;

    if (key)
        entry = entry_of(l, key);
    free(key);
    return json_object_is_type(entry, json_type_string) ? json_object_get_string(entry) : NULL;
}

const char *language_text(const struct language *l, const char *text)
{
    struct json_object *entry = entry_of(l, text);

    return json_object_is_type(entry, json_type_string) ? json_object_get_string(entry) : text;
}

/* The form for a number: of the entry, or the English. */
static const char *form_of(const struct language *l, struct json_object *entry, uint64_t n,
                           const char *english)
{
    const char *form;

    if (json_object_is_type(entry, json_type_string))
        return json_object_get_string(entry);
    form = entry ? member(entry, plural_form(l->tag, n)) : NULL;
    if (!form && entry)
        form = member(entry, "other");
    return form ? form : english;
}

const char *language_count(const struct language *l, struct arena *a, const char *text,
                           const char *one, uint64_t n)
{
    struct json_object *entry = l ? entry_of(l, text) : NULL;
    struct sentence_values values = {.n = 0};
    struct buf number = {0};
    const char *said = NULL;

    local_number_add(&number, l, (double)n, 0);
    sentence_add(&values, span_str(SENTENCE_NUMBER), buf_span(&number));
    if (buf_check(&number) == 0)
        said = sentence_fill(a, form_of(l, entry, n, n == 1 ? one : text), &values, false);
    buf_release(&number);
    return said;
}

static void say_sizes(const struct language *l, struct arena *a, struct sentence_values *values)
{
    for (size_t i = 0; i < values->n; i++) {
        struct span said = local_size_reported(a, l, values->list[i].text);

        if (said.len > 0)
            values->list[i].text = said;
    }
}

const char *language_reported(const struct language *l, struct arena *a, const char *text)
{
    const struct sentence_value *number;
    struct sentence_values values;
    struct json_object *entry = entry_of(l, text);
    const char *said =
        json_object_is_type(entry, json_type_string) ? json_object_get_string(entry) : NULL;

    if (said)
        return said;
    for (size_t i = 0; i < l->n_patterns; i++) {
        uint64_t n = 0;

        if (!sentence_match(l->patterns[i], span_str(text), &values))
            continue;
        say_sizes(l, a, &values);
        number = sentence_find(&values, span_str(SENTENCE_NUMBER));
        if (number && !span_u64(number->text, &n))
            continue;
        said = sentence_fill(a, form_of(l, entry_of(l, l->patterns[i]), n, text), &values,
                             language_is_rtl(l));
        return said ? said : text;
    }
    return text;
}
