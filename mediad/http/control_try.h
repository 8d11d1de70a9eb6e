/*
 * The trial of a log-in: what would the group's door say? By the checks of joining, and nothing
 * happens (docs/CONTROL.md).
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_TRY_H
#define NEREID_MEDIAD_HTTP_CONTROL_TRY_H

struct exchange;

void control_try(struct exchange *x);

#endif
