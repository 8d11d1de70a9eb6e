/* list-tokens */
#include "galenectl/cmd_list_tokens.h"

#include "common/now.h"
#include "galenectl/call.h"
#include "galenectl/permission_flag.h"
#include "galenectl/time_text.h"

static int fetch_token(struct json_object **out, struct api_client *client, const char *group,
                       const char *name, struct error *e)
{
    struct buf path = {0};
    int r = api_path_token(&path, group, name, e);

    if (r == 0)
        r = api_get_object(client, buf_str(&path), out, NULL, e);
    buf_release(&path);
    return r;
}

static const char *string_member(struct json_object *object, const char *name)
{
    struct json_object *value = json_object_object_get(object, name);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static void add_expiry(struct buf *out, struct json_object *token, int64_t now_us)
{
    const char *text = string_member(token, "expires");
    char shown[TIME_TEXT_SIZE];
    int64_t expires_us;

    if (!text[0])
        buf_add_str(out, "(no expiration date)");
    else if (time_parse_rfc3339(span_str(text), &expires_us) < 0)
        buf_add_str(out, "(unknown expiration date)");
    else if (expires_us < now_us)
        buf_add_str(out, "(expired)");
    else
        buf_add_str(out, time_text_shown(shown, expires_us));
}

static void add_columns(struct buf *line, struct json_object *token)
{
    struct json_object *subgroups = json_object_object_get(token, "includeSubgroups");
    struct buf letters = {0};
    char shown[600];

    buf_add_char(line, ' ');
    add_padded(line,
               span_printable(span_str(string_member(token, "username")), shown, sizeof shown), 20);
    buf_add_char(line, ' ');
    permission_letters(&letters, json_object_object_get(token, "permissions"),
                       subgroups && json_object_get_boolean(subgroups) ? 'H' : 0);
    add_padded(line, buf_str(&letters), 4);
    buf_add_char(line, ' ');
    add_expiry(line, token, now_realtime_us());
    buf_release(&letters);
}

static void print_token(const char *name, struct json_object *token, const struct error *e)
{
    struct buf line = {0};
    char shown[300];

    span_printable(span_str(name), shown, sizeof shown);
    if (e->code < 0) {
        add_padded(&line, shown, 12);
        buf_printf(&line, " (ERROR=%s)", error_describe(e, shown, sizeof shown));
    } else {
        add_padded(&line, shown, 11);
        add_columns(&line, token);
    }
    puts(buf_str(&line));
    buf_release(&line);
}

static const struct name_list_view view = {
    .member = "token", .fetch = fetch_token, .print = print_token};

int cmd_list_tokens(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = NULL;
    bool is_long = false;
    bool as_json = false;
    const struct flag flags[] = {
        FLAG_TOKEN_GROUP(group),
        {.name = "l",
         .kind = FLAG_BOOL,
         .value = &is_long,
         .help = "show name, permissions (H: with subgroups) and expiry too"},
        FLAG_JSON_OUTPUT(as_json),
    };
    const struct flag_set set = {
        .synopsis = "galenectl list-tokens -group NAME [flag...]",
        FLAGS_OF(flags),
    };
    struct call call = {.ctl = ctl, .action = "Get tokens"};
    struct name_list_query query = {0};
    int status = command_flags(&set, argc, argv, NULL);

    if (status >= 0)
        return status;
    query.view = is_long ? &view : NULL;
    query.group = group;
    query.as_json = as_json;
    return call_list(&call, api_path_token(&call.path, group, "", &call.e), &query);
}
