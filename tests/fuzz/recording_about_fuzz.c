/*
 * What stands beside a recording, and what its name says: whatever is read is within its bounds,
 * and what is refused leaves nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/recordings/recording_about.h"
#include "common/opus_duration.h"
#include "common/recording_name.h"
#include "recording/about.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_about(struct arena *a, struct span text)
{
    struct recording_about about;
    int r = recording_about_parse(&about, a, text, NULL);

    if (r < 0 && memcmp(&about, &recording_about_nothing, sizeof about) != 0)
        abort();
    if (about.duration_us < -1 || about.n_tracks > RECORDING_TRACKS_MAX)
        abort();
    for (size_t i = 0; i < about.n_tracks; i++) {
        const struct recording_track *t = &about.tracks[i];

        if (!t->codec || t->width < 0 || t->height < 0)
            abort();
    }
}

/* As nereid-recording reads it. */
static void check_tool(struct span text)
{
    struct about about;

    if (about_parse(&about, text, NULL) < 0)
        return;
    if (about.duration_us < 0 || about.width < 0 || about.height < 0 ||
        !span_is_utf8(span_str(about.username)) || !span_is_utf8(span_str(about.label)))
        abort();
}

static void check_name(struct arena *a, struct span text)
{
    const char *name = arena_dup(a, text);
    char user[64];
    int64_t us = -1;

    if (!name)
        return;
    recording_name_user(name, user, sizeof user);
    if (strlen(user) >= sizeof user || !span_is_utf8(span_str(user)))
        abort();
    if (!recording_name_time(name, &us) && (us != -1 || *user))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};

    check_about(&a, span_of(data, size));
    check_tool(span_of(data, size));
    if (opus_packet_samples(span_of(data, size)) > 5760)
        abort();
    if (size < 256)
        check_name(&a, span_of(data, size));
    arena_release(&a);
    return 0;
}
