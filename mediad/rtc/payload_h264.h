/*
 * H.264 in RTP (RFC 6184): keyframe test. A keyframe is where a sequence parameter set starts.
 */
#ifndef NEREID_MEDIAD_RTC_PAYLOAD_H264_H
#define NEREID_MEDIAD_RTC_PAYLOAD_H264_H

#include "common/span.h"
#include "mediad/rtc/keyframe_test.h"

/** SPS (type 7) as single NAL unit, inside STAP-A/B or MTAP16/24, or at the start of an FU-A/B.
 * Unknown for empty payloads and reserved types. */
enum keyframe_test h264_keyframe(struct span payload);

#endif
