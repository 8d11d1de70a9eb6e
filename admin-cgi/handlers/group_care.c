#include "admin-cgi/handlers/group_care.h"

#include <string.h>

#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/macros.h"

/* @param text said already */
static void add(struct json_object *list, const char *field, const char *text)
{
    struct json_object *row = page_row(list);

    page_text(row, "text", text);
    page_text(row, "field", field);
}

static bool can_log_in(const struct password *p)
{
    return p->type != PASSWORD_NONE && p->type != PASSWORD_BAD;
}

bool group_care_has_operator(const struct group_desc *d)
{
    if (d->keys || (d->wildcard && d->wildcard->permissions.role == ROLE_OP))
        return true;
    for (size_t i = 0; i < d->n_users; i++) {
        const struct permission_spec *spec = &d->users[i].permissions;

        if (can_log_in(&d->users[i].password) &&
            (spec->role == ROLE_OP ||
             (spec->role == ROLE_ARRAY && permissions_has(&spec->literal, PERMISSION_OP))))
            return true;
    }
    return false;
}

/* ---- users ---- */

static bool is_weak(const struct password *p)
{
    return can_log_in(p) && p->type != PASSWORD_WILDCARD && password_is_weak(p);
}

static void add_users(const struct group_care *c, struct json_object *list)
{
    const struct group_desc *d = c->users;

    for (size_t i = 0; i < d->n_users; i++) {
        if (is_weak(&d->users[i].password))
            add(list, NULL,
                say_with(c->arena,
                         "{user} has a password that is kept in a weak form; set it anew.", "user",
                         d->users[i].name, NULL));
    }
    if (d->wildcard && is_weak(&d->wildcard->password))
        add(list, NULL,
            say(c->arena, "The one password for all is kept in a weak form; set it anew."));
}

/* ---- settings ---- */

static bool is_sound(const char *codec)
{
    static const char *const sounds[] = {"opus", "g722", "pcmu", "pcma"};

    for (size_t i = 0; i < LENGTH(sounds); i++) {
        if (strcmp(sounds[i], codec) == 0)
            return true;
    }
    return false;
}

static void add_codecs(const struct group_care *c, struct json_object *list)
{
    const struct group_desc *d = c->settings;
    size_t sounds = 0;

    for (size_t i = 0; i < d->n_codecs; i++)
        sounds += is_sound(d->codecs[i]);
    if (d->n_codecs && sounds == 0)
        add(list, "codecs", say(c->arena, "No codec for sound is allowed, so nobody is heard."));
    if (d->n_codecs && sounds == d->n_codecs)
        add(list, "codecs", say(c->arena, "No codec for pictures is allowed, so nobody is seen."));
}

static void add_operators(const struct group_care *c, struct json_object *list)
{
    if (group_care_has_operator(c->users))
        return;
    if (c->settings->autolock)
        add(list, "autolock",
            say(c->arena,
                "Nobody can unlock it: the group starts locked, and no user is an operator."));
    if (c->settings->autokick)
        add(list, "autokick",
            say(c->arena, "Nobody can stay: everybody is sent away while no operator is there, and "
                          "no user is "
                          "an operator."));
}

static void add_redirect(const struct group_care *c, struct json_object *list)
{
    static const char *const texts[] = {
        [REDIRECT_LOOPS] = TEXT("The redirect leads to this group itself, so nobody arrives."),
        [REDIRECT_BACK] = TEXT(
            "The redirect leads to {group}, which sends everybody back here, so nobody arrives."),
        [REDIRECT_ON] = TEXT("The redirect leads to {group}, which sends everybody on: put the "
                             "address here where they shall arrive."),
        [REDIRECT_NOWHERE] = TEXT("The redirect leads to {group}, which is not there."),
    };

    if (c->redirect_to && c->redirect_end != REDIRECT_ARRIVES)
        add(list, "redirect",
            say_with(c->arena, texts[c->redirect_end], "group", c->redirect_to, NULL));
}

