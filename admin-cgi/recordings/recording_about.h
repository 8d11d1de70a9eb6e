/*
 * What stands beside a recording in .about/NAME.json (docs/RECORDING.md): when it began, how long
 * it is, who is in it and what it is made of. Every member may be absent, and so may the file: the
 * original's recordings have none. Pure.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_ABOUT_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_ABOUT_H

#include "admin-cgi/arena.h"

#define RECORDING_TRACKS_MAX 16
#define RECORDING_GAPS_MAX 10000
#define RECORDING_ABOUT_MAX (64 * 1024) /* bytes of the file */

struct recording_track {
    bool is_video;
    const char *codec;     /* "vp8", "opus"; "" when not said */
    int64_t width, height; /* pixels; 0: not said, or sound */
};

struct recording_about {
    int64_t started_us;   /* 0: not said */
    int64_t duration_us;  /* -1: not said */
    int64_t gap_us;       /* for so long in all the picture stood still */
    const char *username; /* NULL: not said; in the arena */
    const char *label;    /* NULL: not said; in the arena */
    struct recording_track tracks[RECORDING_TRACKS_MAX];
    size_t n_tracks;
    bool is_repaired; /* a crash left it unfinished */
    bool is_film;     /* made of the recordings of a whole meeting */
};

/** What is known of a recording of which nothing is said. */
extern const struct recording_about recording_about_nothing;

/**
 * Read the text of such a file. Members that we do not know are left out; a known one of another
 * type or beyond its bounds makes the whole text ERR_INVALID (SEC-29).
 * @param out recording_about_nothing on failure
 * @return 0, ERR_SYNTAX, ERR_INVALID, ERR_TOO_LARGE, ERR_NO_MEMORY
 */
int recording_about_parse(struct recording_about *out, struct arena *a, struct span text,
                          struct error *e) MUST_USE;

#endif
