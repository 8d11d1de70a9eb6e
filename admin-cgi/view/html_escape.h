/*
 * Text that stands in HTML, between elements or in a quoted attribute.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_HTML_ESCAPE_H
#define NEREID_ADMIN_CGI_VIEW_HTML_ESCAPE_H

/** What is written for a letter that means something in HTML; NULL: itself. */
const char *html_entity(char c);

#endif
