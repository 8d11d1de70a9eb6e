/*
 * A page's template in another language: what stands in its HTML is looked up as it stands, text by
 * text, before the template is compiled, as static/js/page.js does it with the HTML of static
 * pages.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_TEMPLATE_WORDS_H
#define NEREID_ADMIN_CGI_VIEW_TEMPLATE_WORDS_H

#include "admin-cgi/words.h"
#include "common/buf.h"

/**
 * Append a template, its texts translated. A text ends where a section or an element begins or
 * ends, but for elements within a sentence (links, code, times …), where words stand outside of
 * them, too: the catalogue has markers for them (inline_markers.h). White space around it stays,
 * and within it counts as one space. `{{name}}` in it is
 * `{name}` in the catalogue. Attributes that are read or heard (aria-label, placeholder, title,
 * alt, data-label, and what scripts show) are texts too. An
 * element's data-context says which of its meanings the text in it has. What the catalogue does not
 * hold stays English.
 */
void template_translate(struct buf *out, struct span html, const struct language *language);

#endif
