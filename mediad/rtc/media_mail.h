/*
 * Mail from the control thread to the workers. A ring that is full makes nobody wait: the mail is
 * kept and delivered in order when there is room. Control thread only.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_MAIL_H
#define NEREID_MEDIAD_RTC_MEDIA_MAIL_H

#include <stdbool.h>

#include "common/error.h"

struct mail;
struct media;

/** Post to a worker, now or as soon as its ring has room. @return 0, ERR_NO_MEMORY */
int media_mail_post(struct media *m, unsigned worker, const struct mail *mail) MUST_USE;
/** Deliver what waits for a worker. @return false: some still waits */
bool media_mail_deliver(struct media *m, unsigned worker);
/** Free what waits for a worker that ends, and what it was to own. */
void media_mail_discard(struct media *m, unsigned worker);

#endif
