#include "galenectl/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/atomic_file.h"
#include "common/json_fields.h"
#include "common/json_scan.h"
#include "common/macros.h"
#include "galenectl/report.h"

#define SETTINGS_FILE_MAX 65536

static void string_wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void settings_release(struct settings *s)
{
    free(s->server);
    free(s->username);
    string_wipe(s->password);
    string_wipe(s->token);
    *s = (struct settings){0};
}

int settings_path(char **out, const char *given, struct error *e)
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    struct buf path = {0};

    if (given && given[0])
        buf_add_str(&path, given);
    else if (xdg && xdg[0])
        buf_printf(&path, "%s/galene/galenectl.json", xdg);
    else if (home && home[0])
        buf_printf(&path, "%s/.config/galene/galenectl.json", home);
    else
        return error_set(e, ERR_NOT_FOUND, NULL,
                         "neither XDG_CONFIG_HOME nor HOME is set; use -config");
    if (buf_check(&path) < 0) {
        buf_release(&path);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    *out = path.data;
    return 0;
}

static void read_string(struct json_fields *f, const char *name, char **out)
{
    const char *text = NULL;

    json_fields_string(f, name, &text);
    if (!text)
        return;
    *out = strdup(text);
    if (!*out)
        json_fields_fail(f, ERR_NO_MEMORY, name, "out of memory");
}

static int parse_file(struct settings *out, struct span text, struct error *e)
{
    static const struct {
        const char *name;
        size_t offset;
    } members[] = {
        {"server", offsetof(struct settings, server)},
        {"admin-username", offsetof(struct settings, username)},
        {"admin-password", offsetof(struct settings, password)},
        {"admin-token", offsetof(struct settings, token)},
    };
    struct json_object *root = NULL;
    struct json_fields f = {.e = e};
    int r = json_scan_parse(&root, text, &json_limits_file, e);

    if (r < 0)
        return r;
    if (!json_object_is_type(root, json_type_object)) {
        json_object_put(root);
        return error_set(e, ERR_INVALID, NULL, "must be a JSON object");
    }
    f.object = root;
    json_object_object_foreach(root, name, value)
    {
        char shown[60];
        bool is_known = false;

        (void)value;
        for (size_t i = 0; i < LENGTH(members); i++)
            is_known = is_known || strcmp(members[i].name, name) == 0;
        if (!is_known)
            json_fields_fail(&f, ERR_INVALID, span_printable(span_str(name), shown, sizeof shown),
                             "unknown member");
    }
    for (size_t i = 0; i < LENGTH(members); i++)
        read_string(&f, members[i].name, (char **)((char *)out + members[i].offset));
    json_object_put(root);
    return f.result;
}

static void warn_if_readable(const struct settings *s, const char *path)
{
    struct stat st;

    if ((s->password || s->token) && stat(path, &st) == 0 && (st.st_mode & 077))
        report("warning: %s holds secrets and others may read it; chmod 600 mends it", path);
}

static bool is_given(const char *text)
{
    return text && text[0];
}

/* @return false when out of memory */
static bool prefer(char **out, const char *flag)
{
    if (!is_given(flag))
        return true;
    string_wipe(*out);
    *out = strdup(flag);
    return *out;
}

int settings_load(struct settings *out, const struct settings *flags, const char *path,
                  struct error *e)
{
    struct settings s = {0};
    struct buf text = {0};
    int r = file_read(&text, path, SETTINGS_FILE_MAX, NULL, e);

    if (r == 0)
        r = parse_file(&s, buf_span(&text), e);
    else if (r == ERR_NOT_FOUND)
        r = 0;
    buf_wipe(&text);
    if (r < 0) {
        settings_release(&s);
        return r;
    }
    warn_if_readable(&s, path);
    if (is_given(flags->username) || is_given(flags->password)) {
        string_wipe(s.token);
        s.token = NULL;
    }
    if (!is_given(s.server) && !prefer(&s.server, SERVER_DEFAULT))
        r = ERR_NO_MEMORY;
    if (r < 0 || !prefer(&s.server, flags->server) || !prefer(&s.username, flags->username) ||
        !prefer(&s.password, flags->password) || !prefer(&s.token, flags->token)) {
        settings_release(&s);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    *out = s;
    return 0;
}
