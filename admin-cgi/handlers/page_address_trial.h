/*
 * A new address of the server on trial (address_trial.h): what is told to who saved it, and the
 * page at the new address that lets it hold.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_ADDRESS_TRIAL_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_ADDRESS_TRIAL_H

#include "admin-cgi/address_trial.h"
#include "admin-cgi/router.h"

/** Could this change of the addresses lead whoever asks away from here? */
bool address_trial_is_due(struct request *req, const struct address_trial *change);
/** The page with the link, in place of one that would be sent on to the new address. */
void address_trial_show(struct request *req, struct response *res, struct app *app,
                        const struct address_trial *trial, const char *code);

/** GET /admin/address-trial?code=: a button. Without a session: the browser has none there yet. */
route_handler page_address_trial;
/** POST the same: it holds. */
route_handler page_address_trial_post;

#endif
