/*
 * POST /v0/drain (docs/CONTROL.md): the server takes nobody new in, or does so again.
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_DRAIN_H
#define NEREID_MEDIAD_HTTP_CONTROL_DRAIN_H

struct exchange;

void control_drain(struct exchange *x);

#endif
