/*
 * Compiling Mustache templates: the specification's required modules (interpolation, sections,
 * inverted sections, comments, set delimiters, partials). `{{x}}` escapes for text and quoted
 * attributes; `{{{x}}}` and `{{&x}}` are refused for names that the caller does not list.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_TEMPLATE_COMPILE_H
#define NEREID_ADMIN_CGI_VIEW_TEMPLATE_COMPILE_H

#include "admin-cgi/view/template.h"

/** Where partials come from. @return 0 with the text appended, or ERR_NOT_FOUND */
typedef int template_load(struct buf *out, const char *name, void *user);

/** What a template may do. */
struct template_rules {
    template_load *load; /* NULL: a partial is an error */
    void *user;          /* for load */
    const char *const
        *raw_names; /* NULL-terminated names that may be written unescaped; NULL: none */
    bool allow_raw; /* any name may: for the specification's own tests */
};

/**
 * Compile a template and all its partials.
 * @param out  owned; template_free()
 * @param name for errors, as in "groups.html"
 * @param e    place "NAME line L"; missing partials, unclosed sections and tags, raw names
 * @return 0, ERR_SYNTAX, ERR_NOT_FOUND (partial), ERR_FORBIDDEN (raw), ERR_NO_MEMORY
 */
int template_compile(struct template **out, const char *name, struct span text,
                     const struct template_rules *rules, struct error *e) MUST_USE;

#endif
