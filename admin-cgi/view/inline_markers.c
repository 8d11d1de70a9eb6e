#include "admin-cgi/view/inline_markers.h"

#include <string.h>

/** Which markers a text has. */
struct inline_markers {
    unsigned parents[INLINE_MARKERS_MAX + 1]; /* by number: the one it lies in, 0: none */
    bool has[INLINE_MARKERS_MAX + 1];
};

struct inline_marker inline_marker_at(const char *text)
{
    struct inline_marker m = {0};
    const char *figure = text + 1;

    if (text[0] != '<')
        return m;
    m.is_end = *figure == '/';
    figure += m.is_end;
    if (*figure < '1' || *figure > '0' + INLINE_MARKERS_MAX || figure[1] != '>')
        return m;
    m.number = (unsigned)(*figure - '0');
    m.len = (size_t)(figure + 2 - text);
    return m;
}

/* @return false: one is begun twice, or not ended where it can be */
static bool read_markers(const char *text, struct inline_markers *out)
{
    unsigned open[INLINE_MARKERS_MAX + 1] = {0}; /* open[depth] is the innermost */
    unsigned depth = 0;

    memset(out, 0, sizeof *out);
    for (; (text = strchr(text, '<')); text++) {
        struct inline_marker m = inline_marker_at(text);

        if (m.len == 0)
            continue;
        if (m.is_end) {
            if (depth == 0 || open[depth] != m.number)
                return false;
            depth--;
            continue;
        }
        if (out->has[m.number])
            return false;
        out->has[m.number] = true;
        out->parents[m.number] = open[depth];
        open[++depth] = m.number;
    }
    return depth == 0;
}

bool inline_markers_agree(const char *text, const char *translation)
{
    struct inline_markers a, b;

    return read_markers(text, &a) && read_markers(translation, &b) &&
           memcmp(a.has, b.has, sizeof a.has) == 0 &&
           memcmp(a.parents, b.parents, sizeof a.parents) == 0;
}
