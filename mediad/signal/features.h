/*
 * What a client may ask for besides the protocol: messages that nobody else is sent (`features` of
 * `join`, docs/PROTOCOL.md).
 */
#ifndef NEREID_MEDIAD_SIGNAL_FEATURES_H
#define NEREID_MEDIAD_SIGNAL_FEATURES_H

#include <stddef.h>

enum feature {
    FEATURE_LAYERS = 1 << 0,       /* which of its layers anybody receives */
    FEATURE_SPEAKERS = 1 << 1,     /* who speaks */
    FEATURE_STREAM_STATE = 1 << 2, /* how it is sent the videos that it receives */
    FEATURE_RECORDING = 1 << 3,    /* in `joined`: whether the group can be recorded */
    FEATURE_KEYFRAME = 1 << 4,     /* it may ask for keyframes of its own streams */
    FEATURE_RATE = 1 << 5,         /* what the videos of each of its streams may take */
};
#define FEATURES_MAX 6

/** Words to bits; unknown words are ignored. */
unsigned features_of(char *const *words, size_t n);
/** Bits to words, in alphabetical order. @return how many */
size_t features_words(unsigned features, const char *words[FEATURES_MAX]);

#endif
