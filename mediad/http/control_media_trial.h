/*
 * A connection for a browser that finds out whether its media reaches this server, and what came
 * in it (docs/CONTROL.md).
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_MEDIA_TRIAL_H
#define NEREID_MEDIAD_HTTP_CONTROL_MEDIA_TRIAL_H

struct exchange;

void control_media_trial(struct exchange *x);
void control_media_trial_end(struct exchange *x);

#endif
