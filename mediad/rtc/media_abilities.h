/*
 * What a client can decode, learnt from its own descriptions. An answer says more than an offer,
 * and a client that has said nothing yet is taken to decode everything.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_ABILITIES_H
#define NEREID_MEDIAD_RTC_MEDIA_ABILITIES_H

#include <stdbool.h>
#include <stdint.h>

/** Sets of codec variants, as bits of codec_variant_bit() (codec.h). Zeroed: nothing is known. */
struct media_abilities {
    uint32_t offered;  /* in its last offer with video: what a client encodes it also decodes */
    uint32_t accepted; /* by its answers */
    uint32_t refused;  /* the sections of these, by its answers */
};

/** The variants that the client can decode, as far as is known. */
uint32_t media_abilities_can(const struct media_abilities *a);
/** An offer named these; one without video (0) says nothing. */
void media_abilities_offer(struct media_abilities *a, uint32_t variants);
/** An answer accepted or refused a section of these. */
void media_abilities_answer(struct media_abilities *a, uint32_t variants, bool is_accepted);

#endif
