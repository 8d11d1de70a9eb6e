/* sdp_fragment_parse: what it accepts lies in the text, and what we write of it is read again. */
#include <string.h>

#include "check.h"
#include "mediad/rtc/sdp.h"
#include "mediad/rtc/sdp_fragment.h"

static void check_inside(struct span part, const uint8_t *data, size_t size)
{
    check(part.len == 0 || (part.data >= data && part.data + part.len <= data + size));
}

static void check_written(const struct sdp_fragment *f)
{
    static const struct sdp_fragment_section section = {"audio", "0", 111};
    char ufrag[SDP_LINE_MAX + 1], pwd[SDP_LINE_MAX + 1];
    struct local_transport local = {.ufrag = ufrag, .pwd = pwd, .has_end_of_candidates = true};
    struct sdp_fragment again;
    struct buf b = {0};

    if (!span_copy(f->ufrag, ufrag, sizeof ufrag) || !span_copy(f->pwd, pwd, sizeof pwd))
        return;
    check(sdp_fragment_write(&b, &section, 1, &local) == 0);
    check(sdp_fragment_parse(&again, buf_span(&b), NULL) == 0);
    check(span_eq(f->ufrag, again.ufrag) && span_eq(f->pwd, again.pwd));
    check(again.has_end_of_candidates && again.n_candidates == 0);
    buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sdp_fragment f;
    struct error e = {0};
    int r = sdp_fragment_parse(&f, span_of(data, size), &e);

    if (r < 0) {
        check((r == ERR_SYNTAX || r == ERR_TOO_LARGE) && e.text[0]);
        return 0;
    }
    check_inside(f.ufrag, data, size);
    check_inside(f.pwd, data, size);
    check(f.n_candidates <= SDP_FRAGMENT_CANDIDATES_MAX);
    check(f.n_candidates > 0 || f.has_end_of_candidates || f.ufrag.len > 0 || f.pwd.len > 0);
    if (f.ufrag.len > 0 && f.pwd.len > 0)
        check_written(&f);
    return 0;
}
