/*
 * The text of data/ice-servers.json as a list that a form changes one element of; the others stay
 * byte for byte. What a good element is: common/ice_servers.h. Pure.
 */
#ifndef NEREID_ADMIN_CGI_SITE_ICE_TEXT_H
#define NEREID_ADMIN_CGI_SITE_ICE_TEXT_H

#include "admin-cgi/arena.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

#define ICE_TEXT_MAX_SERVERS 20

/** How clients log in to a server; "credentialType" in the file. */
enum ice_login {
    ICE_NO_LOGIN,
    ICE_PASSWORD, /* the same for everybody */
    ICE_HMAC,     /* made for a day from a secret that stays here ("hmac-sha1") */
    ICE_OTHER     /* something that the form does not make: left as it is */
};

/** An element. Strings in the arena; the credential is never read out. */
struct ice_row {
    const char *urls; /* one a line */
    const char *username;
    enum ice_login login;
    bool has_credential;
    const char *problem; /* why clients are not told of it; NULL: they are */
};

/** @return 0, ERR_SYNTAX, ERR_INVALID (no array), ERR_NO_MEMORY */
int ice_text_read(struct ice_row **out, size_t *n, struct arena *a, struct span text,
                  struct error *e) MUST_USE;

/** What a form says of an element. */
struct ice_entry {
    const char *urls; /* one a line */
    enum ice_login login;
    const char *username;
    const char *credential; /* "": what the element has stays */
};

/**
 * Append the text with element `index` changed, or with a new last one when there is none of that
 * index. Members that a form does not know stay.
 * @return 0; ERR_INVALID when the element would not be good, with the member as the place of `e`
 */
int ice_text_put(struct buf *out, struct span text, size_t index, const struct ice_entry *entry,
                 struct error *e) MUST_USE;
/** Append the text without that element. ERR_NOT_FOUND when it is not there. */
int ice_text_remove(struct buf *out, struct span text, size_t index, struct error *e) MUST_USE;
/** Append the text with that element before the one before it. ERR_NOT_FOUND when there is none. */
int ice_text_raise(struct buf *out, struct span text, size_t index, struct error *e) MUST_USE;

#endif
