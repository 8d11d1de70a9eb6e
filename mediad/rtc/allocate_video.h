/*
 * A video that a client receives, as allocate.h divides the client's line among them: what it could
 * be sent, what is wanted of it, what it gets.
 */
#ifndef NEREID_MEDIAD_RTC_ALLOCATE_VIDEO_H
#define NEREID_MEDIAD_RTC_ALLOCATE_VIDEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOCATE_LAYERS_MAX 12
#define ALLOCATE_NO_RANK UINT16_MAX
#define ALLOCATE_PAUSED (-1)

/** Why a video is sent as it is; shown in statistics. */
enum allocate_reason {
    ALLOCATE_FULL,      /* all that was asked for */
    ALLOCATE_BANDWIDTH, /* the line carries no more */
    ALLOCATE_UNWANTED,  /* not shown, or not among the last speakers */
    ALLOCATE_SILENT,    /* its publisher sends nothing better */
    ALLOCATE_REASONS
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
    int64_t bps;      /* what it takes, lower layers that it needs included: smoothed over a second
                         or so; of one that is not sent the last known rate; 0: not known */
    uint16_t height;  /* of its pictures; 0: not known */
    uint16_t id;      /* by which it is known again when others come or go, or change places */
    bool is_alive;    /* its publisher sends it now */
    bool can_shrink;  /* its publisher can be told to send it with less */
    bool is_shrunk;   /* and was, since this is all that anybody has room for */
    bool is_pressing; /* of one that can shrink: it takes what its publisher was told, or was told
                         nothing */
    int64_t full_bps; /* of one that can shrink: what it takes when it is not shrunk */
};

/** Kept from call to call. Zeroed: a new video. */
struct allocate_state {
    bool has_state;
    struct allocate_wish wish; /* of the last call */
    uint8_t max_layer;
    uint8_t n_layers;
    uint16_t ids[ALLOCATE_LAYERS_MAX];
    uint8_t fails;      /* upgrades in a row that were soon undone */
    int64_t wish_us;    /* when more was asked for than before; 0: never */
    int64_t raised_us;  /* the last upgrade that was not undone; 0: none */
    int64_t backoff_us; /* no upgrade before this time */
    int64_t tight_us;   /* since when more is held than the line has, of what will shrink; 0: not */
    int8_t reach;       /* the layer that is reached for, and since when; 0: since never */
    int64_t reach_us;
    /* since when each layer would fit, with room to spare; 0: it would not */
    int64_t fits_us[ALLOCATE_LAYERS_MAX];
};

struct allocate_video {
    struct allocate_wish wish;
    uint8_t n_layers;
    struct allocate_layer layers[ALLOCATE_LAYERS_MAX]; /* ascending by what they take */
    uint8_t max_layer;                                 /* what is asked for: no more is given */
    bool is_elastic; /* its publisher can be told to send less: layer 0 can do with min_bps */
    int64_t min_bps; /* of an elastic one */
    int64_t max_bps; /* an elastic one makes no use of more; 0: not known */
    /* result */
    int8_t layer;     /* the goal; ALLOCATE_PAUSED. One that is not alive: its publisher is to start
                         it, room is kept for it */
    int8_t flows;     /* meanwhile the highest living layer that is not above it; -1: none */
    int64_t bps;      /* what it may take; of an elastic one its publisher is told; INT64_MAX */
    uint8_t reason;   /* enum allocate_reason */
    int8_t reach;     /* a layer above the one it gets that would fit if its publisher sent it with
                         less: it is worth to be told so; -1: none */
    int64_t room_bps; /* its share of what of the line others do not use, with its own; INT64_MAX */
    /* of allocate.c */
    struct allocate_state state;
    struct allocate_video *next; /* during a call: in order of importance */
    int8_t pick, goal, ideal;    /* what it gets, the most of use, and that if all were sent */
    int64_t awaited_bps;         /* kept for an upgrade that fits, but has to wait */
    int64_t claimed_bps;         /* kept for a layer that may grow to what it is unless shrunk */
    bool is_new;
};

#endif
