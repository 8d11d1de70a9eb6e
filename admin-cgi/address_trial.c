#include "admin-cgi/address_trial.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/secret_code.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_server_file.h"
#include "admin-cgi/store/store_setting.h"
#include "common/log.h"
#include "common/macros.h"

/* Beside what administrators set. */
#define KEY "address.trial"
/* The keeper waits for so long after the end: a confirmation of the last moment still counts. */
#define GRACE_US (5 * US_PER_S)

enum { HOST, PROXY }; /* of config_fields */

static const struct log_ctx ctx = {.room = "address"};

static const char *text_of(struct arena *a, struct json_object *o, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(o, name));

    text = arena_str(a, text ? text : "");
    return text ? text : "";
}

static bool parse(struct address_trial *out, struct arena *a, const char *value)
{
    struct json_object *o = arena_json(a, json_tokener_parse(value));

    if (!json_object_is_type(o, json_type_object))
        return false;
    *out = (struct address_trial){
        .host_before = text_of(a, o, "hostBefore"),
        .proxy_before = text_of(a, o, "proxyBefore"),
        .host_after = text_of(a, o, "hostAfter"),
        .proxy_after = text_of(a, o, "proxyAfter"),
        .by = text_of(a, o, "by"),
        .is_saved = json_object_get_boolean(json_object_object_get(o, "saved")),
        .until_us = json_object_get_int64(json_object_object_get(o, "until"))};
    snprintf(out->code_hash, sizeof out->code_hash, "%s", text_of(a, o, "code"));
    return !a->bad;
}

int address_trial_find(struct db *db, struct arena *a, struct address_trial *out, struct error *e)
{
    const char *value = NULL;
    int r = store_setting_get(db, a, KEY, &value, e);

    return r < 0 ? r : value && parse(out, a, value);
}

static int audit(struct db *db, const struct address_trial *trial, const char *action,
                 const struct actor *actor, struct error *e)
{
    const struct audit_entry entry = {.action = action,
                                      .object_kind = "config",
                                      .object = *trial->proxy_after ? trial->proxy_after
                                                                    : trial->host_after,
                                      .result = "ok"};

    return store_audit_add(db, actor, &entry, e);
}

static struct json_object *to_json(const struct address_trial *trial, const char *by)
{
    struct json_object *o = json_object_new_object();
    const struct {
        const char *name, *text;
    } texts[] = {{"hostBefore", trial->host_before}, {"proxyBefore", trial->proxy_before},
                 {"hostAfter", trial->host_after},   {"proxyAfter", trial->proxy_after},
                 {"code", trial->code_hash},         {"by", by}};

    for (size_t i = 0; o && i < LENGTH(texts); i++)
        json_object_object_add(o, texts[i].name, json_object_new_string(texts[i].text));
    if (o)
        json_object_object_add(o, "until", json_object_new_int64(trial->until_us));
    if (o)
        json_object_object_add(o, "saved", json_object_new_boolean(trial->is_saved));
    return o;
}

/* In a transaction: there is one trial at a time, whose end brings the old address back. */
static int note(struct db *db, const char *text, const struct actor *actor, struct error *e)
{
    struct arena a = {0};
    const char *value = NULL;
    int r = db_begin(db, e);

    if (r < 0)
        return r;
    r = store_setting_get(db, &a, KEY, &value, e);
    if (r == 0 && value)
        r = error_set(e, ERR_WRONG_STATE, NULL, "another address is on trial");
    if (r == 0)
        r = store_setting_note(db, KEY, text, actor, e);
    arena_release(&a);
    return db_finish(db, true, r, e);
}

int address_trial_begin(struct db *db, struct address_trial *trial, const struct actor *actor,
                        struct buf *code, struct error *e)
{
    struct json_object *o;
    int r = recovery_code_make(code);

    if (r < 0 || !recovery_code_hash(buf_span(code), trial->code_hash))
        return error_set(e, r < 0 ? r : ERR_CRYPTO, NULL, "no link could be made");
    trial->until_us = actor->now_us + ADDRESS_TRIAL_US;
    o = to_json(trial, actor->name ? actor->name : "");
    r = o ? note(db, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN), actor, e)
          : error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    json_object_put(o);
    return r;
}

