/*
 * Members of what a load generator prints.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_FIGURES_H
#define NEREID_TESTS_BENCH_LOADGEN_FIGURES_H

#include <json-c/json.h>

void figure_int(struct json_object *o, const char *name, int64_t value);
/** With three places. */
void figure_rounded(struct json_object *o, const char *name, double value);

#endif
