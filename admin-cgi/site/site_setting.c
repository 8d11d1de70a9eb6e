#include "admin-cgi/site/site_setting.h"

#include <string.h>

#include "admin-cgi/site/colour.h"
#include "common/server_origin.h"

#define LINK_MAX_BYTES 500

const struct site_setting site_settings[N_SITE_SETTINGS] = {
    [SITE_NAME] =
        {"name", SITE_LINE, "Name of this server",
         "Stands at the head of every page but that of a meeting, and is the title of the "
         "landing page.",
         "Nereid", 60},
    [SITE_WELCOME] = {"welcome", SITE_TEXT, "Welcome text",
                      "Stands above the field on the landing page, and on the sign-in page. An "
                      "empty line begins a paragraph; addresses that begin with https:// become "
                      "links.",
                      "", 2000},
    [SITE_ACCENT] = {"accent", SITE_COLOUR, "Accent colour",
                     "Of buttons and links, as #rrggbb. It must be dark enough to be read on a "
                     "light page; on a dark one a brighter shade of it is used.",
                     "#0b6b6d", 7},
    [SITE_TERMS] = {"terms", SITE_LINK, "Terms of use",
                    "An address that begins with https:// or mailto:, linked at the foot of every "
                    "page but that of a meeting. Empty: no link.",
                    "", LINK_MAX_BYTES},
    [SITE_PRIVACY] = {"privacy", SITE_LINK, "Privacy notice", "As above.", "", LINK_MAX_BYTES},
    [SITE_ACCESSIBILITY] = {"accessibility", SITE_LINK, "Accessibility statement", "As above.", "",
                            LINK_MAX_BYTES},
    [SITE_CONTACT] = {"contact", SITE_LINK, "Contact",
                      "As above: a page, or an address for mail as mailto:help@example.org.", "",
                      LINK_MAX_BYTES},
};

/* Besides letters and digits, what may stand in an address as it is (RFC 3986 section 2). */
static bool is_of_link(struct span link)
{
    static const char marks[] = "-._~:/?#[]@!$&()*+,;=%";

    for (size_t i = 0; i < link.len; i++) {
        uint8_t c = link.data[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
            (c == 0 || !strchr(marks, c)))
            return false;
    }
    return true;
}

bool site_link_check(struct span link)
{
    struct span rest;
    size_t end = 0;

    if (!is_of_link(link))
        return false;
    if (span_starts_with(link, "https://")) {
        rest = span_sub(link, strlen("https://"), link.len);
        while (end < rest.len && !strchr("/?#", rest.data[end]))
            end++;
        return host_check(span_sub(rest, 0, end));
    }
    if (span_starts_with(link, "mailto:")) {
        size_t at = span_index(link, '@', strlen("mailto:") + 1);

        return at + 1 < link.len;
    }
    return false;
}

static bool has_controls(struct span text, bool may_break)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((text.data[i] < 0x20 && !(may_break && text.data[i] == '\n')) || text.data[i] == 0x7f)
            return true;
    }
    return false;
}

static int check_colour(struct span value, struct error *e)
{
    struct colour chosen, nearest;
    struct colour_accent accent;
    char text[COLOUR_SIZE];

    if (!colour_parse(&chosen, value))
        return error_set(e, ERR_INVALID, NULL, "write it as #rrggbb, for example #0b6b6d");
    if (colour_accent(&accent, chosen, &nearest))
        return 0;
    colour_format(text, nearest);
    return error_set(e, ERR_INVALID, NULL,
                     "too bright to be read on a light page; %s is like it, and dark enough", text);
}

int site_setting_check(const struct site_setting *s, struct span value, struct error *e)
{
    if (value.len > s->max_bytes)
        return error_set(e, ERR_TOO_LARGE, NULL, "at most %zu bytes, and these are %zu",
                         s->max_bytes, value.len);
    if (has_controls(value, s->kind == SITE_TEXT))
        return error_set(e, ERR_INVALID, NULL, "there is a control character in it");
    if (value.len == 0)
        return 0;
    if (s->kind == SITE_COLOUR)
        return check_colour(value, e);
    if (s->kind == SITE_LINK && !site_link_check(value))
        return error_set(e, ERR_INVALID, NULL,
                         "it must begin with https:// and name a host, or with mailto: and name "
                         "an address");
    return 0;
}
