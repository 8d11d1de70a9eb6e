#include "admin-cgi/site/config_text.h"

#include <json-c/json.h>
#include <string.h>

#include "admin-cgi/say.h"
#include "admin-cgi/site/member_text.h"
#include "common/group_desc_doc.h"
#include "common/json_scan.h"
#include "common/server_config.h"

const struct config_field config_fields[N_CONFIG_FIELDS] = {
    {"canonicalHost", CONFIG_LINE, TEXT("Name of this host"),
     TEXT("As host or host:port. Who comes under another name is sent on to this one. Empty: every "
          "name "
          "will do.")},
    {"proxyURL", CONFIG_LINE, TEXT("Address behind a proxy"),
     TEXT("For a server that lies behind another one, or below a path: the address that people "
          "see, as "
          "https://host/path. Links in invitations begin with it.")},
    {"writableGroups", CONFIG_FLAG, TEXT("Programs may change groups"),
     TEXT("By the API, as galenectl does. Pages of this console may in any case.")},
    {"allowOrigin", CONFIG_LINES, TEXT("Sites whose scripts may join meetings"),
     TEXT("One origin a line, as https://site.example; * for all. The server's own may in any "
          "case.")},
    {"allowAdminOrigin", CONFIG_LINES, TEXT("Sites whose scripts may use the API"),
     TEXT("One origin a line. They still need the password of an administrator.")},
};

static const char *value_of(struct arena *a, const struct config_field *field,
                            struct json_object *value)
{
    switch (field->kind) {
    case CONFIG_LINE:
        return json_object_is_type(value, json_type_string)
                   ? arena_str(a, json_object_get_string(value))
                   : "";
    case CONFIG_LINES:
        return member_lines(a, value);
    case CONFIG_FLAG:
        return member_flag(value);
    }
    return "";
}

int config_text_read(struct config_values *out, struct arena *a, struct span text, struct error *e)
{
    struct json_object *root = NULL;
    struct error unclean;
    int r = json_scan_parse_file(&root, text, &unclean, e);

    for (size_t i = 0; i < N_CONFIG_FIELDS; i++) {
        const char *key = r == 0 ? desc_key(root, config_fields[i].name) : NULL;

        out->values[i] =
            key ? value_of(a, &config_fields[i], json_object_object_get(root, key)) : "";
    }
    json_object_put(root);
    return r == 0 && a->bad ? error_set(e, ERR_NO_MEMORY, NULL, "out of memory") : r;
}

/* The member's value as JSON; nothing for an empty one. */
static void add_value(struct buf *out, const struct config_field *field, const char *value)
{
    if (!*value)
        return;
    switch (field->kind) {
    case CONFIG_LINE:
        json_add_string(out, span_str(value));
        break;
    case CONFIG_FLAG:
        buf_add_str(out, "true");
        break;
    case CONFIG_LINES:
        member_add_lines(out, value);
        break;
    }
}

static int write_one(struct buf *text, const struct config_field *field, const char *key,
                     const char *value, struct error *e)
{
    struct buf json = {0};

    add_value(&json, field, value);
    return member_write(text, &key, 1, &json, e);
}

int config_text_write(struct buf *out, struct span text, const struct config_values *values,
                      struct error *e)
{
    struct config_values now;
    struct arena a = {0};
    struct buf work = {0};
    struct json_object *root = NULL;
    struct error unclean;
    int r = config_text_read(&now, &a, text, e);

    if (r == 0)
        r = json_scan_parse_file(&root, text, &unclean, e);
    buf_add_span(&work, text);
    for (size_t i = 0; i < N_CONFIG_FIELDS && r == 0; i++) {
        const char *key = desc_key(root, config_fields[i].name);

        if (strcmp(now.values[i], values->values[i]) != 0)
            r = write_one(&work, &config_fields[i], key ? key : config_fields[i].name,
                          values->values[i], e);
    }
    if (r == 0) {
        buf_add_span(out, buf_span(&work));
        r = buf_check(out);
    }
    json_object_put(root);
    buf_wipe(&work);
    arena_release(&a);
    return r;
}

const char *config_value_problem(struct arena *a, size_t field, const char *value)
{
    struct config_values values = {{"", "", "", "", ""}};
    struct server_config *config = NULL;
    const char *name = config_fields[field].name, *problem = NULL;
    struct buf text = {0};
    struct error e = {0};
    int r;

    values.values[field] = value;
    r = config_text_write(&text, span_str("{}"), &values, &e);
    if (r == 0)
        r = server_config_parse(&config, buf_span(&text), &e);
    if (r < 0)
        problem = arena_str(a, e.text[0] ? e.text : err_text(r));
    for (size_t i = 0; r == 0 && i < config->n_warnings && !problem; i++) {
        const char *said = config->warnings[i].text;

        if (strncmp(said, name, strlen(name)) == 0 && said[strlen(name)] == ':')
            said += strlen(name) + 2;
        if (span_starts_with(span_str(said), "ignored: "))
            said += strlen("ignored: ");
        problem = arena_str(a, said);
    }
    server_config_free(config);
    buf_release(&text);
    return problem;
}
