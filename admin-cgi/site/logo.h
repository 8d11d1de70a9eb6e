/*
 * The server's logo: a small picture that the console takes as base64 and browsers get as it is.
 * SVG is not taken: it may hold scripts. Pure.
 */
#ifndef NEREID_ADMIN_CGI_SITE_LOGO_H
#define NEREID_ADMIN_CGI_SITE_LOGO_H

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

#define LOGO_MAX_BYTES (160 * 1024) /* as base64 it fits into a form */
/** Where it lies among the settings: its name, by which its address changes, and its bytes. */
#define LOGO_NAME_KEY "site.logo"
#define LOGO_BYTES_KEY "logo.base64"
#define LOGO_NAME_SIZE 17

/** The type of a picture by its first bytes: PNG, JPEG or WebP; NULL: it is none of them. */
const char *logo_type(struct span picture);

/** Append the picture that a text means: base64 with padding, in either alphabet (RFC 4648 sections
 * 4 and 5: the second one's digits are sent in a form as they are); white space does not count.
 * @return 0; ERR_INVALID, ERR_TOO_LARGE with why, as the end of a sentence; ERR_NO_MEMORY */
int logo_read(struct buf *out, struct span base64, struct error *e) MUST_USE;

/** A name for exactly this picture. */
void logo_name(char name[LOGO_NAME_SIZE], struct span picture);

#endif
