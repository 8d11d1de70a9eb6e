#include "admin-cgi/site/site_value.h"

#include <string.h>

#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_setting.h"
#include "common/log.h"
#include "common/now.h"

const char *site_text(struct db *db, struct arena *a, enum site_setting_id id)
{
    const struct site_setting *s = &site_settings[id];
    const char *value = NULL;
    struct error e = {0};

    if (store_setting_get(db, a, s->key, &value, &e) < 0)
        log_warn(&(struct log_ctx){.room = "page"}, "the setting %s was not read: %s", s->key,
                 e.text);
    return value && site_setting_check(s, span_str(value), NULL) == 0 ? value : s->preset;
}

int64_t site_number(struct db *db, enum site_setting_id id)
{
    struct arena a = {0};
    uint64_t n = 0;

    if (!span_u64(span_str(site_text(db, &a, id)), &n))
        n = 0;
    arena_release(&a);
    return (int64_t)n;
}

int64_t site_time_us(struct db *db, enum site_setting_id id, int64_t unit_s)
{
    return site_number(db, id) * unit_s * US_PER_S;
}

bool site_flag(struct db *db, enum site_setting_id id)
{
    struct arena a = {0};
    bool is_set = site_text(db, &a, id)[0] != '\0';

    arena_release(&a);
    return is_set;
}

bool site_demands_code_of(const char *whom, const struct account *account)
{
    return account->totp_required || strcmp(whom, SITE_FACTOR_ALL) == 0 ||
           (strcmp(whom, SITE_FACTOR_ADMINISTRATORS) == 0 &&
            account->role == ACCOUNT_ADMINISTRATOR);
}

bool site_demands_code(struct db *db, const struct account *account)
{
    struct arena a = {0};
    bool is_demanded = site_demands_code_of(site_text(db, &a, SITE_SECOND_FACTOR), account);

    arena_release(&a);
    return is_demanded;
}
