/*
 * Sentences whose words stand in inline elements: in the catalogues the first element of a sentence
 * is "<1>", what it holds, and "</1>", the second "<2>" … "</2>", whatever they are in HTML. A
 * translation has the same ones, in the order of its language; one that lies in another stays
 * there.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_INLINE_MARKERS_H
#define NEREID_ADMIN_CGI_VIEW_INLINE_MARKERS_H

#include <stdbool.h>
#include <stddef.h>

#define INLINE_MARKERS_MAX 9 /* one figure */

struct inline_marker {
    size_t len;      /* of "<1>" or "</1>"; 0: no marker stands here */
    unsigned number; /* 1 to INLINE_MARKERS_MAX */
    bool is_end;
};

/** The marker that begins at `text`. */
struct inline_marker inline_marker_at(const char *text);

/** Has a translation the markers of its text: each begun and ended once, within the same one? True
 * where neither has any. */
bool inline_markers_agree(const char *text, const char *translation);

#endif
