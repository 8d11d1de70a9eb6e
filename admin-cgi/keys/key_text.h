/*
 * Keys that a person pastes: a JSON Web Key, an array of them, a key set (RFC 7517), or public keys
 * in PEM (RFC 7468 section 13). Pure.
 */
#ifndef NEREID_ADMIN_CGI_KEYS_KEY_TEXT_H
#define NEREID_ADMIN_CGI_KEYS_KEY_TEXT_H

#include <json-c/json.h>

#include "common/error.h"
#include "common/span.h"

/**
 * Read and check all keys of a text, as jwt_keys_parse_strict() does; private ones are refused.
 * @param out an array, owned; members that nobody knows stay
 * @param e   names the member, and which key where there are several: "alg", "key 2: alg"; for JSON
 *            that does not parse line and column
 * @return 0, ERR_INVALID, ERR_SYNTAX, ERR_UNSUPPORTED, ERR_TOO_LARGE, ERR_NO_MEMORY
 */
int key_text_read(struct json_object **out, struct span text, struct error *e) MUST_USE;

/** Whether there may be a secret in a text, read or not: such a one is not shown again. */
bool key_text_is_secret(struct span text);

#endif
