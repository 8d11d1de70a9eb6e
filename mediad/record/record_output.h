/*
 * The file of a recording while it is written: what goes into its header, sound without a hole, and
 * what is written beside it in the end. Times are those of the file. The writer's thread only.
 */
#ifndef NEREID_MEDIAD_RECORD_RECORD_OUTPUT_H
#define NEREID_MEDIAD_RECORD_RECORD_OUTPUT_H

#include "common/error.h"
#include "mediad/record/frames.h"

struct record_output;

/** Borrowed for the call. */
struct record_output_spec {
    const char *directory, *group; /* recordings/, and whose they are */
    const char *username, *label;  /* "" for none */
    int64_t started_us;            /* since 1970 */
    enum codec video;              /* CODEC_NONE: sound alone */
    uint16_t width, height;
    struct span extradata; /* of the video */
    enum codec sound;      /* as it comes; CODEC_NONE: none */
};

/** Makes the file. @return 0, ERR_NO_SPACE, ERR_IO, ERR_NO_MEMORY, ERR_UNSUPPORTED: nothing is left
 * over */
int record_output_open(struct record_output **out, const struct record_output_spec *spec,
                       struct error *e) MUST_USE;
/** One picture. @return as container_write() */
int record_output_video(struct record_output *o, int64_t ms, const struct whole_frame *frame,
                        struct error *e) MUST_USE;
/** Where the sound ends that was laid down: samples of 48 kHz. */
int64_t record_output_sound_end(const struct record_output *o);
/** One packet, or a piece of the silence that is missing before it.
 * @param at where its clock puts it, in samples  @param is_done the packet is written, or left out
 * @return as container_write() */
int record_output_sound(struct record_output *o, int64_t at, struct span packet, bool *is_done,
                        struct error *e) MUST_USE;
/** 20 ms of silence. @return as container_write() */
int record_output_silence(struct record_output *o, struct error *e) MUST_USE;
/** The picture stands still from one time to another. */
void record_output_note_gap(struct record_output *o, int64_t from_ms, int64_t to_ms);
/** What is complete goes to the disk. @return 0, ERR_IO, ERR_NO_SPACE */
int record_output_sync(struct record_output *o, struct error *e) MUST_USE;
/** Bytes so far. */
int64_t record_output_size(const struct record_output *o);
/** Completes and renames it. Frees it. @param name of the file, "" when it could not be published
 * @param size of `name` @return 0; else the file is there, or its .part is left for repair */
int record_output_finish(struct record_output *o, char *name, size_t size,
                         struct error *e) MUST_USE;
/** Frees it; the .part is left as it is after a crash. NULL is fine. */
void record_output_abandon(struct record_output *o);

#endif
