#include "admin-cgi/kept_form.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/device.h"
#include "admin-cgi/page.h"
#include "admin-cgi/seal.h"
#include "common/base64url.h"
#include "common/macros.h"
#include "common/now.h"

#define PURPOSE "kept form"
#define LIFETIME_US (3600 * US_PER_S)

/* Neither secrets, nor what only the page that is gone could prove. */
static const char *const left_out[] = {"csrf",   "form", "password", "current",   "new",
                                       "repeat", "code", "recovery", "credential"};

static bool is_left_out(const char *name)
{
    for (size_t i = 0; i < LENGTH(left_out); i++) {
        if (strcmp(name, left_out[i]) == 0)
            return true;
    }
    return false;
}

/* In base64url; NULL: it could not be done. */
static const char *encrypt(struct arena *a, const struct app *app, struct span plain)
{
    struct buf sealed = {0}, text = {0};
    const char *out = NULL;

    if (seal_add(&sealed, app, PURPOSE, span_str(""), plain) == 0)
        base64url_add(&text, buf_span(&sealed));
    if (text.len && buf_check(&text) == 0)
        out = arena_dup(a, buf_span(&text));
    buf_release(&sealed);
    buf_release(&text);
    return out;
}

const char *kept_form_seal(struct request *req, struct app *app, const struct form *form)
{
    struct buf plain = {0};
    const char *sealed = NULL;

    buf_printf(&plain, "%lld\n%s\n%s\n", (long long)(req->now_us + LIFETIME_US), device_cookie(req),
               arena_dup(req->arena, req->raw_path));
    for (size_t i = 0; i < form->n_fields; i++) {
        const struct form_field *f = &form->fields[i];

        if (!is_left_out(f->name))
            buf_printf(&plain, "%s=%s&", page_encode(req->arena, f->name, false),
                       page_encode(req->arena, f->value, false));
    }
    if (!req->arena->bad && buf_check(&plain) == 0 && plain.len <= KEPT_FORM_MAX)
        sealed = encrypt(req->arena, app, buf_span(&plain));
    buf_wipe(&plain);
    return sealed;
}

static int read_plain(struct kept_form *out, struct request *req, struct span plain,
                      struct error *e)
{
    struct span until, device, path;
    uint64_t until_us = 0;

    if (!span_split(&plain, '\n', &until) || !span_split(&plain, '\n', &device) ||
        !span_split(&plain, '\n', &path) || !span_u64(until, &until_us))
        return error_set(e, ERR_INVALID, KEPT_FORM_FIELD, "this is no form that was kept");
    if (req->now_us > (int64_t)until_us || !span_eq_str(device, device_cookie(req)))
        return error_set(e, ERR_INVALID, KEPT_FORM_FIELD, "the form was kept too long ago");
    out->path = arena_dup(req->arena, path);
    return out->path ? form_parse(&out->form, req->arena, plain, e) : ERR_NO_MEMORY;
}

int kept_form_open(struct kept_form *out, struct request *req, struct app *app, const char *sealed,
                   struct error *e)
{
    struct kept_form kept = {0};
    struct buf bytes = {0}, plain = {0};
    int r = base64url_decode(&bytes, span_str(sealed));

    if (r == 0)
        r = seal_open(&plain, app, PURPOSE, span_str(""), buf_span(&bytes));
    buf_release(&bytes);
    if (r < 0)
        r = error_set(e, r, KEPT_FORM_FIELD, "this is no form that was kept");
    else
        r = read_plain(&kept, req, buf_span(&plain), e);
    buf_wipe(&plain);
    if (r == 0)
        *out = kept;
    return r;
}
