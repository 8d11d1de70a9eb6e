/*
 * What every HTML page shares: the frame's data (title, navigation, who is signed in, the form
 * token, the message from the page before) and sending it.
 */
#ifndef NEREID_ADMIN_CGI_PAGE_H
#define NEREID_ADMIN_CGI_PAGE_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

/** Seconds after which a page with something to press loads itself again. The focus is at its top
 * then, so whoever goes by keyboard or hears the page needs the time to get to the button (WCAG
 * 2.2.1); those who will not wait have a link. */
#define PAGE_RELOAD_S 20

/**
 * Data for a template's frame.
 * @param title said in the person's language (say.h), as is the text of page_done()
 * @param section word of the navigation entry that is current ("groups"), or NULL
 * @return owned by the request's arena; NULL when out of memory: page_send() then answers 503
 */
struct json_object *page_new(struct request *req, struct response *res, struct app *app,
                             const char *title, const char *section);

/**
 * The same for a page that anybody may see and that nginx may compress: with nothing of a session
 * in it, no token, no name, no message.
 */
struct json_object *page_new_open(struct request *req, const char *title);

/** The arena of the request that a page was made for. @param page of page_new(); NULL: NULL */
struct arena *page_arena(struct json_object *page);

/** The entries of the menu that this person has: an array of {"label", "icon", "path", "current"}.
 * @param section as for page_new() @return owned; NULL when out of memory */
struct json_object *page_navigation(struct request *req, const char *section);

/** Render a template with the data into the response. */
void page_send(struct response *res, struct app *app, int status, const char *template,
               struct json_object *page);

/** Set a string; NULL is left out. Nothing happens when `o` is NULL. */
void page_text(struct json_object *o, const char *name, const char *text);
void page_flag(struct json_object *o, const char *name, bool value);
/** @param name "n_groups" for a count that is read: page_send() writes it as the language does */
void page_number(struct json_object *o, const char *name, int64_t value);

/** A time as people read it, "2026-06-09 08:00 UTC"; in the arena. */
const char *page_time_text(struct arena *a, int64_t time_us);
/** The same of the page, NAME_iso for machines, and, when the page is sent, NAME_ago: "3 minutes
 * ago". Templates say
 * `<time datetime="{{NAME_iso}}" title="{{NAME}}">{{NAME_ago}}</time>`. 0 is left out. */
void page_time(struct json_object *o, const char *name, int64_t time_us);
/** A new array under a name; NULL when `o` is NULL or memory is out. */
struct json_object *page_list(struct json_object *o, const char *name);
/** A new object at the end of an array; NULL when that is NULL or memory is out. */
struct json_object *page_row(struct json_object *list);

/**
 * Leave a message for the next page and go there (303).
 * @param undo path that a button "Undo" posts to, or NULL
 */
void page_done(struct request *req, struct response *res, struct app *app, const char *location,
               const char *text, const char *undo);

/** Where browsers find this server: "https://HOST/PATH", the path of proxyURL with it, without
 * final slash; in the arena. NULL: no memory */
const char *page_base_url(struct request *req, struct app *app);
/** Path of a group's console page: "/admin/groups/NAME" + suffix, escaped; in the arena. */
const char *page_group_path(struct arena *a, const char *group, const char *suffix);
/** Path of a group's recordings: "/recordings/NAME/", escaped; in the arena. */
const char *page_recordings_path(struct arena *a, const char *group);
/** The strings of an array with commas between them; "" for NULL. In the arena. */
const char *page_comma_list(struct arena *a, struct json_object *strings);
/** Percent-encode for one path element; slashes are kept when `keep_slash`. In the arena. */
const char *page_encode(struct arena *a, const char *text, bool keep_slash);

#endif
