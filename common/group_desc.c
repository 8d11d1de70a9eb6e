#include "common/group_desc.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/group_desc_doc.h"
#include "common/group_desc_users.h"
#include "common/group_field.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/jwt_keys.h"
#include "common/macros.h"
#include "common/string_list.h"

/* What is really allocated: the count stays out of the public struct. */
struct counted_desc {
    struct group_desc desc; /* first, so that the pointers are equal */
    atomic_uint refs;
};

struct group_desc *group_desc_ref(struct group_desc *d)
{
    if (d)
        atomic_fetch_add(&((struct counted_desc *)d)->refs, 1);
    return d;
}

static void desc_free(struct group_desc *d)
{
    for (size_t i = 0; i < n_group_fields; i++) {
        if (group_fields[i].kind == FIELD_STRING || group_fields[i].kind == FIELD_URL)
            free(*(char **)((char *)d + group_fields[i].offset));
    }
    free(d->codecs);
    group_users_free(d->users, d->n_users);
    if (d->wildcard)
        group_user_release(d->wildcard);
    free(d->wildcard);
    jwt_keys_free(d->keys);
    json_object_put(d->auth_keys);
    json_object_put(d->source);
    free(d->warnings);
    free(d);
}

void group_desc_unref(struct group_desc *d)
{
    if (d && atomic_fetch_sub(&((struct counted_desc *)d)->refs, 1) == 1)
        desc_free(d);
}

const struct group_user *group_desc_user(const struct group_desc *d, struct span name)
{
    return group_users_find(d->users, d->n_users, name);
}

static void read_string(struct desc_doc *doc, struct json_object *root,
                        const struct group_field *field, char **out)
{
    const char *text = NULL;
    const char *problem = NULL;
    struct desc_path path = {0};

    if (!desc_string(doc, root, field->name, &text) || text[0] == 0)
        return;
    path = desc_path_add(path, desc_key(root, field->name));
    if (field->kind == FIELD_URL)
        problem = group_url_check(field->name, text);
    if (problem) {
        desc_warn(doc, path, "ignored: %s", problem);
        return;
    }
    *out = strdup(text);
    if (!*out)
        desc_no_memory(doc);
}

static void read_int(struct desc_doc *doc, struct json_object *root,
                     const struct group_field *field, int64_t *out)
{
    struct error cause = {0};
    struct json_fields f = {.object = root, .any_case = true, .e = &cause};
    const char *key = desc_key(root, field->name);
    int64_t value = 0;

    if (!key)
        return;
    json_fields_int(&f, key, INT64_MIN, INT64_MAX, &value);
    if (f.result < 0) {
        desc_fail(doc, desc_path_add((struct desc_path){0}, key), f.result, "%s", cause.text);
        return;
    }
    *out = value < field->min ? field->min : value > field->max ? field->max : value;
    if (*out != value)
        desc_warn(doc, desc_path_add((struct desc_path){0}, key), "%lld is used instead of %lld",
                  (long long)*out, (long long)value);
}

static void read_time(struct desc_doc *doc, struct json_object *root,
                      const struct group_field *field, bool *has, int64_t *out)
{
    struct error cause = {0};
    struct json_fields f = {.object = root, .any_case = true, .e = &cause};
    const char *key = desc_key(root, field->name);

    if (!key)
        return;
    json_fields_time(&f, key, out);
    if (f.result < 0)
        desc_fail(doc, desc_path_add((struct desc_path){0}, key), f.result, "%s", cause.text);
    else
        *has = true;
}

/* Unknown names are skipped, as the original does. */
static void read_codecs(struct desc_doc *doc, struct json_object *root, struct group_desc *d)
{
    const char *known[GROUP_CODECS_MAX];
    struct desc_path path = {0};
    char **names = NULL;
    size_t n_names = 0;
    size_t n = 0;

    if (!desc_strings(doc, root, "codecs", &names, &n_names))
        return;
    path = desc_path_add(path, desc_key(root, "codecs"));
    for (size_t i = 0; i < n_names; i++) {
        bool is_repeated = false;

        for (size_t k = 0; k < n; k++)
            is_repeated = is_repeated || strcmp(known[k], names[i]) == 0;
        if (!group_codec_is_known(names[i])) {
            char text[40];

            desc_warn(doc, path, "unknown codec %s, skipped",
                      span_printable(span_str(names[i]), text, sizeof text));
        } else if (!is_repeated) {
            known[n++] = names[i];
        }
    }
    if (n > 0) {
        d->codecs = string_list_dup(known, n);
        d->n_codecs = n;
        if (!d->codecs)
            desc_no_memory(doc);
    }
    free(names);
}

static void read_field(struct desc_doc *doc, struct group_desc *d, struct json_object *root,
                       const struct group_field *field)
{
    void *at = (char *)d + field->offset;
    bool flag = false;

    switch (field->kind) {
    case FIELD_STRING:
    case FIELD_URL:
        read_string(doc, root, field, at);
        break;
    case FIELD_BOOL:
        desc_bool(doc, root, field->name, at);
        break;
    case FIELD_TRISTATE:
        if (desc_bool(doc, root, field->name, &flag))
            *(enum tristate *)at = flag ? IS_TRUE : IS_FALSE;
        break;
    case FIELD_INT:
        read_int(doc, root, field, at);
        break;
    case FIELD_TIME:
        read_time(doc, root, field, (bool *)((char *)d + field->has_offset), at);
        break;
    case FIELD_CODECS:
        read_codecs(doc, root, d);
        break;
    }
}

