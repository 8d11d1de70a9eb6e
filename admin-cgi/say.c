#include "admin-cgi/say.h"

#include <stdarg.h>

#include "admin-cgi/sentence.h"
#include "admin-cgi/words.h"

/* Pairs of name and value, up to a NULL. */
static const char *fill(struct arena *a, const char *pattern, va_list ap)
{
    struct sentence_values values = {.n = 0};
    const char *name;

    while ((name = va_arg(ap, const char *))) {
        const char *text = va_arg(ap, const char *);

        sentence_add(&values, span_str(name), span_str(text ? text : ""));
    }
    return sentence_fill(a, pattern, &values, a->language && language_is_rtl(a->language));
}

const char *say(const struct arena *a, const char *text)
{
    return a && a->language && text ? language_text(a->language, text) : text;
}

const char *say_with(struct arena *a, const char *text, ...)
{
    const char *filled;
    va_list ap;

    va_start(ap, text);
    filled = fill(a, say(a, text), ap);
    va_end(ap);
    return filled;
}

const char *say_fill(struct arena *a, const char *said, ...)
{
    const char *filled;
    va_list ap;

    if (!said)
        return NULL;
    va_start(ap, said);
    filled = fill(a, said, ap);
    va_end(ap);
    return filled;
}

const char *say_count(struct arena *a, const char *text, const char *one, uint64_t n)
{
    return language_count(a->language, a, text, one, n);
}

const char *say_reported(struct arena *a, const char *text)
{
    return a && a->language && text ? language_reported(a->language, a, text) : text;
}

const char *say_error(struct arena *a, const struct error *e)
{
    const char *text = say_reported(a, e->code && e->text[0] ? e->text : err_text(e->code));

    return e->place[0] ? arena_printf(a, "%s: %s", e->place, text) : text;
}
