/*
 * The second factor of the own account: an authenticator app, and recovery codes (SEC-52, SEC-53).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_TOTP_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_TOTP_H

#include "admin-cgi/router.h"

/** GET /admin/account/totp: a new secret as QR code and text, and a field for its first code; 303
 * to the account's page for who is signed in without an account of the console. */
route_handler page_totp;

/** POST: the code proves that the app has the secret, which counts from here on: shows the recovery
 * codes, once. Other sessions end, and this one gets a new id. 422 for a wrong code. */
route_handler page_totp_post;

/** POST .../off: no code is asked for any more. */
route_handler page_totp_off_post;

/** POST .../recovery: new recovery codes, shown once; the old ones are void. */
route_handler page_recovery_post;

#endif
