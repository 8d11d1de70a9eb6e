/*
 * Divides what a client's line carries among the videos it receives: each one's lowest layer first,
 * then upgrades in the order of what matters; what does not fit is paused rather than starved.
 * Pure; never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_ALLOCATE_H
#define NEREID_MEDIAD_RTC_ALLOCATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOCATE_LAYERS_MAX 12
#define ALLOCATE_NO_RANK UINT16_MAX

/** Why a video is sent as it is; shown in statistics. */
enum allocate_reason {
    ALLOCATE_FULL,      /* all that was asked for */
    ALLOCATE_BANDWIDTH, /* the line carries no more */
    ALLOCATE_UNWANTED,  /* not shown, or not among the last speakers */
    ALLOCATE_SILENT,    /* its publisher sends nothing better */
};

/** What a receiver wants of one video. Zeroed: shown, nothing else known. */
struct allocate_wish {
    bool is_unwanted; /* is not shown, or not among the last speakers: paused */
    bool is_pinned;
    bool is_screen;
    uint16_t rank;   /* among the speakers, 0 speaks; ALLOCATE_NO_RANK */
    uint16_t height; /* at which it is shown, pixels; 0: not known */
};

/** One way of sending a video. */
struct allocate_layer {
    int64_t bps;     /* what it takes, lower layers that it needs included */
    uint16_t height; /* of its pictures; 0: not known */
    bool is_alive;   /* its publisher sends it now */
};

struct allocate_video {
    struct allocate_wish wish;
    uint8_t n_layers;
    struct allocate_layer layers[ALLOCATE_LAYERS_MAX]; /* ascending by what they take */
    uint8_t max_layer;                                 /* what is asked for: no more is given */
    bool is_elastic; /* its publisher can be told to send less: layer 0 can do with min_bps */
    int64_t min_bps; /* of an elastic one */
    /* state: zeroed at first, kept from call to call */
    bool has_state;
    int64_t changed_us; /* when the layer was changed */
    int64_t upgrade_us; /* since when a higher one would fit; 0: it would not */
    int64_t backoff_us; /* after an upgrade that failed no other one so soon */
    /* result */
    int8_t layer;   /* -1: paused */
    int64_t bps;    /* what it may take; of an elastic one its publisher is told */
    uint8_t reason; /* enum allocate_reason */
};

/**
 * @param budget_bps for all videos together, sound and repeats taken off; INT64_MAX: no limit is
 * known
 * @return what all wishes together would take, if there were room
 */
int64_t allocate(struct allocate_video *const *videos, size_t n, int64_t budget_bps,
                 int64_t now_us);

#endif
