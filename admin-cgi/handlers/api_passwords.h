/*
 * Passwords of a group's users: .password of a named user, .empty-user, .wildcard-user. What is
 * stored is always hashed; plain text never reaches a file. All need writableGroups.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_PASSWORDS_H
#define NEREID_ADMIN_CGI_HANDLERS_API_PASSWORDS_H

#include "admin-cgi/router.h"

/** POST text/plain: the password itself, hashed here. 204; 400 for an empty one, 415, 503 when no
 * hash slot is free. */
route_handler api_password_post;

/**
 * PUT application/json: a password object; plain text in it is hashed here. 204; 400 names the
 * member; 403 when users would open or empty their own.
 */
route_handler api_password_put;

/** DELETE: nobody can log in as that user any more. 204; 404 without such a user. */
route_handler api_password_delete;

#endif
