/*
 * Rows of the live pages: one for each meeting, one for each person in it, as words. The pages and
 * the JSON that refreshes them are made of the same rows.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_LIVE_VIEW_H
#define NEREID_ADMIN_CGI_HANDLERS_LIVE_VIEW_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

/** What meetings are sorted and filtered by, in numbers. */
struct live_sums {
    int64_t people, operators, streams;
    int64_t bps;
    int64_t since_us;
    bool is_locked, is_recorded, is_poor;
};
struct live_sums live_sums_of(struct json_object *group);

struct live_entry;
/** Add a meeting to a list. */
void live_view_group(struct arena *a, struct json_object *list, const struct live_entry *entry);
/** Say of one member who it is, and how well it is heard and seen. @param row or a page
 * @param client of a live group */
void live_view_person(struct arena *a, struct json_object *row, struct json_object *client);
/** Add `pattern`, of which live.js makes new rows: the names of a row's texts, in braces. */
void live_view_group_pattern(struct json_object *page);
void live_view_person_pattern(struct json_object *page);
/** What may be done to this member: words and actions for its page. */
void live_view_choices(struct json_object *page, struct json_object *client);
/** 1: it is heard and seen badly, or hears and sees badly. */
int64_t live_view_need(struct json_object *client);

/** How old a sample may be, in microseconds, for a page or its twin: a second, as many look at the
 * same meetings; 0 where the page says what was done just now, which must be seen. */
int64_t live_view_max_age(struct json_object *page);

/** A member of a live group by its id; NULL: it is not there. Borrowed. */
struct json_object *live_view_find(struct json_object *group, const char *id);
/** What a member is called; "(no name)". Borrowed. */
const char *live_view_name(const struct arena *a, struct json_object *client);

/** Bits per second as people read them, in the arena. */
const char *live_view_rate(struct arena *a, int64_t bps);
/** A time of mediad's answers; 0: it has none. */
int64_t live_view_time(struct json_object *o, const char *name);

/**
 * The JSON that refreshes a live page: its rows and what is flagged on the page, with an ETag, so
 * that who has it already is answered 304.
 * @param json taken over; NULL answers 503
 */
void live_view_send(struct request *req, struct response *res, struct json_object *json);

#endif
