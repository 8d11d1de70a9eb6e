/*
 * What a track carries. In a header of its own, since both the facade of the media plane and the
 * codec table beneath it speak of it.
 */
#ifndef NEREID_MEDIAD_RTC_TRACK_KIND_H
#define NEREID_MEDIAD_RTC_TRACK_KIND_H

enum track_kind { TRACK_AUDIO, TRACK_VIDEO };

#endif
