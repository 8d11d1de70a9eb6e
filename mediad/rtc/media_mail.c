#include "mediad/rtc/media_mail.h"

#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/media_state.h"
#include "mediad/rtc/peer_connection.h"
#include "mediad/rtc/record_tap.h"

bool media_mail_deliver(struct media *m, unsigned worker)
{
    struct mail_queue *q = &m->waiting[worker];
    size_t n = 0;

    while (n < q->n && mailbox_post(&m->workers[worker].mailbox, 0, &q->mails[n]))
        n++;
    if (n) {
        memmove(q->mails, q->mails + n, (q->n - n) * sizeof *q->mails);
        q->n -= n;
        mailbox_notify(&m->workers[worker].mailbox);
    }
    return q->n == 0;
}

static int keep_waiting(struct media *m, unsigned worker, const struct mail *mail)
{
    struct mail_queue *q = &m->waiting[worker];

    if (q->n == q->size) {
        size_t size = q->size ? 2 * q->size : 64;
        struct mail *mails = realloc(q->mails, size * sizeof *mails);

        if (!mails)
            return ERR_NO_MEMORY;
        q->mails = mails;
        q->size = size;
    }
    q->mails[q->n++] = *mail;
    /* come back soon: media_dispatch() tries again */
    mailbox_notify(&m->mailbox);
    return 0;
}

int media_mail_post(struct media *m, unsigned worker, const struct mail *mail)
{
    if (!media_mail_deliver(m, worker) || !mailbox_post(&m->workers[worker].mailbox, 0, mail))
        return keep_waiting(m, worker, mail);
    mailbox_notify(&m->workers[worker].mailbox);
    return 0;
}

void media_mail_discard(struct media *m, unsigned worker)
{
    struct mail_queue *q = &m->waiting[worker];

    for (size_t i = 0; i < q->n; i++) {
        if (q->mails[i].kind == MAIL_ADD)
            peer_connection_free(q->mails[i].pointer);
        else if (q->mails[i].kind == MAIL_UPDATE)
            connection_update_free(q->mails[i].pointer);
        else if (q->mails[i].kind == MAIL_RECORD)
            record_tap_free(q->mails[i].pointer);
    }
    free(q->mails);
    *q = (struct mail_queue){0};
}
