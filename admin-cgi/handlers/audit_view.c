#include "admin-cgi/handlers/audit_view.h"

#include <json-c/json.h>
#include <string.h>

#include "admin-cgi/say.h"
#include "common/buf.h"
#include "common/macros.h"

/*
 * {who} {object}, and {NAME} for a member of the row's detail. The first sentence of the action
 * whose values are all there is said; of actions that did not work those that begin with "!" come
 * first, and their translations too.
 */
static const struct {
    const char *action, *sentence;
} sentences[] = {
    {"login", "!Somebody could not sign in as {object}."},
    {"login", "{who} signed in."},
    {"live.kick", "{who} sent {person} out of {object}: {text}."},
    {"live.kick", "{who} sent {person} out of {object}."},
    {"live.kick", "{who} sent everybody out of {object}: {text}."},
    {"live.kick", "{who} sent everybody out of {object}."},
    {"live.close", "{who} closed {object}: {text}."},
    {"live.close", "{who} closed {object}."},
    {"live.lock", "{who} locked {object}: {text}."},
    {"live.lock", "{who} locked {object}."},
    {"live.unlock", "{who} unlocked {object}."},
    {"live.message", "{who} wrote to {person} in {object}: {text}."},
    {"live.message", "{who} wrote to everybody in {object}: {text}."},
    {"live.drain", "{who} let nobody new into any meeting: {text}"},
    {"live.drain", "{who} let nobody new into any meeting."},
    {"live.drain-end", "{who} let everybody in again."},
    {"live.message-all", "{who} wrote to everybody in every meeting: {text}."},
    {"live.clearchat", "{who} emptied the chat of {object}."},
    {"live.op", "{who} made {person} an operator of {object}."},
    {"live.unop", "{who} took the rights of an operator of {object} from {person}."},
    {"live.present", "{who} let {person} present in {object}."},
    {"live.unpresent", "{who} let {person} not present in {object} any more."},
    {"live.address", "{who} looked at the address of {person} in {object}."},
    {"live.mute", "{who} muted {person} in {object}."},
    {"live.shutup", "{who} let {person} not write in {object} any more."},
    {"live.unshutup", "{who} let {person} write in {object} again."},
    {"live.record", "{who} began to record {object}."},
    {"live.unrecord", "{who} ended the recording of {object}."},
    {"group.put", "{who} saved the group {object}."},
    {"group.rename", "{who} gave the group {from} the name {object}."},
    {"group.redirect-over", "The old name {object} of a group leads to the new one no more."},
    {"group.save", "{who} saved the group {object}."},
    {"group.edit", "{who} changed the group {object}."},
    {"group.delete", "{who} deleted the group {object}."},
    {"group.purge", "{who} deleted the group {object} for good."},
    {"group.expire", "{object} was deleted longer ago than deleted groups are kept, and is gone."},
    {"version.expire", "Versions that were older than they are kept are gone: {number}."},
    {"version.forget", "{who} forgot old versions of {object}: {number}."},
    {"group.undelete", "{who} brought the group {object} back."},
    {"group.restore", "{who} restored an earlier version of {object}."},
    {"group.undo", "{who} took back a change of {object}."},
    {"user.put", "{who} saved a user of {object}."},
    {"user.edit", "{who} changed a user of {object}."},
    {"user.delete", "{who} removed a user of {object}."},
    {"password.put", "{who} set a password of {object}."},
    {"password.delete", "{who} removed a password of {object}."},
    {"keys.put", "{who} changed the keys of {object}."},
    {"keys.delete", "{who} removed the keys of {object}."},
    {"file.import", "{object} was edited by hand."},
    {"file.rename", "The file of {object} was renamed by hand."},
    {"file.vanished", "The file of {object} was removed by hand."},
    {"conflict.resolve", "{who} looked at conflict {object}."},
    {"token.create", "{who} made an invitation: {object}"},
    {"token.post", "{who} made an invitation: {object}"},
    {"token.put", "{who} changed an invitation: {object}"},
    {"token.delete", "{who} removed an invitation: {object}"},
    {"recording.delete", "{who} deleted the recording {object}."},
    {"recording.restore", "{who} brought the recording {object} back."},
    {"recording.purge", "{who} deleted the recording {object} for good."},
    {"recording.expire", "{object} was older than recordings are kept, and went to the trash."},
    {"recording.film", "{who} had one film made of {object}."},
    {"recording.film-stop", "{who} stopped the film of {object}."},
    {"recording.note", "{who} changed the note on the recording {object}."},
    {"recording.share", "{who} made a link to the recording {object}."},
    {"recording.share-change", "{who} changed a link to the recording {object}."},
    {"recording.unshare", "{who} ended a link to the recording {object}."},
    {"account.create", "{who} made the account {object}."},
    {"account.delete", "{who} deleted the account {object}."},
    {"account.disable", "{who} disabled the account {object}."},
    {"account.rights", "{who} changed the rights of the account {object}."},
    {"account.name", "{who} changed the display name of the account {object}."},
    {"account.settings", "{who} changed language or time zone of the account {object}."},
    {"account.password", "{who} changed the password of the account {object}."},
    {"account.ask-password", "{who} had the account {object} choose a new password."},
    {"account.sign-in-link", "{who} made a link to sign in for the account {object}."},
    {"account.app-password.add", "{who} made an app password for the account {object}."},
    {"account.app-password.remove", "{who} removed an app password of the account {object}."},
    {"account.totp.on", "{who} turned on the second factor of the account {object}."},
    {"account.totp.off", "{who} turned off the second factor of the account {object}."},
    {"account.totp.require", "{who} made a second factor compulsory for the account {object}."},
    {"account.totp.allow-none", "{who} left a second factor to the account {object}."},
    {"account.recovery-code", "A recovery code of the account {object} was used."},
    {"account.recovery-codes", "{who} made new recovery codes for the account {object}."},
    {"setting.set", "{who} changed the setting {object} from “{before}” to “{after}”."},
    {"setting.set", "{who} set {object} to “{after}”."},
    {"setting.reset", "{who} put the setting {object} back to its default; it was “{before}”."},
    {"session.end-all", "{who} ended all other sessions of the console."},
    {"address.trial", "{who} put the new address {object} of the server on trial."},
    {"address.trial", "{who} put a new address of the server on trial."},
    {"address.confirm", "{who} confirmed the new address {object} of the server."},
    {"address.confirm", "{who} confirmed the new address of the server."},
    {"address.revert", "Nobody confirmed the new address {object}, and the server took it back."},
    {"address.revert", "Nobody confirmed the new address, and the server took it back."},
    {"config.edit", "{who} changed the addresses of the server, in config.json."},
    {"mediad.edit", "{who} changed the settings of meetings, in mediad.json."},
    {"ice.edit", "{who} changed the STUN and TURN servers, in ice-servers.json."},
    {"backup.make", "!The backup {object} could not be made."},
    {"backup.make", "{who} made the backup {object}."},
    {"backup.download", "{who} downloaded the backup {object}."},
    {"backup.restore", "{who} restored a backup."},
    {"backup.import", "!Files of another server could not be taken in."},
    {"backup.import", "{who} took files of another server in."},
    {"backup.upload", "{who} sent the file {object}."},
    {"backup.apply", "{who} put {object} back from a backup."},
};

