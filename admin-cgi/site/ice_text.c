#include "admin-cgi/site/ice_text.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "common/group_desc_doc.h"
#include "common/ice_servers.h"
#include "common/json_edit.h"
#include "common/macros.h"

#define INDEX_SIZE 24

static int parse(struct json_object **out, struct span text, struct error *e)
{
    struct error unclean;
    int r = json_scan_parse_file(out, text, &unclean, e);

    if (r == 0 && !json_object_is_type(*out, json_type_array)) {
        json_object_put(*out);
        *out = NULL;
        r = error_set(e, ERR_INVALID, NULL, "the file must be an array of servers");
    }
    return r;
}

/* A member whatever its case, as mediad reads it; NULL: absent. */
static struct json_object *member(struct json_object *entry, const char *name)
{
    const char *key = json_object_is_type(entry, json_type_object) ? desc_key(entry, name) : NULL;

    return key ? json_object_object_get(entry, key) : NULL;
}

static const char *string_of(struct json_object *entry, const char *name)
{
    struct json_object *value = member(entry, name);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static enum ice_login login_of(struct json_object *entry)
{
    const char *type = string_of(entry, "credentialType");

    if (strcmp(type, "hmac-sha1") == 0)
        return ICE_HMAC;
    if (type[0] && strcmp(type, "password") != 0)
        return ICE_OTHER;
    return member(entry, "credential") ? ICE_PASSWORD : ICE_NO_LOGIN;
}

static void read_row(struct ice_row *row, struct arena *a, struct json_object *entry)
{
    struct json_object *urls = member(entry, "urls");
    size_t n = json_object_is_type(urls, json_type_array) ? json_object_array_length(urls) : 0;

    row->urls = "";
    for (size_t i = 0; i < n && row->urls; i++)
        row->urls = arena_printf(a, "%s%s%s", row->urls, i ? "\n" : "",
                                 json_object_get_string(json_object_array_get_idx(urls, i)));
    row->username = arena_str(a, string_of(entry, "username"));
    row->login = login_of(entry);
    row->has_credential = member(entry, "credential");
    row->problem = ice_server_check(entry);
}

int ice_text_read(struct ice_row **out, size_t *n, struct arena *a, struct span text,
                  struct error *e)
{
    struct json_object *root = NULL;
    int r = parse(&root, text, e);

    *n = r == 0 ? json_object_array_length(root) : 0;
    *out = arena_array(a, *n + 1, sizeof **out);
    for (size_t i = 0; i < *n && *out; i++)
        read_row(&(*out)[i], a, json_object_array_get_idx(root, i));
    json_object_put(root);
    return r == 0 && a->bad ? error_set(e, ERR_NO_MEMORY, NULL, "out of memory") : r;
}

/* ---- change ---- */

/* @param value taken; NULL: the member goes */
static void set(struct json_object *entry, const char *name, struct json_object *value)
{
    const char *key = desc_key(entry, name);

    if (value)
        json_object_object_add(entry, key ? key : name, value);
    else if (key)
        json_object_object_del(entry, key);
}

static struct json_object *list_of_lines(const char *lines)
{
    struct json_object *list = json_object_new_array();
    struct span rest = span_str(lines), line;

    while (list && span_split(&rest, '\n', &line)) {
        line = span_trim(line);
        if (line.len)
            json_object_array_add(
                list, json_object_new_string_len((const char *)line.data, (int)line.len));
    }
    return list;
}

static void apply(struct json_object *json, const struct ice_entry *entry)
{
    bool has_login = entry->login == ICE_PASSWORD || entry->login == ICE_HMAC;

    set(json, "urls", list_of_lines(entry->urls));
    if (entry->login == ICE_OTHER)
        return;
    set(json, "username",
        has_login && entry->username[0] ? json_object_new_string(entry->username) : NULL);
    set(json, "credentialType",
        has_login ? json_object_new_string(entry->login == ICE_HMAC ? "hmac-sha1" : "password")
                  : NULL);
    if (!has_login)
        set(json, "credential", NULL);
    else if (entry->credential[0])
        set(json, "credential", json_object_new_string(entry->credential));
}

/* What is wrong with the element, said of a field of the form. */
static int check(struct json_object *json, const struct ice_entry *entry, struct error *e)
{
    static const char *const fields[] = {"urls", "username", "credential"};
    const char *problem = ice_server_check(json);
    const char *field = "urls";

    if (entry->login == ICE_PASSWORD && !entry->username[0])
        return error_set(e, ERR_INVALID, "username", "a log-in needs a name");
    if ((entry->login == ICE_PASSWORD || entry->login == ICE_HMAC) && !member(json, "credential"))
        return error_set(e, ERR_INVALID, "credential", "a log-in needs a password or secret");
    if (!problem)
        return 0;
    if (entry->login == ICE_NO_LOGIN && strstr(problem, "needs username"))
        return error_set(e, ERR_INVALID, "login", "%s", problem);
    for (size_t i = 0; i < LENGTH(fields); i++) {
        if (strncmp(problem, fields[i], strlen(fields[i])) == 0)
            field = fields[i];
    }
    return error_set(e, ERR_INVALID, field, "%s", problem);
}

static const char *json_text(struct json_object *json)
{
    return json_object_to_json_string_ext(json,
                                          JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* Without the white space of JSON at its end. */
static struct span cut(struct span text)
{
    while (text.len && memchr(" \t\r\n", text.data[text.len - 1], 4))
        text.len--;
    return text;
}

/* Before the bracket that ends the array: the last byte of a clean text but white space. */
static int append(struct buf *out, struct span text, bool is_first, const char *json)
{
    struct span whole = cut(text);
    struct span inside = cut(span_sub(whole, 0, whole.len - 1));

    buf_add_span(out, inside);
    buf_add_str(out, is_first ? "\n  " : ",\n  ");
    buf_add_str(out, json);
    buf_add_str(out, "\n]\n");
    return buf_check(out);
}

int ice_text_put(struct buf *out, struct span text, size_t index, const struct ice_entry *entry,
                 struct error *e)
{
    struct json_object *root = NULL, *json;
    char number[INDEX_SIZE];
    const char *path[] = {number};
    size_t n;
    int r = parse(&root, text, e);

    if (r < 0)
        return r;
    n = json_object_array_length(root);
    snprintf(number, sizeof number, "%zu", index);
    json = index < n ? json_object_get(json_object_array_get_idx(root, index))
                     : json_object_new_object();
    if (index >= n && n >= ICE_TEXT_MAX_SERVERS)
        r = error_set(e, ERR_INVALID, "urls", "there are %zu servers already, which is too many",
                      n);
    else if (!json_object_is_type(json, json_type_object))
        r = error_set(e, ERR_INVALID, "urls", "this element is not a server");
    if (r == 0) {
        apply(json, entry);
        r = check(json, entry, e);
    }
    if (r == 0)
        r = index < n ? json_edit_set(out, text, path, 1, span_str(json_text(json)), e)
                      : append(out, text, n == 0, json_text(json));
    json_object_put(json);
    json_object_put(root);
    return r;
}

static int find(struct json_place *out, struct span text, size_t index, struct error *e)
{
    char number[INDEX_SIZE];
    const char *path[] = {number};
    int r;

    snprintf(number, sizeof number, "%zu", index);
    r = json_edit_find(out, text, path, 1);
    return r < 0 ? error_set(e, r, NULL, "there is no such server") : 0;
}

int ice_text_remove(struct buf *out, struct span text, size_t index, struct error *e)
{
    char number[INDEX_SIZE];
    const char *path[] = {number};
    struct json_place place;
    int r = find(&place, text, index, e);

    snprintf(number, sizeof number, "%zu", index);
    return r < 0 ? r : json_edit_set(out, text, path, 1, (struct span){0}, e);
}

int ice_text_raise(struct buf *out, struct span text, size_t index, struct error *e)
{
    struct json_place lower, upper;
    const uint8_t *end = text.data + text.len;
    int r = index == 0 ? error_set(e, ERR_NOT_FOUND, NULL, "this server is the first already")
                       : find(&upper, text, index - 1, e);

    if (r == 0)
        r = find(&lower, text, index, e);
    if (r < 0)
        return r;
    buf_add(out, text.data, (size_t)(upper.value.data - text.data));
    buf_add_span(out, lower.value);
    buf_add(out, upper.value.data + upper.value.len,
            (size_t)(lower.value.data - (upper.value.data + upper.value.len)));
    buf_add_span(out, upper.value);
    buf_add(out, lower.value.data + lower.value.len,
            (size_t)(end - (lower.value.data + lower.value.len)));
    return buf_check(out);
}
