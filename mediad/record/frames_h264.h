/*
 * What H.264 has besides its packets.
 */
#ifndef NEREID_MEDIAD_RECORD_FRAMES_H264_H
#define NEREID_MEDIAD_RECORD_FRAMES_H264_H

#include "mediad/record/frames.h"

/** Parameter sets that the SDP names (RFC 6184 section 8.1), for streams that have none. */
void frames_h264_sets(struct frames *f, struct span fmtp);

#endif
