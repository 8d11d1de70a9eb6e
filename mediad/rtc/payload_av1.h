/*
 * AV1 in RTP (AOM "RTP Payload Format for AV1"): keyframe test on the aggregation header and OBUs.
 */
#ifndef NEREID_MEDIAD_RTC_PAYLOAD_AV1_H
#define NEREID_MEDIAD_RTC_PAYLOAD_AV1_H

#include "common/span.h"
#include "mediad/rtc/keyframe_test.h"

/** Z=0, N=1, first OBU a sequence header, then a frame or frame header OBU with show_existing_frame
 * 0 and type KEY_FRAME. A packet that ends before the frame header but has N=1 and a sequence
 * header counts as yes: the frame header is in the next one. */
enum keyframe_test av1_keyframe(struct span payload);

#endif
