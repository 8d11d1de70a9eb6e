/*
 * Which tracks of a stream somebody gets, by what was asked for (docs/PROTOCOL.md, evaluation).
 * Pure.
 */
#ifndef NEREID_MEDIAD_SIGNAL_SELECTION_H
#define NEREID_MEDIAD_SIGNAL_SELECTION_H

#include <json-c/json.h>

#include "mediad/rtc/down_stream.h"
#include "mediad/rtc/up_stream.h"

enum wish {
    WISH_AUDIO = 1 << 0,
    WISH_VIDEO = 1 << 1,
    WISH_VIDEO_LOW = 1 << 2,
};

/** One entry of a `request`: the label's wishes. */
struct label_wish {
    char *label;
    unsigned wishes;
};

/** A client's request. Zeroed asks for nothing. */
struct request_table {
    struct label_wish *entries;
    size_t n;
};

#define REQUEST_LABELS_MAX 256

/** An array of words; unknown ones are ignored.
 * @param label whose entry it is, for the error's place; NULL: the request itself
 * @return 0, or ERR_INVALID for another shape */
int wishes_parse(unsigned *out, struct json_object *array, const char *label,
                 struct error *e) MUST_USE;
/** Replace a table by a `request` value; NULL asks for nothing.
 * @return 0, ERR_INVALID (shape), ERR_TOO_LARGE, ERR_NO_MEMORY; the table is then as before */
int request_table_set(struct request_table *t, struct json_object *value, struct error *e) MUST_USE;
/** Replace it by one label's wishes. @return 0, ERR_NO_MEMORY; the table is then as before */
int request_table_set_one(struct request_table *t, const char *label, unsigned wishes) MUST_USE;
void request_table_release(struct request_table *t);
/** What the table says about a label: its entry, else the entry "", else nothing. */
unsigned request_table_wishes(const struct request_table *t, const char *label);

#define SELECTION_MAX 2

/** @param out room for SELECTION_MAX. @return number of tracks selected */
size_t selection_make(struct track_selection *out, const struct track_info *tracks, size_t n,
                      unsigned wishes);
bool selection_eq(const struct track_selection *a, size_t n_a, const struct track_selection *b,
                  size_t n_b);

#endif
