/*
 * The size of pictures in an AV1 sequence header (AV1 specification, section 5.5).
 */
#ifndef NEREID_MEDIAD_RECORD_AV1_SEQUENCE_H
#define NEREID_MEDIAD_RECORD_AV1_SEQUENCE_H

#include "common/error.h"
#include "common/span.h"

struct av1_sequence {
    uint16_t width, height; /* the largest of its frames */
};

/** @param body of the OBU, without its header @return 0, ERR_TRUNCATED, ERR_SYNTAX */
int av1_sequence_parse(struct av1_sequence *out, struct span body) MUST_USE;

#endif
