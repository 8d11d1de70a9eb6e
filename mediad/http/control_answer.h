/*
 * Answers on the control socket.
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_ANSWER_H
#define NEREID_MEDIAD_HTTP_CONTROL_ANSWER_H

#include <json-c/json.h>

struct exchange;

/** Takes the JSON; NULL (out of memory) answers 503. */
void control_answer(struct exchange *x, unsigned status, struct json_object *json);
void control_refuse(struct exchange *x, unsigned status, const char *code, const char *text);

#endif
