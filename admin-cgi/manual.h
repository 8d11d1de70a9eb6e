/*
 * The manuals of docs/ as the console shows them, below /admin/help/, and which section of
 * docs/CONSOLE.md speaks of which page. The build makes HTML of them (manual.awk), so that help is
 * there without a network. Pure.
 */
#ifndef NEREID_ADMIN_CGI_MANUAL_H
#define NEREID_ADMIN_CGI_MANUAL_H

#define MANUAL_PATH "/admin/help/"
#define MANUAL_CONSOLE "CONSOLE.md" /* the one that MANUAL_PATH alone leads to */

#define MANUAL_LANGUAGE "en" /* of all of them */

struct manual {
    const char *file;  /* as in docs/: "ADMIN.md", so that links among them hold */
    const char *title; /* what its h1 says */
    const char *html;  /* from its h1 on; headings below it have ids, as forges make them */
};

/** All of them, the console's first. @return NULL behind the last */
const struct manual *manual_at(unsigned index);
/** @return NULL: there is no manual of that name */
const struct manual *manual_find(const char *file);

/** The id of the heading in docs/CONSOLE.md that speaks of a page.
 * @param template as page_send() has it @return NULL: a page without help, such as the landing page
 */
const char *manual_section(const char *template);

#endif
