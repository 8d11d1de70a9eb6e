/*
 * The names of HTTP status codes.
 */
#ifndef NEREID_COMMON_HTTP_STATUS_H
#define NEREID_COMMON_HTTP_STATUS_H

/** "Not Found" for 404 (RFC 9110 section 15, RFC 6585, RFC 4918); "" for what has no name here. */
const char *http_status_reason(int status);

#endif
