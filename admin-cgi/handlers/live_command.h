/*
 * What a person has mediad do to a meeting or to somebody in it, and the row of it in the audit
 * log.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_LIVE_COMMAND_H
#define NEREID_ADMIN_CGI_HANDLERS_LIVE_COMMAND_H

#include <json-c/json.h>

#include "admin-cgi/request.h"
#include "common/error.h"

struct actor;
struct app;

/**
 * Those concerned are told who asked for it (docs/CONTROL.md, "POST /v0/groups/action").
 * @param client whom it is done to; @param text of a message or to who is sent away; NULL: none
 * @return as control_post()
 */
int live_command(struct request *req, struct app *app, const char *group, const char *action,
                 const char *client, const char *text, struct error *e) MUST_USE;

/**
 * @param actor  who, and through what
 * @param action as the log has it, "live.kick"
 * @param group  NULL: all of the server
 * @param detail borrowed; NULL: none
 * @param result of the command
 */
void live_command_audit(struct app *app, const struct actor *actor, const char *action,
                        const char *group, struct json_object *detail, int result);

#endif
