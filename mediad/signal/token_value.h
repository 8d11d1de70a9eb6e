/*
 * What a client says of a token, in the `value` of maketoken, edittoken and deletetoken
 * (docs/PROTOCOL.md).
 */
#ifndef NEREID_MEDIAD_SIGNAL_TOKEN_VALUE_H
#define NEREID_MEDIAD_SIGNAL_TOKEN_VALUE_H

#include <json-c/json.h>

#include "common/error.h"
#include "common/permissions.h"

/** Strings are borrowed from the JSON; NULL when absent. */
struct token_value {
    const char *token;
    const char *group;
    const char *username;
    struct permission_spec permissions;
    bool has_expires, has_not_before;
    bool forgets_not_before; /* an empty string: take the time away (SIG-24) */
    int64_t expires_us, not_before_us;
};

/**
 * Read a value. What is not understood is refused, since dropping it would make another token than
 * was meant (SIG-24).
 * @param out owned, to be released; untouched on failure
 * @param wall_us now, for times that are milliseconds from now
 * @return 0, or ERR_INVALID with the text for the client in e
 */
int token_value_read(struct token_value *out, struct json_object *value, int64_t wall_us,
                     struct error *e) MUST_USE;
void token_value_release(struct token_value *v);

#endif
