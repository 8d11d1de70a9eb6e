/*
 * data/ice-servers.json (spec/signalling.md 7): checked entry by entry, credentials made for clients.
 */
#ifndef NEREID_COMMON_ICE_SERVERS_H
#define NEREID_COMMON_ICE_SERVERS_H

#include <json-c/json.h>

#include "common/atomic_file.h"
#include "common/error.h"

struct ice_servers;
/** The file is read at once and whenever its stamp changed at a later use; missing means none. */
int ice_servers_new(struct ice_servers **out, const char *path) MUST_USE;
void ice_servers_free(struct ice_servers *s);
/** New `rtcConfiguration` object, {} when there is nothing to say. hmac-sha1 credentials are valid
 * for 24 h from now. Bad entries are left out; they are logged once per change of the file. */
struct json_object *ice_servers_configuration(struct ice_servers *s, int64_t now_us);
/** Microseconds until clients should be sent new credentials (R25); INT64_MAX when never. */
int64_t ice_servers_renew_after_us(const struct ice_servers *s);

#endif
