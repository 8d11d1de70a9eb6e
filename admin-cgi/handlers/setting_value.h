/*
 * Values of settings (site/site_setting.h) as pages deal with them: their check by what this server
 * knows, their words, and what follows from a change of them.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_SETTING_VALUE_H
#define NEREID_ADMIN_CGI_HANDLERS_SETTING_VALUE_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"
#include "admin-cgi/site/site_setting.h"
#include "admin-cgi/store/actor.h"

struct app;

/** Is this a value? Languages and time zones are looked up, too. @return as site_setting_check() */
int setting_value_check(struct request *req, struct app *app, const struct site_setting *s,
                        const char *value, struct error *e) MUST_USE;

/** The default as a person reads it. In the arena, or static. */
const char *setting_preset_words(struct request *req, struct app *app,
                                 const struct site_setting *s);
/** A value as a person reads it. @param value NULL: the default */
const char *setting_value_words(struct request *req, struct app *app, const struct site_setting *s,
                                const char *value);

/** Settings were changed: what holds from now on for what is there already. */
void settings_apply(struct app *app);

/**
 * The answer for a form that was to change settings: where it came twice that of the first, where
 * it failed the words of `e`, else the page at `path` with what was done and a button that takes it
 * back.
 * @param r     of the change, with `e`
 * @param batch of the past (store/store_setting_past.h); 0: nothing was changed
 * @param done  said where it was
 */
void settings_answer(struct request *req, struct response *res, struct app *app,
                     const struct actor *actor, int r, const struct error *e, const char *path,
                     const char *done, int64_t batch);

#endif
