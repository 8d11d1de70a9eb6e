/*
 * Parameters of a query (application/x-www-form-urlencoded, WHATWG URL standard). Pure.
 */
#ifndef NEREID_MEDIAD_HTTP_QUERY_H
#define NEREID_MEDIAD_HTTP_QUERY_H

#include "common/error.h"
#include "common/span.h"

/**
 * The first value of a parameter, decoded.
 * @param query with its '?' or without
 * @param out   `size` bytes; "" when it is absent
 * @return 1: it is there; 0; ERR_SYNTAX: an escape that is none, or a zero byte; ERR_TOO_LARGE
 */
int query_value(struct span query, const char *name, char *out, size_t size) MUST_USE;

#endif
