#include "admin-cgi/handlers/setting_value.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_settings_history.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/site/look_file.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_session.h"
#include "admin-cgi/words.h"
#include "admin-cgi/zone.h"
#include "common/log.h"

int setting_value_check(struct request *req, struct app *app, const struct site_setting *s,
                        const char *value, struct error *e)
{
    const struct language *language;

    if (s->kind == SITE_ZONE && !zone_is_known(req->arena, value))
        return error_set(e, ERR_INVALID, NULL, "choose one of the list");
    if (s->kind == SITE_LANGUAGE && *value) {
        language = words_find(app->words, span_str(value));
        if (!language || strcmp(language_tag(language), value) != 0)
            return error_set(e, ERR_INVALID, NULL, "choose one of the list");
    }
    return site_setting_check(s, span_str(value), e);
}

const char *setting_preset_words(struct request *req, struct app *app, const struct site_setting *s)
{
    if (s->kind == SITE_CHOICE)
        return say(req->arena, s->choices[0].label);
    if (s->kind == SITE_LANGUAGE)
        return language_name(words_next(app->words, NULL));
    if (s->kind == SITE_ZONE)
        return "UTC";
    if (s->kind == SITE_FLAG)
        return say(req->arena, "not ticked");
    return s->preset[0] ? s->preset : say(req->arena, "nothing");
}

const char *setting_value_words(struct request *req, struct app *app, const struct site_setting *s,
                                const char *value)
{
    const struct language *language;

    if (!value)
        return setting_preset_words(req, app, s);
    for (const struct site_choice *c = s->choices; c && c->word; c++) {
        if (strcmp(c->word, value) == 0)
            return say(req->arena, c->label);
    }
    if (s->kind == SITE_FLAG)
        return say(req->arena, "ticked");
    language = s->kind == SITE_LANGUAGE ? words_find(app->words, span_str(value)) : NULL;
    return language ? language_name(language) : value;
}

void settings_apply(struct app *app)
{
    struct error e = {0};

    if (store_session_set_times(app->db, site_time_us(app->db, SITE_SESSION_IDLE, 60),
                                site_time_us(app->db, SITE_SESSION_LONGEST, 3600), &e) < 0)
        log_warn(&(struct log_ctx){.room = "page"}, "open sessions keep their times: %s", e.text);
    look_file_update(app);
}

void settings_answer(struct request *req, struct response *res, struct app *app,
                     const struct actor *actor, int r, const struct error *e, const char *path,
                     const char *done, int64_t batch)
{
    if (r < 0) {
        group_view_answer(req, res, app, actor, r, e, path, done);
        return;
    }
    settings_apply(app);
    page_done(req, res, app, path, batch ? done : "Nothing was changed.",
              batch ? page_settings_undo_path(req, batch) : NULL);
}
