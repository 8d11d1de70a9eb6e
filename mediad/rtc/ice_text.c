#include "mediad/rtc/ice_text.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

_Static_assert(sizeof alphabet == 64 + 1, "6 bits a character");

char ice_text_char(unsigned value)
{
    return alphabet[value & 63];
}

bool ice_text_value(uint8_t character, unsigned *value)
{
    const char *at = character ? strchr(alphabet, character) : NULL;

    if (!at)
        return false;
    *value = (unsigned)(at - alphabet);
    return true;
}

void ice_text_make(char *out, const uint8_t *random, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = ice_text_char(random[i]);
    out[n] = '\0';
}

bool ice_text_check(struct span text, size_t min, size_t max, const char *also)
{
    if (text.len < min || text.len > max)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t character = text.data[i];
        unsigned value;

        if (!ice_text_value(character, &value) && !(character && strchr(also, character)))
            return false;
    }
    return true;
}
