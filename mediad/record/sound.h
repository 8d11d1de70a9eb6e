/*
 * Lays sound down without a hole: players count samples and close what is missing, so that pictures
 * would lag behind the sound after each mute. Each packet goes to where the last one ended; what is
 * missing before it is filled with silence, and whole packets are left out once the sound is a
 * packet ahead of its clock. Pure.
 */
#ifndef NEREID_MEDIAD_RECORD_SOUND_H
#define NEREID_MEDIAD_RECORD_SOUND_H

#include <stdbool.h>
#include <stdint.h>

struct sound {
    int64_t end; /* of what was laid down, in samples of 48 kHz since the file's start */
};

/**
 * @param at      where its clock puts a packet, in the same samples
 * @param samples how long it sounds
 * @param *fill   samples of silence to lay down before it
 * @return false: it is to be left out, as it would overlap
 */
bool sound_place(const struct sound *s, int64_t at, unsigned samples, int64_t *fill);

#endif
