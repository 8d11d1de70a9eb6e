/*
 * The verbs of the control socket; each answers its exchange.
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_INTERNAL_H
#define NEREID_MEDIAD_HTTP_CONTROL_INTERNAL_H

#include <json-c/json.h>

#include "mediad/http/server_internal.h"

/** Takes the JSON; NULL (out of memory) answers 503. */
void control_answer(struct exchange *x, unsigned status, struct json_object *json);
void control_refuse(struct exchange *x, unsigned status, const char *code, const char *text);

/* ---- control_read.c ---- */
void control_groups(struct exchange *x);
void control_public(struct exchange *x);
void control_stats(struct exchange *x);
void control_health(struct exchange *x);
void control_problems(struct exchange *x);

/* ---- control_metrics.c ---- */
void control_metrics(struct exchange *x);
/** New object with signalling's counters under their names in the health document. */
struct json_object *control_counters(const struct signal_env *env);

/* ---- control_action.c ---- */
void control_action(struct exchange *x);
void control_notice(struct exchange *x);

#endif