/* A malformed key is kept as unusable, since others beside it may be good (6). */
static void read_keys(struct desc_doc *doc, struct group_desc *d, struct json_object *root)
{
    const char *key = desc_key(root, "authKeys");
    struct desc_path path = {0};
    struct json_object *array;
    struct error cause = {0};
    char text[120];
    int r;

    if (!key)
        return;
    path = desc_path_add(path, key);
    array = json_object_object_get(root, key);
    if (!json_object_is_type(array, json_type_array)) {
        desc_fail(doc, path, ERR_INVALID, "must be an array");
        return;
    }
    if (json_object_array_length(array) == 0)
        return;
    r = jwt_keys_parse(&d->keys, array, &cause);
    if (r < 0) {
        desc_fail(doc, path, r, "%s", error_describe(&cause, text, sizeof text));
        return;
    }
    d->auth_keys = json_object_get(array);
    for (size_t i = 0; i < jwt_keys_count(d->keys); i++) {
        const char *problem = jwt_keys_problem(d->keys, i);
        char index[24];

        snprintf(index, sizeof index, "%zu", i);
        if (problem)
            desc_warn(doc, desc_path_add(path, index), "unusable key: %s", problem);
    }
}

static void read_members(struct desc_doc *doc, struct group_desc *d, struct json_object *root)
{
    struct desc_path top = {0};
    const char *key = desc_key(root, "users");

    if (key)
        desc_read_users(doc, json_object_object_get(root, key), desc_path_add(top, key), &d->users,
                        &d->n_users);
    key = desc_key(root, "wildcard-user");
    if (key) {
        d->wildcard = calloc(1, sizeof *d->wildcard);
        if (d->wildcard)
            desc_read_user(doc, d->wildcard, json_object_object_get(root, key),
                           desc_path_add(top, key));
        else
            desc_no_memory(doc);
    }
    for (size_t i = 0; i < n_group_fields && doc->result == 0; i++)
        read_field(doc, d, root, &group_fields[i]);
    if (doc->result == 0)
        read_keys(doc, d, root);
    if (doc->result == 0)
        desc_read_obsolete(doc, d, root);
}

#define KNOWN_MAX (GROUP_FIELDS_MAX + GROUP_OTHER_MEMBERS + 1)

static void list_known(const char *known[KNOWN_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < n_group_fields; i++)
        known[n++] = group_fields[i].name;
    for (size_t i = 0; group_other_members[i]; i++)
        known[n++] = group_other_members[i];
    known[n] = NULL;
}

static void warn_unknown(struct desc_doc *doc, struct json_object *root)
{
    const char *known[KNOWN_MAX];

    list_known(known);
    desc_warn_unknown(doc, root, (struct desc_path){0}, known);
}

bool group_desc_knows(const struct group_desc *d, const char *member)
{
    const char *known[KNOWN_MAX];

    list_known(known);
    return desc_is_known(d->source, member, known);
}

/* @param root taken, also on failure  @param text empty when places are not known
 * @param unclean what was let pass, or NULL */
static int desc_of_object(struct group_desc **out, struct json_object *root, struct span text,
                          const struct error *unclean, struct error *e)
{
    struct desc_doc doc = {.text = text, .e = e};
    struct counted_desc *counted;

    if (!json_object_is_type(root, json_type_object)) {
        json_object_put(root);
        return error_set(e, ERR_INVALID, text.len ? "line 1 column 1" : NULL,
                         "a group description must be an object");
    }
    counted = calloc(1, sizeof *counted);
    if (!counted) {
        json_object_put(root);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    atomic_init(&counted->refs, 1);
    counted->desc.source = root;
    counted->desc.is_unclean = unclean && unclean->code;
    if (unclean)
        desc_warn_unclean(&doc, unclean);
    read_members(&doc, &counted->desc, root);
    warn_unknown(&doc, root);
    counted->desc.warnings = doc.warnings;
    counted->desc.n_warnings = doc.n_warnings;
    if (doc.result < 0) {
        group_desc_unref(&counted->desc);
        return doc.result;
    }
    *out = &counted->desc;
    return 0;
}

int group_desc_parse(struct group_desc **out, struct span text, struct error *e)
{
    struct json_object *root = NULL;
    struct error unclean;
    int r = json_scan_parse_file(&root, text, &unclean, e);

    return r < 0 ? r : desc_of_object(out, root, text, &unclean, e);
}

int group_desc_load(struct group_desc **out, const char *path, struct file_stamp *stamp,
                    struct error *e)
{
    struct buf text = {0};
    int r = file_read(&text, path, GROUP_FILE_MAX, stamp, e);

    if (r == 0)
        r = group_desc_parse(out, buf_span(&text), e);
    buf_wipe(&text);
    return r;
}

int group_desc_subgroup(struct group_desc **out, const struct group_desc *parent)
{
    static const char *const own[] = {"public", "description"};
    struct json_object *root = NULL;
    struct group_desc *child = NULL;
    int r;

    if (json_object_deep_copy(parent->source, &root, NULL) < 0)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < LENGTH(own); i++) {
        const char *key;

        while ((key = desc_key(root, own[i])))
            json_object_object_del(root, key);
    }
    r = desc_of_object(&child, root, span_of(NULL, 0), NULL, NULL);
    if (r < 0)
        return r;
    free(child->warnings);
    child->warnings = NULL;
    child->n_warnings = 0;
    *out = child;
    return 0;
}
