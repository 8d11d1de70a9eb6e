/*
 * What the pages of invitations share: an invitation's number in paths (its token is a secret), its
 * link, what it allows, and the fields that forms about it have.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_TOKEN_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_TOKEN_VIEW_H

#include "admin-cgi/handlers/form_view.h"
#include "common/atomic_file.h"
#include "common/token.h"

/** The SHA-256 of its token, in hexadecimal: what stands in paths, and its label's key. */
void token_view_id(const struct token *t, char out[SHA256_HEX_SIZE]);
/** Path of its card; in the arena. */
const char *token_view_path(struct request *req, const struct token *t);
/** The invitation of the path's group and `id`. Borrowed until the next call on the store.
 * @return 0, ERR_NOT_FOUND, or what the store says */
int token_view_find(struct app *app, const char *group, const char *id, const struct token **out,
                    struct error *e) MUST_USE;
/** The whole link; in the arena. @param group whose address it is; "": none @return NULL when there
 * is none, and when out of memory */
const char *token_view_link(struct request *req, struct app *app, const struct token *t,
                            const char *group);
enum token_state { TOKEN_VALID, TOKEN_NOT_YET, TOKEN_ENDED, TOKEN_NEVER_VALID };

enum token_state token_view_state(const struct token *t, int64_t now_us);
/** For whom it is: a name, or "any name". Borrowed. */
const char *token_view_user(const struct token *t);
/** What administrators call it, in the arena; "" when it has no label. */
const char *token_view_label(struct request *req, struct app *app, const struct token *t);
/**
 * Adds what is said of one: `path` (of its card),
 * `masked`, `called` (its label), `user`, `may`, `valid_from`, `valid_until`, `state` (not valid
 * now) with `ended` and `not_yet`, `subgroups`, `made_by`. Its link and its token are not among
 * them.
 * @return its label, as token_view_label()
 */
const char *token_view_fields(struct request *req, struct app *app, struct json_object *o,
                              const struct token *t);

/** Reads "from" and "until" of a form into a token, in the view's zone; an empty "until" leaves the
 * token's. Problems are noted. */
void token_view_read_times(struct form_view *v, const struct form *form, struct token *t);
/** The label of the form; "" when it is too long, which is noted. */
const char *token_view_read_label(struct form_view *v, const struct form *form);

#endif
