/*
 * What the streams of the media plane tell signalling.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_EVENTS_H
#define NEREID_MEDIAD_RTC_MEDIA_EVENTS_H

/** Called by media_dispatch(). `user` is what the stream was made with. A handler may free any
 * stream, also the one it is called for. */
struct media_events {
    void (*up_connected)(void *user);
    /** ICE or DTLS failed, or consent was lost for 30 s. It comes once for each description of the
     * client, which has to renegotiate before anything more happens. `why` is static. */
    void (*up_failed)(void *user, const char *why);
    void (*down_connected)(void *user);
    void (*down_failed)(void *user, const char *why);
    /** Something an operator or the publisher should know, e.g. a stream over its rate. */
    void (*up_notice)(void *user, const char *text);
};

#endif
