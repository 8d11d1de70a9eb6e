#include "tests/bench/loadgen/figures.h"

#include <stdio.h>

void figure_int(struct json_object *o, const char *name, int64_t value)
{
    json_object_object_add(o, name, json_object_new_int64(value));
}

void figure_rounded(struct json_object *o, const char *name, double value)
{
    char text[32];

    snprintf(text, sizeof text, "%.3f", value);
    json_object_object_add(o, name, json_object_new_double_s(value, text));
}
