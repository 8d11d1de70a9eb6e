/*
 * Samples and usage of those groups that one person may see. For store_metrics.c.
 */
#ifndef NEREID_ADMIN_CGI_STORE_METRICS_SCOPE_H
#define NEREID_ADMIN_CGI_STORE_METRICS_SCOPE_H

#include "admin-cgi/store/store_metrics.h"

/**
 * Put the scopes' figures in the place of the whole server's.
 * @param step_s the step that served the rows, of those that are kept for each group
 * @param rows   q->n of them; `n` stays, all else is cleared
 */
int metrics_scope_list(struct db *db, int64_t step_s, const struct metrics_query *q,
                       struct metrics_row *rows, struct error *e) MUST_USE;

/** As store_usage_list(), with scopes. */
int metrics_scope_usage(struct db *db, struct arena *a, int64_t from_us, const struct scope *scopes,
                        size_t n_scopes, struct usage_row **out, size_t *n_out,
                        struct error *e) MUST_USE;

#endif
