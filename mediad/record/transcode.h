/*
 * Sound of G.722, PCMU and PCMA as Opus, by libavcodec: no browser plays the former from WebM or
 * Matroska. The writer's thread only.
 */
#ifndef NEREID_MEDIAD_RECORD_TRANSCODE_H
#define NEREID_MEDIAD_RECORD_TRANSCODE_H

#include "common/error.h"
#include "common/span.h"
#include "mediad/rtc/codec.h"

struct transcode;

/** Is the codec's sound encoded anew? */
bool transcode_is_needed(enum codec codec);
/** @return 0, ERR_NO_MEMORY, ERR_UNSUPPORTED */
int transcode_new(struct transcode **out, enum codec codec, struct error *e) MUST_USE;
void transcode_free(struct transcode *t);
/** Samples that a decoder drops at the start: the encoder's delay, at 48 kHz. */
unsigned transcode_delay(const struct transcode *t);
/** How long a packet sounds: samples of 48 kHz. */
unsigned transcode_samples(enum codec codec, struct span packet);

/** @return 0, ERR_NO_MEMORY, ERR_SYNTAX (it cannot be decoded) */
int transcode_push(struct transcode *t, struct span packet) MUST_USE;
/** So much silence. @return 0, ERR_NO_MEMORY */
int transcode_push_silence(struct transcode *t, unsigned samples) MUST_USE;
/** The next packet of Opus, borrowed until the next call. @return false: there is none yet */
bool transcode_pull(struct transcode *t, struct span *out);

#endif
