/*
 * What the media plane reports of streams: connected, failed, something to know.
 */
#ifndef NEREID_MEDIAD_SIGNAL_STREAM_EVENTS_H
#define NEREID_MEDIAD_SIGNAL_STREAM_EVENTS_H

#include "mediad/rtc/media.h"

/** What media_new() calls back, with the links of stream_links.h as `user`. */
extern const struct media_events signal_media_events;

#endif
