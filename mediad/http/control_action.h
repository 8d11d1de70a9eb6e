/*
 * Verbs of the control socket that do something: moderation of live groups, and word that a group
 * file changed.
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_ACTION_H
#define NEREID_MEDIAD_HTTP_CONTROL_ACTION_H

struct exchange;

void control_action(struct exchange *x);
void control_notice(struct exchange *x);

#endif
