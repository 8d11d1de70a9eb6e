/*
 * The addresses that mediad offers to browsers for sound and pictures, in words: can people from
 * elsewhere reach one? Pure.
 */
#ifndef NEREID_ADMIN_CGI_NETWORK_OFFERED_H
#define NEREID_ADMIN_CGI_NETWORK_OFFERED_H

#include <json-c/json.h>

#include "admin-cgi/network/probe_words.h"

/** Of this machine or of a private network (RFC 1918, 4193, 6598 and the like): nobody from the
 * internet comes there. @param address "10.0.0.1:8444", "[fd00::1]:8444"; what is no address is not
 */
bool offered_is_private(const char *address);

/** @param offered mediad's array (docs/CONTROL.md, health); NULL: it does not answer
 *  @param works   it answers, and offers an address that is not private */
struct probe_words offered_words(struct arena *a, struct json_object *offered, bool *works);

#endif
