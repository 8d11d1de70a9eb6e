#include "admin-cgi/manual.h"

#include <string.h>

#include "common/macros.h"

static const struct manual manuals[] = {
#include "admin-cgi/manual.inc" /* made of docs/ */
};

static const struct {
    const char *template;
    const char *section;
} sections[] = {
    {"account", "your-account"},
    {"account_delete", "accounts"},
    {"account_edit", "accounts"},
    {"account_new", "accounts"},
    {"accounts", "accounts"},
    {"address_keep", "addresses"},
    {"address_trial", "addresses"},
    {"addresses", "addresses"},
    {"all_recordings", "recordings"},
    {"app_password", "your-account"},
    {"app_passwords", "your-account"},
    {"audit", "the-audit-log"},
    {"backup", "backups"},
    {"backup_restore", "backups"},
    {"confirm", "signing-in"},
    {"csv", "groups-and-users-as-tables"},
    {"dashboard", "the-dashboard"},
    {"error", ""},
    {"group", "the-page-of-a-group"},
    {"group_delete", "deleted-groups"},
    {"group_edit", "the-settings-of-a-group"},
    {"group_missing", "deleted-groups"},
    {"group_new", "a-new-group"},
    {"group_rename", "another-name"},
    {"groups", "groups"},
    {"groups_bulk", "many-groups-at-once"},
    {"groups_deleted", "deleted-groups"},
    {"groups_tree", "groups"},
    {"health", "health"},
    {"health_report", "health"},
    {"history", "history"},
    {"history_forget", "history"},
    {"ice", "stun-and-turn"},
    {"import", "backups"},
    {"invitations", "invitations"},
    {"invitations_end", "invitations"},
    {"job", "backups"},
    {"jobs", "backups"},
    {"kept", "signing-in"},
    {"keys", "keys"},
    {"keys_made", "keys"},
    {"live", "live-meetings"},
    {"live_ask", "live-meetings"},
    {"live_groups", "live-meetings"},
    {"login", "signing-in"},
    {"login_totp", "a-code-at-the-sign-in"},
    {"manual", ""},
    {"mediad_settings", "meetings"},
    {"network", "network-test"},
    {"people", "finding-things"},
    {"people_remove", "finding-things"},
    {"person", "live-meetings"},
    {"poster", "invitations"},
    {"problems", "problems"},
    {"raw", "the-file-as-text"},
    {"recording", "recordings"},
    {"recording_film", "recordings"},
    {"recordings", "recordings"},
    {"recovery_codes", "a-code-at-the-sign-in"},
    {"search", "finding-things"},
    {"set_password", "signing-in"},
    {"settings", "settings"},
    {"settings_history", "changes-of-settings"},
    {"setup", "the-first-administrator"},
    {"share", "recordings"},
    {"sign_in_link", "accounts"},
    {"token", "invitations"},
    {"tokens", "invitations"},
    {"tokens_made", "invitations"},
    {"totp", "a-code-at-the-sign-in"},
    {"trash", "deleted-groups"},
    {"try", "who-may-come-in"},
    {"user_delete", "users"},
    {"user_edit", "users"},
    {"users", "users"},
    {"users_many", "users"},
    {"users_copy", "users"},
    {"version", "history"},
    {"versions", "history"},
};

const struct manual *manual_at(unsigned index)
{
    return index < LENGTH(manuals) ? &manuals[index] : NULL;
}

const struct manual *manual_find(const char *file)
{
    for (unsigned i = 0; i < LENGTH(manuals); i++) {
        if (strcmp(manuals[i].file, file) == 0)
            return &manuals[i];
    }
    return NULL;
}

const char *manual_section(const char *template)
{
    for (unsigned i = 0; i < LENGTH(sections); i++) {
        if (strcmp(sections[i].template, template) == 0)
            return sections[i].section;
    }
    return NULL;
}
