/*
 * The verb of the control socket for mediad's own numbers, in Prometheus' text format: one row for
 * each counter of signalling, which health shows under its JSON name.
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_METRICS_H
#define NEREID_MEDIAD_HTTP_CONTROL_METRICS_H

#include <json-c/json.h>

struct exchange;
struct signal_env;

void control_metrics(struct exchange *x);
/** New object with signalling's counters under their names in the health document. */
struct json_object *control_counters(const struct signal_env *env);

#endif
