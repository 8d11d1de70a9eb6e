/*
 * One film of a meeting, which mediad has made (docs/RECORDING.md, "One film"): asking for it, and
 * how far it is.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_RECORDING_FILM_H
#define NEREID_ADMIN_CGI_HANDLERS_RECORDING_FILM_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

/** mediad's films of a group (NULL: of all), owned; NULL when it does not answer: then none can be
 * made. */
struct json_object *recording_films(struct request *req, struct app *app, const char *group);
/** The last one that was asked for by the recording that begins at `start`; NULL: none. Borrowed.
 */
struct json_object *recording_film_find(struct json_object *films, const char *start);
/** Is it still to come? NULL is no. */
bool recording_film_is_coming(struct json_object *film);

/** A row for one of mediad's films: title (its group), start, path, folder, asked, percent_text,
 * result (where it says more than its state), is_coming, and the flag of its state. */
void recording_film_add(struct request *req, struct json_object *row, struct json_object *film);

/** Ask for one, and note who did. @return 0 (also when it is being made already), ERR_INVALID,
 * ERR_UNAVAILABLE */
int recording_film_ask(struct request *req, struct app *app, const char *group, const char *start,
                       struct error *e) MUST_USE;
/** Stop one, and note who did. @return 0; ERR_INVALID; ERR_NOT_FOUND: it neither waits nor is made;
 * ERR_UNAVAILABLE */
int recording_film_stop(struct request *req, struct app *app, const char *group, const char *start,
                        struct error *e) MUST_USE;
/** Its page, in the arena. */
const char *recording_film_path(struct arena *a, const char *group, const char *start);
/** The page that shows how far it is, loads itself again, and leads to the recordings in the end.
 * @param start as it came in the query */
void recording_film_page(struct request *req, struct response *res, struct app *app,
                         const char *group, const char *start);

#endif