void address_trial_saved(struct db *db, struct address_trial *trial, const struct actor *actor)
{
    struct error e = {0};
    struct json_object *o;
    int r = ERR_NO_MEMORY;

    trial->is_saved = true;
    o = to_json(trial, actor->name ? actor->name : "");
    if (o)
        r = store_setting_note(db, KEY, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
                               actor, &e);
    if (r == 0)
        r = audit(db, trial, "address.trial", actor, &e);
    if (r < 0)
        log_warn(&ctx, "that an address is on trial was not told: %s", err_text(r));
    json_object_put(o);
}

bool address_trial_is_overruled(const struct address_trial *trial, const char *host,
                                const char *proxy)
{
    return trial->is_saved &&
           (strcmp(trial->host_after, host) != 0 || strcmp(trial->proxy_after, proxy) != 0);
}

void address_trial_drop(struct db *db)
{
    struct error e = {0};

    if (store_setting_forget(db, KEY, &e) < 0)
        log_warn(&ctx, "the trial of an address could not be dropped: %s", e.text);
}

int address_trial_confirm(struct db *db, const char *code, const struct actor *actor,
                          struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    struct address_trial trial;
    struct arena a = {0};
    int r = address_trial_find(db, &a, &trial, e);

    if (r >= 0 && (r == 0 || actor->now_us >= trial.until_us ||
                   !recovery_code_hash(span_str(code), hash) || strcmp(hash, trial.code_hash) != 0))
        r = error_set(e, ERR_NOT_FOUND, NULL,
                      "this link has been used, or its two minutes are over");
    if (r > 0)
        r = store_setting_forget(db, KEY, e);
    if (r == 0)
        r = audit(db, &trial, "address.confirm", actor, e);
    arena_release(&a);
    return r;
}

/* ---- the keeper's ---- */

/* Its members alone, and only where they are still what was on trial. */
static int restore_address(struct buf *out, struct span text, void *arg, struct error *e)
{
    const struct address_trial *trial = arg;
    struct config_values values;
    struct arena a = {0};
    int r = config_text_read(&values, &a, text, e);

    if (r == 0 && strcmp(values.values[HOST], trial->host_after) == 0 &&
        strcmp(values.values[PROXY], trial->proxy_after) == 0) {
        values.values[HOST] = trial->host_before;
        values.values[PROXY] = trial->proxy_before;
    }
    if (r == 0)
        r = config_text_write(out, text, &values, e);
    arena_release(&a);
    return r;
}

static int revert(struct app *app, struct arena *a, struct address_trial *trial, int64_t now_us,
                  struct error *e)
{
    const struct actor actor = {.kind = ACTOR_SYSTEM, .now_us = now_us};
    struct file_result result = {0};
    struct file_state file = {0};
    struct server_file_change change = {
        .kind = FILE_CONFIG, .actor = &actor, .edit = restore_address, .arg = trial};
    int r = store_server_file_get(app->db, a, FILE_CONFIG, now_us, &file, e);

    /* What a person broke by hand, the person mends. */
    if (r < 0 || store_server_file_obstacle(&file))
        return r;
    change.seen = file_exists(&file) ? file.etag : "";
    r = store_server_file_change(app->db, &change, &result, e);
    if (r == 0 && result.changed) {
        log_info(&ctx, "the address was not confirmed, and is as it was before");
        r = audit(app->db, trial, "address.revert", &actor, e);
    }
    return r;
}

/* A file that cannot be read says nothing: the last good one is in force. */
static bool is_overruled_now(struct app *app, const struct address_trial *trial)
{
    const struct server_config *config = app_config(app);

    return address_trial_is_overruled(trial, config->canonical_host ? config->canonical_host : "",
                                      config->proxy_url ? config->proxy_url : "");
}

void address_trial_run(struct app *app, int64_t now_us)
{
    struct address_trial trial;
    struct arena a = {0};
    struct error e = {0};
    int r = address_trial_find(app->db, &a, &trial, &e);

    if (r > 0 && is_overruled_now(app, &trial)) {
        address_trial_drop(app->db);
    } else if (r > 0 && now_us >= trial.until_us + GRACE_US) {
        r = revert(app, &a, &trial, now_us, &e);
        if (r == 0)
            address_trial_drop(app->db);
    }
    if (r < 0)
        log_warn(&ctx, "an address on trial: %s", e.text);
    arena_release(&a);
}
