/*
 * The characters of user fragments, passwords and foundations: ice-char of RFC 8839 section 5.1 and
 * 5.4, 64 of them, each with the value that it has in base64.
 */
#ifndef NEREID_MEDIAD_RTC_ICE_TEXT_H
#define NEREID_MEDIAD_RTC_ICE_TEXT_H

#include "common/span.h"

/** The character of a value; only its lowest 6 bits count. */
char ice_text_char(unsigned value);

/** @return false: not an ice-char, *value is untouched */
bool ice_text_value(uint8_t character, unsigned *value);

/** `n` characters from as many random bytes, and a zero behind them. */
void ice_text_make(char *out, const uint8_t *random, size_t n);

/** From `min` to `max` ice-chars.
 * @param also further characters that are let pass; "" for none */
bool ice_text_check(struct span text, size_t min, size_t max, const char *also);

#endif
