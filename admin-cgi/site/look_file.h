/*
 * data/look.json: how the server presents itself, for the door of meetings. mediad reads it and
 * tells pages with a group's status, so that they need no further request, and none of admin-cgi.
 * Made of the settings, which are the truth; without any of them there is no file.
 */
#ifndef NEREID_ADMIN_CGI_SITE_LOOK_FILE_H
#define NEREID_ADMIN_CGI_SITE_LOOK_FILE_H

struct app;

/** Make the file say what holds. A failure is logged; the keeper comes again. */
void look_file_update(struct app *app);

#endif
