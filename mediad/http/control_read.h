/*
 * Verbs of the control socket that look; each answers its exchange.
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_READ_H
#define NEREID_MEDIAD_HTTP_CONTROL_READ_H

struct exchange;

/** Live groups with their members. */
void control_groups(struct exchange *x);
/** Groups that everybody may know of. */
void control_public(struct exchange *x);
/** The .stats document. */
void control_stats(struct exchange *x);
void control_health(struct exchange *x);
/** Live groups and health in one answer. */
void control_live(struct exchange *x);
/** What is wrong with the files that mediad reads. */
void control_problems(struct exchange *x);

#endif
