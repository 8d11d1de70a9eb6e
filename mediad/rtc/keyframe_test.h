/*
 * What a codec's keyframe test says of a packet.
 */
#ifndef NEREID_MEDIAD_RTC_KEYFRAME_TEST_H
#define NEREID_MEDIAD_RTC_KEYFRAME_TEST_H

/** Does a keyframe start here? Who does not know must not ask for one. */
enum keyframe_test { KEYFRAME_UNKNOWN, KEYFRAME_NO, KEYFRAME_YES };

#endif
