/*
 * A connection for a browser that finds out whether its datagrams reach this server
 * (docs/CONTROL.md).
 */
#ifndef NEREID_MEDIAD_HTTP_CONTROL_MEDIA_TRIAL_H
#define NEREID_MEDIAD_HTTP_CONTROL_MEDIA_TRIAL_H

struct exchange;

void control_media_trial(struct exchange *x);

#endif
