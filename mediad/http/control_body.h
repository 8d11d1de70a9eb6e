/*
 * What a request on the control socket says: an object of JSON, whose members its verb reads.
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_BODY_H
#define NEREID_MEDIAD_HTTP_CONTROL_BODY_H

#include "common/json_fields.h"

struct exchange;

/**
 * The body, to be read by common/json_fields.h.
 * @param root given back by the caller, whatever comes out
 * @param e    may be NULL
 * @return `result` says why there is nothing to read: then each field stays as it is
 */
struct json_fields control_body(struct exchange *x, struct json_object **root, struct error *e);
/** The account that acts, which has to be named. @return f->result */
int control_body_by(struct json_fields *f, const char **by);

/** 400, with what is wrong and where. */
void control_body_refuse(struct exchange *x, const struct error *e);

#endif