static const char *who_of(struct arena *a, const struct audit_row *row)
{
    if (row->actor_name[0])
        return row->actor_name;
    return say(a, strcmp(row->actor_kind, "system") == 0 ? "The server" : "Somebody");
}

/** The row's detail, read when a sentence first asks for a member of it. */
struct detail {
    const char *text;
    struct json_object *object; /* NULL: not read yet, or no object */
};

static const char *member_of(struct detail *detail, const char *name)
{
    struct json_object *member = NULL;

    if (!detail->object && detail->text[0])
        detail->object = json_tokener_parse(detail->text);
    detail->text = "";
    if (json_object_is_type(detail->object, json_type_object))
        member = json_object_object_get(detail->object, name);
    return json_object_is_type(member, json_type_string) ? json_object_get_string(member) : NULL;
}

/* NULL: the row has no such value. */
static const char *value_of(struct arena *a, struct span name, const struct audit_row *row,
                            struct detail *detail)
{
    char key[32];

    if (span_eq_str(name, "who"))
        return who_of(a, row);
    if (span_eq_str(name, "object"))
        return row->object[0] ? row->object : NULL;
    return span_copy(name, key, sizeof key) ? member_of(detail, key) : NULL;
}

/* NULL: a value is missing. */
static const char *fill(struct arena *a, const char *sentence, const struct audit_row *row,
                        struct detail *detail)
{
    struct buf out = {0};
    const char *text = NULL, *open, *rest = sentence;

    while ((open = strchr(rest, '{'))) {
        const char *close = strchr(open, '}');
        const char *value = value_of(a, span_of(open + 1, (size_t)(close - open - 1)), row, detail);

        if (!value) {
            buf_release(&out);
            return NULL;
        }
        buf_add(&out, rest, (size_t)(open - rest));
        buf_add_str(&out, value);
        rest = close + 1;
    }
    buf_add_str(&out, rest);
    if (buf_check(&out) == 0)
        text = arena_dup(a, buf_span(&out));
    buf_release(&out);
    return text;
}

const char *audit_view_sentence(struct arena *a, const struct audit_row *row)
{
    struct detail detail = {.text = row->detail};
    bool worked = strcmp(row->result, "ok") == 0;
    const char *text = NULL;

    for (size_t i = 0; i < LENGTH(sentences) && !text; i++) {
        bool of_failure = sentences[i].sentence[0] == '!';

        if (strcmp(sentences[i].action, row->action) == 0 && !(of_failure && worked))
            text = fill(a, say(a, sentences[i].sentence + of_failure), row, &detail);
    }
    json_object_put(detail.object);
    if (!text)
        text = arena_printf(a, "%s: %s %s", who_of(a, row), row->action, row->object);
    return text ? text : "";
}
