/*
 * data/ice-servers.json: checked entry by entry, credentials made for
 * clients.
 */
#ifndef NEREID_COMMON_ICE_SERVERS_H
#define NEREID_COMMON_ICE_SERVERS_H

#include <json-c/json.h>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/span.h"

#define ICE_FILE_MAX (256 * 1024)
#define ICE_CREDENTIAL_S 86400 /* how long hmac-sha1 credentials are valid */

/** What is wrong with an element of the file's array, as a sentence for a person (static), or NULL
 * when it is fine: for the file and for forms. */
const char *ice_server_check(struct json_object *entry);

struct ice_servers; /* one thread's */
/** The file is read at once and whenever its stamp changed at a later use; missing means none.
 * While it does not parse, the servers of its last good content stay. */
int ice_servers_new(struct ice_servers **out, const char *path) MUST_USE;
void ice_servers_free(struct ice_servers *s);
/** New `rtcConfiguration` object, {} when there is nothing to say. hmac-sha1 credentials are valid
 * for 24 h from now. Bad entries are left out; they are logged once per change of the file. */
struct json_object *ice_servers_configuration(struct ice_servers *s, int64_t now_us);
/** Microseconds after which clients should be sent new credentials (SIG-15); INT64_MAX when never.
 */
int64_t ice_servers_renew_after_us(const struct ice_servers *s);
/**
 * Take a text as the file's content. One that does not parse changes nothing.
 * @param problem called for each entry left out with its index from 0; may be NULL
 * @param unclean  what json_scan_parse_file() let pass; code 0: nothing
 * @return 0, or the parse error with its place
 */
int ice_servers_take(struct ice_servers *s, struct span text,
                     void (*problem)(void *arg, size_t index, const char *what), void *arg,
                     struct error *unclean, struct error *e) MUST_USE;

#endif
