/*
 * How a receiver shows the video of a stream: the `value` of a `requestStream` (docs/PROTOCOL.md).
 * Pure.
 */
#ifndef NEREID_MEDIAD_SIGNAL_SHOWN_H
#define NEREID_MEDIAD_SIGNAL_SHOWN_H

#include <json-c/json.h>

#include "common/error.h"

#define SHOWN_HEIGHT_MAX 16384

/** Zeroed: it is shown, nothing else is known. */
struct shown {
    bool is_pinned;  /* goes before the others */
    bool is_hidden;  /* nobody sees it */
    uint16_t height; /* of the picture, pixels; 0: not known */
};

/** Members that are absent or null stay as they were; so does all for a NULL `value`.
 * @return 0; ERR_INVALID: another shape, nothing changed, e names the member */
int shown_update(struct shown *s, struct json_object *value, struct error *e) MUST_USE;

#endif
