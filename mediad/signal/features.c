#include "mediad/signal/features.h"

#include <string.h>

#include "common/macros.h"

static const struct {
    const char *word;
    unsigned bit;
} table[FEATURES_MAX] = {
    {"keyframe", FEATURE_KEYFRAME}, {"layers", FEATURE_LAYERS},
    {"rate", FEATURE_RATE},         {"recording", FEATURE_RECORDING},
    {"speakers", FEATURE_SPEAKERS}, {"streamState", FEATURE_STREAM_STATE},
};

unsigned features_of(char *const *words, size_t n)
{
    unsigned features = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < LENGTH(table); k++) {
            if (strcmp(words[i], table[k].word) == 0)
                features |= table[k].bit;
        }
    }
    return features;
}

size_t features_words(unsigned features, const char *words[FEATURES_MAX])
{
    size_t n = 0;

    for (size_t k = 0; k < LENGTH(table); k++) {
        if (features & table[k].bit)
            words[n++] = table[k].word;
    }
    return n;
}