static void add_sign_in(const struct group_care *c, struct json_object *list)
{
    const struct group_desc *d = c->settings;

    if (d->auth_server && d->auth_portal)
        add(list, "authServer",
            say(c->arena,
                "People are sent to the portal at once, so that the authorisation server is not "
                "asked."));
    if ((d->auth_server || d->auth_portal) && !c->users->keys)
        add(list, d->auth_server ? "authServer" : "authPortal",
            say(c->arena, "There is no key yet, so no token of the external sign-in is believed. "
                          "Keys are under "
                          "Keys."));
}

void group_care_add(const struct group_care *c, struct json_object *list)
{
    const struct group_desc *d = c->settings;
    const struct group_user *anyone = c->users->wildcard;

    if (d->redirect) {
        add_redirect(c, list);
        return;
    }
    if (d->is_public && anyone && anyone->password.type == PASSWORD_WILDCARD)
        add(list, "public",
            say(c->arena,
                "Open to the world: this group is on the landing page and takes any password."));
    add_users(c, list);
    add_operators(c, list);
    add_codecs(c, list);
    add_sign_in(c, list);
    if (d->is_encrypted && d->allow_recording)
        add(list, "allow-recording",
            say(c->arena, "What is encrypted end to end cannot be recorded."));
    if (d->has_expires && d->expires_us <= c->now_us)
        add(list, "expires",
            say(c->arena,
                "It is closed: the closing time is over, so only operators may come in."));
}

/* ---- a change ---- */

static bool is_changed(const struct member_change *changes, size_t n, const char *field)
{
    for (size_t i = 0; field && i < n; i++) {
        if (strcmp(changes[i].name, field) == 0)
            return true;
    }
    return false;
}

static void add_inside(const struct group_care *c, const char *field, int64_t n_inside,
                       struct json_object *list)
{
    const struct group_desc *d = c->settings;
    const struct {
        const char *field;
        bool holds;
        const char *text;
    } effects[] = {
        {"autokick", d->autokick,
         TEXT("If no operator is inside now, everybody is sent away as soon as it is saved.")},
        {"autolock", d->autolock,
         TEXT("If no operator is inside now, the meeting is locked as soon as it is saved.")},
        {"allow-recording", !d->allow_recording, TEXT("A recording that runs now ends.")},
        {"encrypted", d->is_encrypted,
         TEXT("A recording ends, and so does what comes or goes by WHIP and WHEP; the others are "
              "asked "
              "for a passphrase when they come again.")},
        {"redirect", d->redirect,
         TEXT("Who is inside stays; who comes from now on is sent elsewhere.")},
        {"codecs", true,
         TEXT("What is shown already stays as it is; the codecs hold for what comes.")},
        {"max-clients", d->max_clients && d->max_clients < n_inside,
         TEXT(
             "More people are inside than may be: nobody is sent away, but nobody else comes in.")},
        {"expires", d->has_expires, TEXT("Who is inside may stay when the time is over.")},
        {"not-before", d->has_not_before, TEXT("Who is inside may stay.")},
    };

    for (size_t i = 0; i < LENGTH(effects); i++) {
        if (strcmp(effects[i].field, field) == 0 && effects[i].holds)
            add(list, field, say(c->arena, effects[i].text));
    }
}

void group_care_add_change(const struct group_care *c, const struct member_change *changes,
                           size_t n_changes, int64_t n_inside, struct json_object *list)
{
    struct json_object *all = arena_json(c->arena, json_object_new_array());

    group_care_add(c, all);
    for (size_t i = 0; all && i < json_object_array_length(all); i++) {
        struct json_object *row = json_object_array_get_idx(all, i);
        struct json_object *field = json_object_object_get(row, "field");

        if (is_changed(changes, n_changes, json_object_get_string(field)))
            json_object_array_add(list, json_object_get(row));
    }
    if (c->settings->has_not_before && c->settings->not_before_us <= c->now_us &&
        is_changed(changes, n_changes, "not-before"))
        add(list, "not-before",
            say(c->arena, "The opening time is over already, so that it changes nothing."));
    for (size_t i = 0; n_inside && i < n_changes; i++)
        add_inside(c, changes[i].name, n_inside, list);
}
