#include "admin-cgi/view/calendar.h"

#include <string.h>

#include "common/now.h"

enum { LINE_MAX_OCTETS = 75 };

/* Folds between characters (RFC 5545 section 3.1): a continued line begins with a space. */
static void add_line(struct buf *out, struct span line)
{
    size_t room = LINE_MAX_OCTETS;

    while (line.len > room) {
        size_t cut = room;

        while (cut > 1 && ((unsigned char)line.data[cut] & 0xc0) == 0x80)
            cut--;
        buf_add_span(out, span_sub(line, 0, cut));
        buf_add_str(out, "\r\n ");
        line = span_sub(line, cut, line.len);
        room = LINE_MAX_OCTETS - 1;
    }
    buf_add_span(out, line);
    buf_add_str(out, "\r\n");
}

static void add_property(struct buf *out, const char *name, struct span value)
{
    struct buf line = {0};

    buf_printf(&line, "%s:", name);
    buf_add_span(&line, value);
    if (buf_check(&line) < 0)
        out->bad = true;
    else
        add_line(out, buf_span(&line));
    buf_release(&line);
}

/* Section 3.3.11. */
static void add_text(struct buf *out, const char *name, const char *text)
{
    struct buf value = {0};

    for (; *text; text++) {
        if (*text == '\n')
            buf_add_str(&value, "\\n");
        else if (strchr("\\;,", *text))
            buf_printf(&value, "\\%c", *text);
        else if ((unsigned char)*text >= ' ')
            buf_add_char(&value, *text);
    }
    if (buf_check(&value) < 0)
        out->bad = true;
    else
        add_property(out, name, buf_span(&value));
    buf_release(&value);
}

static void add_time(struct buf *out, const char *name, int64_t us)
{
    char text[32];

    if (time_format_utc(text, sizeof text, us, "%Y%m%dT%H%M%SZ"))
        add_property(out, name, span_str(text));
}

int calendar_write(struct buf *out, const struct calendar_event *event)
{
    add_line(out, span_str("BEGIN:VCALENDAR"));
    add_line(out, span_str("VERSION:2.0"));
    add_line(out, span_str("PRODID:-//Nereid//Invitations//EN"));
    add_line(out, span_str("BEGIN:VEVENT"));
    add_text(out, "UID", event->uid);
    add_time(out, "DTSTAMP", event->stamp_us);
    add_time(out, "DTSTART", event->start_us);
    add_time(out, "DTEND", event->end_us);
    add_text(out, "SUMMARY", event->summary);
    add_text(out, "DESCRIPTION", event->description);
    add_property(out, "URL", span_str(event->url));
    add_line(out, span_str("END:VEVENT"));
    add_line(out, span_str("END:VCALENDAR"));
    return buf_check(out);
}
