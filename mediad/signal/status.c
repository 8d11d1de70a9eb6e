#include "mediad/signal/status.h"

#include <string.h>

#include "common/json_scan.h"
#include "common/percent.h"

static void add(struct buf *out, const char *key, const char *value)
{
    if (!value || *value == '\0')
        return;
    buf_add_str(out, ",\"");
    buf_add_str(out, key);
    buf_add_str(out, "\":");
    json_add_string(out, span_str(value));
}

void status_write_url_path(struct buf *out, const char *name)
{
    percent_add(out, name, "!$&'()*+,;=:@/");
}

/* A subgroup is told from its parent by its own part of the name (SIG-13). */
static void add_display_name(struct buf *out, const struct status_view *v)
{
    struct buf text = {0};

    if (!v->desc->display_name)
        return;
    buf_add_str(&text, v->desc->display_name);
    if (v->file_len > 0 && strlen(v->name) > v->file_len)
        buf_printf(&text, " (%s)", v->name + v->file_len + 1);
    if (buf_check(&text) == 0)
        add(out, "displayName", buf_str(&text));
    buf_release(&text);
}

/* "https://h/p" becomes "wss://h/p/ws". */
static void add_endpoint(struct buf *out, const char *base_url)
{
    struct buf text = {0};
    bool is_plain = strncmp(base_url, "http:", 5) == 0;
    const char *rest = strstr(base_url, "://");

    if (!rest)
        return;
    buf_add_str(&text, is_plain ? "ws" : "wss");
    buf_add_str(&text, rest);
    buf_add_str(&text, "/ws");
    if (buf_check(&text) == 0)
        add(out, "endpoint", buf_str(&text));
    buf_release(&text);
}

static void add_places(struct buf *out, const struct status_view *v)
{
    struct buf text = {0};

    buf_add_str(&text, v->base_url);
    buf_add_str(&text, "/group/");
    status_write_url_path(&text, v->name);
    buf_add_char(&text, '/');
    if (buf_check(&text) == 0)
        add(out, "location", buf_str(&text));
    buf_release(&text);
    add_endpoint(out, v->base_url);
}

static bool needs_secret(const struct password *p)
{
    return p->type == PASSWORD_PLAIN || p->type == PASSWORD_BCRYPT || p->type == PASSWORD_PBKDF2 ||
           p->type == PASSWORD_SCRYPT;
}

/* What a page has to ask for: nothing where no password gets anybody in. An authorisation server
 * knows passwords of its own. */
static const char *password_use(const struct group_desc *desc)
{
    const struct password *wildcard = desc->wildcard ? &desc->wildcard->password : NULL;
    bool helps = desc->auth_server || (wildcard && needs_secret(wildcard));
    bool is_open = wildcard && wildcard->type == PASSWORD_WILDCARD;

    for (size_t i = 0; i < desc->n_users && !(helps && is_open); i++) {
        helps = helps || needs_secret(&desc->users[i].password);
        is_open = is_open || desc->users[i].password.type == PASSWORD_WILDCARD;
    }
    return !helps ? NULL : is_open ? "optional" : "required";
}

void status_write(struct buf *out, const struct status_view *v)
{
    const struct group_desc *desc = v->desc;

    buf_add_str(out, "{\"name\":");
    json_add_string(out, span_str(v->name));
    if (v->redirect && *v->redirect != '\0') {
        add(out, "redirect", v->redirect);
        add_display_name(out, v);
        add(out, "description", desc->description);
        buf_add_char(out, '}');
        return;
    }
    if (v->base_url)
        add_places(out, v);
    add_display_name(out, v);
    add(out, "description", desc->description);
    add(out, "authServer", desc->auth_server);
    add(out, "authPortal", desc->auth_portal);
    if (v->tells_password)
        add(out, "password", password_use(desc));
    if (v->shows_life) {
        if (v->is_locked || v->tells_unlocked)
            buf_printf(out, ",\"locked\":%s", v->is_locked ? "true" : "false");
        buf_printf(out, ",\"clientCount\":%zu", v->n_clients);
    }
    if (v->is_encrypted)
        buf_add_str(out, ",\"encrypted\":true");
    if (v->can_change_password)
        buf_add_str(out, ",\"canChangePassword\":true");
    if (v->look.len) {
        buf_add_str(out, ",\"look\":");
        buf_add_span(out, v->look);
    }
    buf_add_char(out, '}');
}
