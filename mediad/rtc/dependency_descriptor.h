/*
 * The dependency descriptor, an RTP header extension that says of each frame which receivers need
 * it and what it needs, without a look at the payload (RTP payload format for AV1, appendix A; sent
 * for other codecs, too). Reads it against the template structure that came with a keyframe, and
 * writes it for a receiver that gets fewer layers. Pure; never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_DEPENDENCY_DESCRIPTOR_H
#define NEREID_MEDIAD_RTC_DEPENDENCY_DESCRIPTOR_H

#include "common/error.h"
#include "common/span.h"

#define DEPENDENCY_URI                                                                             \
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"

enum {
    DEPENDENCY_SIZE_MAX = 255, /* of a header extension */
    DEPENDENCY_TEMPLATES_MAX = 64,
    DEPENDENCY_TARGETS_MAX = 32, /* decode targets, and so chains */
    DEPENDENCY_SPATIAL_MAX = 4,
    DEPENDENCY_TEMPORAL_MAX = 8,
    DEPENDENCY_REFERENCES = 8, /* that are remembered of a frame */
};

/** What a frame is to the decode targets: a bit for each. Neither of the two: it is required. */
struct dependency_indications {
    uint32_t present;
    uint32_t switches; /* who has it can go on with that target */
    uint32_t discardable;
};

/** What a frame is predicted from. */
struct dependency_references {
    uint8_t n;                             /* 0: nothing; may be more than are remembered */
    uint16_t diffs[DEPENDENCY_REFERENCES]; /* how many frames back */
};

struct dependency_template {
    uint8_t sid, tid;
    struct dependency_references references;
    struct dependency_indications indications;
    uint8_t chain_diffs[DEPENDENCY_TARGETS_MAX];
};

/** The template structure: what frames of a stream can be like. */
struct dependency_structure {
    uint8_t id_offset;
    uint8_t n_templates;
    uint8_t n_targets;
    uint8_t n_chains;
    uint8_t max_sid;
    uint16_t height; /* of the highest spatial layer; 0: not said */
    uint8_t target_sid[DEPENDENCY_TARGETS_MAX];
    uint8_t target_tid[DEPENDENCY_TARGETS_MAX];
    uint8_t target_chain[DEPENDENCY_TARGETS_MAX]; /* only where there are chains */
    struct dependency_template templates[DEPENDENCY_TEMPLATES_MAX];
};

/** What a stream's reader keeps from packet to packet. Zeroed: no structure yet. */
struct dependency_state {
    bool has_structure;
    uint16_t active_since; /* number of the frame that said which targets are active */
    uint32_t active;       /* decode targets that the sender sends */
    struct dependency_structure structure;
};

/** Where a descriptor's parts lie, in bits: for dependency_write(). */
struct dependency_layout {
    uint16_t structure_end; /* also where the mask of active targets is, if it has one */
    uint16_t rest_at;       /* what follows the mask */
};

/** One descriptor. */
struct dependency_descriptor {
    bool is_frame_start, is_frame_end;
    bool has_structure; /* came with the template structure */
    uint16_t frame_number;
    uint8_t sid, tid;
    struct dependency_references references;
    struct dependency_indications indications;
    uint8_t chain_diffs[DEPENDENCY_TARGETS_MAX]; /* to each chain's previous frame; 0: it starts */
    struct dependency_layout layout;
    uint8_t n_targets;
};

/**
 * Read one. A structure that comes with it counts for this and later ones, and so does a mask of
 * active targets; of a frame that comes late they count for that one alone.
 * @return 0; ERR_TRUNCATED; ERR_SYNTAX: more layers than there can be; ERR_NOT_FOUND: a template
 *         that the structure does not have, or no structure yet. *out and *state untouched then
 */
int dependency_parse(struct dependency_descriptor *out, struct dependency_state *state,
                     struct span extension) MUST_USE;

/**
 * Write a descriptor as a receiver gets it: its frame numbers shifted, and with the mask of the
 * decode targets that this receiver is sent.
 * @param out       DEPENDENCY_SIZE_MAX bytes
 * @param extension as it came, and as dependency_parse() found it well-formed
 * @param n_targets 0: the mask as it is, or none
 * @param active    the mask
 * @return its length; 0 when it would be too long
 */
size_t dependency_write(uint8_t *out, struct span extension, const struct dependency_layout *layout,
                        uint16_t frame_shift, uint8_t n_targets, uint32_t active);

#endif
