/* Routes of pages for people: the landing page and the console. The table is declared in routes.h.
 */
#include "admin-cgi/form.h"
#include "admin-cgi/handlers/group_overview.h"
#include "admin-cgi/handlers/page_account.h"
#include "admin-cgi/handlers/page_account_edit.h"
#include "admin-cgi/handlers/page_accounts.h"
#include "admin-cgi/handlers/page_app_passwords.h"
#include "admin-cgi/handlers/page_audit.h"
#include "admin-cgi/handlers/group_csv.h"
#include "admin-cgi/handlers/page_csv.h"
#include "admin-cgi/handlers/page_backup.h"
#include "admin-cgi/handlers/page_backup_restore.h"
#include "admin-cgi/handlers/page_dashboard.h"
#include "admin-cgi/handlers/page_address_trial.h"
#include "admin-cgi/handlers/page_addresses.h"
#include "admin-cgi/handlers/page_drain.h"
#include "admin-cgi/handlers/page_group.h"
#include "admin-cgi/handlers/page_group_delete.h"
#include "admin-cgi/handlers/page_group_edit.h"
#include "admin-cgi/handlers/page_group_members.h"
#include "admin-cgi/handlers/page_group_new.h"
#include "admin-cgi/handlers/page_group_rename.h"
#include "admin-cgi/handlers/page_groups.h"
#include "admin-cgi/handlers/page_groups_bulk.h"
#include "admin-cgi/handlers/page_groups_deleted.h"
#include "admin-cgi/handlers/page_groups_tree.h"
#include "admin-cgi/handlers/page_health.h"
#include "admin-cgi/handlers/page_history.h"
#include "admin-cgi/handlers/page_history_forget.h"
#include "admin-cgi/handlers/page_ice.h"
#include "admin-cgi/handlers/page_import.h"
#include "admin-cgi/handlers/page_invitations.h"
#include "admin-cgi/handlers/page_invitations_end.h"
#include "admin-cgi/handlers/page_job.h"
#include "admin-cgi/handlers/page_jobs.h"
#include "admin-cgi/handlers/page_keys.h"
#include "admin-cgi/handlers/page_keys_change.h"
#include "admin-cgi/handlers/page_landing.h"
#include "admin-cgi/handlers/page_live.h"
#include "admin-cgi/handlers/page_live_actions.h"
#include "admin-cgi/handlers/page_live_groups.h"
#include "admin-cgi/handlers/page_live_message.h"
#include "admin-cgi/handlers/page_login.h"
#include "admin-cgi/handlers/page_logo.h"
#include "admin-cgi/handlers/page_manual.h"
#include "admin-cgi/handlers/page_mediad_settings.h"
#include "admin-cgi/handlers/page_network.h"
#include "admin-cgi/handlers/page_people.h"
#include "admin-cgi/handlers/page_people_remove.h"
#include "admin-cgi/handlers/page_person.h"
#include "admin-cgi/handlers/page_problems.h"
#include "admin-cgi/handlers/page_raw.h"
#include "admin-cgi/handlers/page_recording.h"
#include "admin-cgi/handlers/page_recordings.h"
#include "admin-cgi/handlers/page_second_step.h"
#include "admin-cgi/handlers/page_search.h"
#include "admin-cgi/handlers/page_settings.h"
#include "admin-cgi/handlers/page_settings_history.h"
#include "admin-cgi/handlers/page_setup.h"
#include "admin-cgi/handlers/page_share.h"
#include "admin-cgi/handlers/page_shared.h"
#include "admin-cgi/handlers/page_token.h"
#include "admin-cgi/handlers/page_tokens.h"
#include "admin-cgi/handlers/page_sign_in_link.h"
#include "admin-cgi/handlers/page_totp.h"
#include "admin-cgi/handlers/page_upload.h"
#include "admin-cgi/handlers/page_usage.h"
#include "admin-cgi/handlers/page_trash.h"
#include "admin-cgi/handlers/page_try.h"
#include "admin-cgi/handlers/page_user_edit.h"
#include "admin-cgi/handlers/page_users.h"
#include "admin-cgi/handlers/page_users_copy.h"
#include "admin-cgi/handlers/page_users_many.h"
#include "admin-cgi/handlers/page_versions.h"
#include "admin-cgi/routes.h"
#include "common/macros.h"

#define PUBLIC(method, path, handler, name)                                                        \
    {                                                                                              \
        method, path, ACCESS_PUBLIC, RESPONSE_LANDING, handler, 0, 0, name                         \
    }
#define PAGE(method, path, access, handler, name)                                                  \
    {                                                                                              \
        method, path, access, RESPONSE_PAGE, handler, FORM_BODY_MAX, 0, name                       \
    }

/* What needs a proof of the password within ten minutes. */
#define PROVEN(method, path, access, handler, name)                                                \
    {                                                                                              \
        method, path, access, RESPONSE_PAGE, handler, FORM_BODY_MAX, ROUTE_PROVEN, name            \
    }

/* What is for a person who finds the disk full: signing in, and all that deletes. */
#define FREEING(method, path, access, handler, name)                                               \
    {                                                                                              \
        method, path, access, RESPONSE_PAGE, handler, FORM_BODY_MAX, ROUTE_FREEING, name           \
    }
#define GROUP "/admin/groups/{group+}"

/* Takes a table of thousands of rows. */
#define TABLE(path, handler, name)                                                                 \
    {                                                                                              \
        METHOD_POST, path, ACCESS_EDIT, RESPONSE_PAGE, handler, CSV_BODY_MAX, 0, name              \
    }

static const struct route rows[] = {
    PUBLIC(METHOD_GET, "/", page_landing, "landing"),
    PUBLIC(METHOD_GET, "/join", page_join, "join"),
    PUBLIC(METHOD_GET, "/site/logo", site_logo, "site-logo"),
    PUBLIC(METHOD_GET, "/site/style.css", site_style_sheet, "site-style"),
    {METHOD_GET, "/shared/{token}", ACCESS_PRESESSION, RESPONSE_LANDING, page_shared, 0, 0,
     "shared"},
    {METHOD_POST, "/shared/{token}", ACCESS_PRESESSION, RESPONSE_LANDING, page_shared_post,
     FORM_BODY_MAX, 0, "shared-post"},
    {METHOD_GET, "/shared/{token}/recording", ACCESS_PUBLIC, RESPONSE_DOWNLOAD, page_shared_file, 0,
     0, "shared-recording"},
    {METHOD_GET, "/shared/{token}/poster", ACCESS_PUBLIC, RESPONSE_DOWNLOAD, page_shared_poster, 0,
     0, "shared-poster"},
    PAGE(METHOD_GET, "/admin/setup", ACCESS_PRESESSION, page_setup, "setup"),
    PAGE(METHOD_POST, "/admin/setup", ACCESS_PRESESSION, page_setup_post, "setup-post"),
    PAGE(METHOD_GET, "/admin/login", ACCESS_PRESESSION, page_login, "login"),
    FREEING(METHOD_POST, "/admin/login", ACCESS_PRESESSION, page_login_post, "login-post"),
    PAGE(METHOD_GET, "/admin/login/totp", ACCESS_PRESESSION, page_second_step, "login-totp"),
    FREEING(METHOD_POST, "/admin/login/totp", ACCESS_PRESESSION, page_second_step_post,
            "login-totp-post"),
    PAGE(METHOD_GET, "/admin/sign-in-link", ACCESS_PRESESSION, page_sign_in_link, "sign-in-link"),
    PAGE(METHOD_POST, "/admin/sign-in-link", ACCESS_PRESESSION, page_sign_in_link_post,
         "sign-in-link-post"),
    FREEING(METHOD_POST, "/admin/logout", ACCESS_SIGN_OUT, page_logout, "logout"),
    PAGE(METHOD_GET, "/admin/confirm", ACCESS_SESSION, page_confirm, "confirm"),
    FREEING(METHOD_POST, "/admin/confirm", ACCESS_SESSION, page_confirm_post, "confirm-post"),
    PAGE(METHOD_GET, "/admin/?", ACCESS_SESSION, page_dashboard, "dashboard"),
    PAGE(METHOD_GET, "/admin/help/", ACCESS_PRESESSION, page_manual, "manual"),
    PAGE(METHOD_GET, "/admin/help/{manual}", ACCESS_PRESESSION, page_manual, "manual-other"),
    PAGE(METHOD_GET, "/admin/session.json", ACCESS_SESSION, page_session_json, "session-json"),
    PAGE(METHOD_GET, "/admin/search", ACCESS_SESSION, page_search, "search"),
    PAGE(METHOD_GET, "/admin/search.json", ACCESS_SESSION, page_search_json, "search-json"),
    PAGE(METHOD_GET, "/admin/usage.csv", ACCESS_VIEW, page_usage_csv, "usage-csv"),
    PAGE(METHOD_GET, "/admin/groups/?", ACCESS_VIEW, page_groups, "groups"),
    PAGE(METHOD_GET, "/admin/groups/.tree", ACCESS_VIEW, page_groups_tree, "groups-tree"),
    PAGE(METHOD_GET, "/admin/groups/.new", ACCESS_CREATE, page_group_new, "group-new"),
    PAGE(METHOD_POST, "/admin/groups/.new", ACCESS_CREATE, page_group_new_post, "group-new-post"),
    PAGE(METHOD_GET, "/admin/groups/.deleted", ACCESS_VIEW, page_groups_deleted, "groups-deleted"),
    FREEING(METHOD_POST, "/admin/groups/.bulk", ACCESS_VIEW, page_groups_bulk_post, "groups-bulk"),
    FREEING(METHOD_POST, "/admin/groups/.undo/{batch}", ACCESS_EDIT, page_groups_undo_post,
            "groups-undo"),
    PAGE(METHOD_GET, "/admin/csv/groups", ACCESS_EDIT, page_csv_groups, "csv-groups"),
    TABLE("/admin/csv/groups", page_csv_groups_post, "csv-groups-post"),
    PAGE(METHOD_GET, "/admin/csv/groups.csv", ACCESS_VIEW, group_csv_send_all, "csv-groups-file"),
    PAGE(METHOD_GET, "/admin/csv/users", ACCESS_EDIT, page_csv_users, "csv-users"),
    TABLE("/admin/csv/users", page_csv_users_post, "csv-users-post"),
    PAGE(METHOD_GET, "/admin/csv/users.csv", ACCESS_EDIT, page_csv_users_file, "csv-users-file"),
    PAGE(METHOD_GET, "/admin/people", ACCESS_VIEW, page_people, "people"),
    FREEING(METHOD_POST, "/admin/people", ACCESS_EDIT, page_people_remove_post, "people-remove"),
    PAGE(METHOD_GET, GROUP "/", ACCESS_VIEW, page_group, "group"),
    PAGE(METHOD_GET, GROUP "/.poster", ACCESS_VIEW, page_group_poster, "group-poster"),
    PAGE(METHOD_GET, GROUP "/.edit", ACCESS_EDIT, page_group_edit, "group-edit"),
    PAGE(METHOD_POST, GROUP "/.edit", ACCESS_EDIT, page_group_edit_post, "group-edit-post"),
    PAGE(METHOD_POST, GROUP "/.members", ACCESS_EDIT, page_group_members_post, "group-members"),
    PAGE(METHOD_GET, GROUP "/.delete", ACCESS_EDIT, page_group_delete, "group-delete"),
    FREEING(METHOD_POST, GROUP "/.delete", ACCESS_EDIT, page_group_delete_post,
            "group-delete-post"),
    PAGE(METHOD_GET, GROUP "/.rename", ACCESS_EDIT, page_group_rename, "group-rename"),
    PAGE(METHOD_POST, GROUP "/.rename", ACCESS_EDIT, page_group_rename_post, "group-rename-post"),
    PAGE(METHOD_POST, GROUP "/.unrename", ACCESS_EDIT, page_group_unrename_post, "group-unrename"),
    PAGE(METHOD_POST, GROUP "/.undelete", ACCESS_EDIT, page_group_undelete_post, "group-undelete"),
    PAGE(METHOD_GET, GROUP "/.users/", ACCESS_EDIT, page_users, "users"),
    PAGE(METHOD_GET, GROUP "/.users/.new", ACCESS_EDIT, page_user, "user-new"),
    PAGE(METHOD_POST, GROUP "/.users/.new", ACCESS_EDIT, page_user_post, "user-new-post"),
    PAGE(METHOD_GET, GROUP "/.users/.many", ACCESS_EDIT, page_users_many, "users-many"),
    PAGE(METHOD_POST, GROUP "/.users/.many", ACCESS_EDIT, page_users_many_post, "users-many-post"),
    PAGE(METHOD_GET, GROUP "/.users/.copy", ACCESS_EDIT, page_users_copy, "users-copy"),
    PAGE(METHOD_POST, GROUP "/.users/.copy", ACCESS_EDIT, page_users_copy_post, "users-copy-post"),
    PAGE(METHOD_GET, GROUP "/.users/{user}", ACCESS_EDIT, page_user, "user"),
    PAGE(METHOD_POST, GROUP "/.users/{user}", ACCESS_EDIT, page_user_post, "user-post"),
    PAGE(METHOD_GET, GROUP "/.wildcard-user", ACCESS_EDIT, page_user, "wildcard"),
    PAGE(METHOD_POST, GROUP "/.wildcard-user", ACCESS_EDIT, page_user_post, "wildcard-post"),
    PAGE(METHOD_GET, GROUP "/.empty-user", ACCESS_EDIT, page_user, "empty-user"),
    PAGE(METHOD_POST, GROUP "/.empty-user", ACCESS_EDIT, page_user_post, "empty-user-post"),
    PAGE(METHOD_GET, GROUP "/.users/{user}/.delete", ACCESS_EDIT, page_user_delete, "user-delete"),
    FREEING(METHOD_POST, GROUP "/.users/{user}/.delete", ACCESS_EDIT, page_user_delete_post,
            "user-delete-post"),
    PAGE(METHOD_GET, GROUP "/.wildcard-user/.delete", ACCESS_EDIT, page_user_delete,
         "wildcard-delete"),
    FREEING(METHOD_POST, GROUP "/.wildcard-user/.delete", ACCESS_EDIT, page_user_delete_post,
            "wildcard-delete-post"),
    PAGE(METHOD_GET, GROUP "/.empty-user/.delete", ACCESS_EDIT, page_user_delete,
         "empty-user-delete"),
    FREEING(METHOD_POST, GROUP "/.empty-user/.delete", ACCESS_EDIT, page_user_delete_post,
            "empty-user-delete-post"),
    PAGE(METHOD_GET, GROUP "/.history/", ACCESS_VIEW, page_history, "history"),
    PAGE(METHOD_GET, GROUP "/.history/.compare", ACCESS_VIEW, page_versions_compare, "versions"),
    PAGE(METHOD_GET, GROUP "/.history/.forget", ACCESS_SERVER, page_history_forget,
         "history-forget"),
    {METHOD_POST, GROUP "/.history/.forget", ACCESS_SERVER, RESPONSE_PAGE, page_history_forget_post,
     FORM_BODY_MAX, ROUTE_FREEING | ROUTE_PROVEN, "history-forget-post"},
    PAGE(METHOD_GET, GROUP "/.history/{seq}/file.json", ACCESS_EDIT, page_version_file,
         "version-file"),
    PAGE(METHOD_GET, GROUP "/.history/{seq}", ACCESS_VIEW, page_version, "version"),
    PAGE(METHOD_POST, GROUP "/.history/{seq}/restore", ACCESS_EDIT, page_restore_post, "restore"),
    PAGE(METHOD_GET, GROUP "/.history/{seq}/restore-all", ACCESS_EDIT, page_restore_all,
         "restore-all-back"),
    PROVEN(METHOD_POST, GROUP "/.history/{seq}/restore-all", ACCESS_EDIT, page_restore_all_post,
           "restore-all"),
    PAGE(METHOD_GET, GROUP "/.try", ACCESS_EDIT, page_try, "try"),
    PAGE(METHOD_POST, GROUP "/.try", ACCESS_EDIT, page_try_post, "try-post"),
    PAGE(METHOD_POST, GROUP "/.try/server", ACCESS_SERVER, page_try_server_post, "try-server"),
    PROVEN(METHOD_GET, GROUP "/.keys", ACCESS_EDIT, page_keys, "keys"),
    PROVEN(METHOD_POST, GROUP "/.keys/add", ACCESS_EDIT, page_keys_add_post, "keys-add"),
    PROVEN(METHOD_POST, GROUP "/.keys/make", ACCESS_EDIT, page_keys_make_post, "keys-make"),
    PROVEN(METHOD_POST, GROUP "/.keys/change", ACCESS_EDIT, page_keys_change_post, "keys-change"),
    PAGE(METHOD_POST, GROUP "/.keys", ACCESS_EDIT, page_keys_post, "keys-try"),
    PAGE(METHOD_GET, GROUP "/.raw", ACCESS_EDIT, page_raw, "raw"),
    PAGE(METHOD_POST, GROUP "/.raw", ACCESS_EDIT, page_raw_post, "raw-post"),
    PAGE(METHOD_GET, "/admin/live", ACCESS_VIEW, page_live_groups, "live-groups"),
    PAGE(METHOD_GET, "/admin/live.json", ACCESS_VIEW, page_live_groups_json, "live-groups-json"),
    PAGE(METHOD_POST, "/admin/live", ACCESS_SERVER, page_live_message_post, "live-message"),
    PAGE(METHOD_POST, "/admin/drain", ACCESS_SERVER, page_drain_post, "drain"),
    PAGE(METHOD_GET, GROUP "/.live", ACCESS_VIEW, page_live, "live"),
    PAGE(METHOD_GET, GROUP "/.live.json", ACCESS_VIEW, page_live_json, "live-json"),
    PAGE(METHOD_GET, GROUP "/.person", ACCESS_VIEW, page_person, "person"),
    PAGE(METHOD_GET, GROUP "/.send-away", ACCESS_MODERATE, page_live_send_away, "live-send-away"),
    PAGE(METHOD_GET, GROUP "/.close", ACCESS_MODERATE, page_live_close, "live-close"),
    PAGE(METHOD_POST, GROUP "/.live", ACCESS_MODERATE, page_live_post, "live-post"),
    PAGE(METHOD_POST, GROUP "/.recording", ACCESS_RECORD, page_live_recording_post,
         "live-recording-post"),
    PAGE(METHOD_GET, GROUP "/.recordings/{file}", ACCESS_RECORD, page_recording, "recording"),
    PAGE(METHOD_POST, GROUP "/.recordings/{file}", ACCESS_RECORD, page_recording_post,
         "recording-post"),
    PAGE(METHOD_GET, GROUP "/.recordings/{file}/{share}", ACCESS_RECORD, page_share, "share"),
    PAGE(METHOD_POST, GROUP "/.recordings/{file}/{share}", ACCESS_RECORD, page_share_post,
         "share-post"),
    PAGE(METHOD_GET, GROUP "/.tokens/", ACCESS_INVITE, page_tokens, "tokens"),
    PAGE(METHOD_POST, GROUP "/.tokens/", ACCESS_INVITE, page_tokens_post, "tokens-post"),
    FREEING(METHOD_POST, GROUP "/.tokens/delete", ACCESS_INVITE, page_token_delete_post,
            "token-delete"),
    PAGE(METHOD_GET, GROUP "/.tokens/.made/{when}", ACCESS_INVITE, page_tokens_made, "tokens-made"),
    PAGE(METHOD_GET, GROUP "/.tokens/{id}/invitation.ics", ACCESS_INVITE, page_token_calendar,
         "token-calendar"),
    PAGE(METHOD_GET, GROUP "/.tokens/{id}/poster", ACCESS_INVITE, page_token_poster,
         "token-poster"),
    PAGE(METHOD_GET, GROUP "/.tokens/{id}", ACCESS_INVITE, page_token, "token"),
    PAGE(METHOD_POST, GROUP "/.tokens/{id}", ACCESS_INVITE, page_token_post, "token-post"),
    PAGE(METHOD_GET, "/admin/invitations", ACCESS_INVITE, page_invitations, "invitations"),
    PAGE(METHOD_GET, "/admin/invitations/end", ACCESS_INVITE, page_invitations_end,
         "invitations-end"),
    FREEING(METHOD_POST, "/admin/invitations/end", ACCESS_INVITE, page_invitations_end_post,
            "invitations-end-post"),
    PROVEN(METHOD_GET, "/admin/invitations/.server/", ACCESS_SERVER, page_tokens, "server-tokens"),
    PROVEN(METHOD_POST, "/admin/invitations/.server/", ACCESS_SERVER, page_tokens_post,
           "server-tokens-post"),
    PROVEN(METHOD_POST, "/admin/invitations/.server/delete", ACCESS_SERVER, page_token_delete_post,
           "server-token-delete"),
    PROVEN(METHOD_GET, "/admin/invitations/.server/.made/{when}", ACCESS_SERVER, page_tokens_made,
           "server-tokens-made"),
    PROVEN(METHOD_GET, "/admin/invitations/.server/{id}/invitation.ics", ACCESS_SERVER,
           page_token_calendar, "server-token-calendar"),
    PROVEN(METHOD_GET, "/admin/invitations/.server/{id}/poster", ACCESS_SERVER, page_token_poster,
           "server-token-poster"),
    PROVEN(METHOD_GET, "/admin/invitations/.server/{id}", ACCESS_SERVER, page_token,
           "server-token"),
    PROVEN(METHOD_POST, "/admin/invitations/.server/{id}", ACCESS_SERVER, page_token_post,
           "server-token-post"),
    PAGE(METHOD_GET, "/admin/account", ACCESS_SESSION, page_account, "account"),
    PAGE(METHOD_POST, "/admin/account", ACCESS_SESSION, page_account_post, "account-post"),
    PAGE(METHOD_POST, "/admin/account/settings", ACCESS_SESSION, page_account_settings_post,
         "account-settings-post"),
    PAGE(METHOD_POST, "/admin/account/sessions", ACCESS_SESSION, page_account_sessions_post,
         "account-sessions-post"),
    PROVEN(METHOD_GET, "/admin/account/totp", ACCESS_SESSION, page_totp, "account-totp"),
    PROVEN(METHOD_POST, "/admin/account/totp", ACCESS_SESSION, page_totp_post, "account-totp-post"),
    PROVEN(METHOD_POST, "/admin/account/totp/off", ACCESS_SESSION, page_totp_off_post,
           "account-totp-off"),
    PROVEN(METHOD_POST, "/admin/account/totp/recovery", ACCESS_SESSION, page_recovery_post,
           "account-recovery"),
    PROVEN(METHOD_GET, "/admin/account/app-passwords", ACCESS_SESSION, page_app_passwords,
           "app-passwords"),
    PROVEN(METHOD_POST, "/admin/account/app-passwords", ACCESS_SESSION, page_app_passwords_post,
           "app-passwords-post"),
    PROVEN(METHOD_POST, "/admin/account/app-passwords/end", ACCESS_SESSION,
           page_app_password_end_post, "app-password-end"),
    PROVEN(METHOD_GET, "/admin/accounts", ACCESS_SERVER, page_accounts, "accounts"),
    PROVEN(METHOD_GET, "/admin/accounts/.new", ACCESS_SERVER, page_account_new, "account-new"),
    PROVEN(METHOD_POST, "/admin/accounts/.new", ACCESS_SERVER, page_account_new_post,
           "account-new-post"),
    PROVEN(METHOD_GET, "/admin/accounts/{id}", ACCESS_SERVER, page_account_edit, "account-edit"),
    PROVEN(METHOD_POST, "/admin/accounts/{id}", ACCESS_SERVER, page_account_edit_post,
           "account-edit-post"),
    PROVEN(METHOD_GET, "/admin/accounts/{id}/.delete", ACCESS_SERVER, page_account_delete,
           "account-delete"),
    PROVEN(METHOD_POST, "/admin/accounts/{id}/.delete", ACCESS_SERVER, page_account_delete_post,
           "account-delete-post"),
    PAGE(METHOD_GET, "/admin/settings", ACCESS_SERVER, page_settings, "settings"),
    PROVEN(METHOD_POST, "/admin/settings", ACCESS_SERVER, page_settings_post, "settings-post"),
    PAGE(METHOD_GET, "/admin/settings/sessions", ACCESS_SERVER, page_settings, "sessions"),
    PROVEN(METHOD_POST, "/admin/settings/sessions", ACCESS_SERVER, page_settings_post,
           "sessions-post"),
    PROVEN(METHOD_POST, "/admin/settings/sessions/end", ACCESS_SERVER, page_sessions_end_post,
           "sessions-end"),
    PAGE(METHOD_GET, "/admin/settings/keeping", ACCESS_SERVER, page_settings, "keeping"),
    PROVEN(METHOD_POST, "/admin/settings/keeping", ACCESS_SERVER, page_settings_post,
           "keeping-post"),
    PAGE(METHOD_GET, "/admin/settings/limits", ACCESS_SERVER, page_settings, "limits"),
    PROVEN(METHOD_POST, "/admin/settings/limits", ACCESS_SERVER, page_settings_post, "limits-post"),
    PAGE(METHOD_GET, "/admin/settings/meetings", ACCESS_SERVER, page_mediad_settings,
         "mediad-settings"),
    PROVEN(METHOD_POST, "/admin/settings/meetings", ACCESS_SERVER, page_mediad_settings_post,
           "mediad-settings-post"),
    PAGE(METHOD_GET, "/admin/settings/addresses", ACCESS_SERVER, page_addresses, "addresses"),
    PROVEN(METHOD_POST, "/admin/settings/addresses", ACCESS_SERVER, page_addresses_post,
           "addresses-post"),
    PAGE(METHOD_GET, "/admin/address-trial", ACCESS_PRESESSION, page_address_trial,
         "address-trial"),
    PAGE(METHOD_POST, "/admin/address-trial", ACCESS_PRESESSION, page_address_trial_post,
         "address-trial-post"),
    PAGE(METHOD_GET, "/admin/settings/ice", ACCESS_SERVER, page_ice, "ice"),
    PROVEN(METHOD_POST, "/admin/settings/ice", ACCESS_SERVER, page_ice_post, "ice-post"),
    PAGE(METHOD_GET, "/admin/network", ACCESS_SERVER, page_network, "network"),
    PAGE(METHOD_POST, "/admin/network", ACCESS_SERVER, page_network_post, "network-post"),
    PAGE(METHOD_GET, "/admin/network.json", ACCESS_SERVER, page_network_json, "network-json"),
    PAGE(METHOD_POST, "/admin/network.json", ACCESS_SERVER, page_network_json_post,
         "network-json-post"),
    PAGE(METHOD_POST, "/admin/network/media", ACCESS_SERVER, page_network_media_post,
         "network-media"),
    PAGE(METHOD_POST, "/admin/network/media/end", ACCESS_SERVER, page_network_media_end_post,
         "network-media-end"),
    PAGE(METHOD_POST, "/admin/network/result", ACCESS_SERVER, page_network_result_post,
         "network-result"),
    PROVEN(METHOD_POST, "/admin/settings/logo", ACCESS_SERVER, page_logo_post, "logo-post"),
    PROVEN(METHOD_POST, "/admin/settings/reset", ACCESS_SERVER, page_settings_reset_post,
           "settings-reset"),
    PAGE(METHOD_GET, "/admin/settings/history", ACCESS_SERVER, page_settings_history,
         "settings-history"),
    PROVEN(METHOD_POST, "/admin/settings/history", ACCESS_SERVER, page_settings_history_post,
           "settings-history-post"),
    PAGE(METHOD_GET, "/admin/settings/undo/{batch}", ACCESS_SERVER, page_settings_undo,
         "settings-undo-back"),
    PROVEN(METHOD_POST, "/admin/settings/undo/{batch}", ACCESS_SERVER, page_settings_undo_post,
           "settings-undo"),
    PROVEN(METHOD_GET, "/admin/backup", ACCESS_SERVER, page_backup, "backup"),
    PROVEN(METHOD_POST, "/admin/backup", ACCESS_SERVER, page_backup_post, "backup-post"),
    {METHOD_GET, "/admin/backup/.may-upload", ACCESS_PUBLIC, RESPONSE_PAGE, page_upload_may, 0, 0,
     "upload-may"},
    {METHOD_GET, "/admin/backup/.upload", ACCESS_SERVER, RESPONSE_PAGE, page_upload, 0, 0,
     "upload"},
    {METHOD_POST, "/admin/backup/.upload", ACCESS_SERVER, RESPONSE_PAGE, page_upload_post, 0,
     ROUTE_PROVEN | ROUTE_STREAMED, "upload-post"},
    PROVEN(METHOD_GET, "/admin/import/{file}", ACCESS_SERVER, page_import, "import"),
    PROVEN(METHOD_POST, "/admin/import/{file}", ACCESS_SERVER, page_import_post, "import-post"),
    PROVEN(METHOD_GET, "/admin/backup/{file}", ACCESS_SERVER, page_backup_file, "backup-file"),
    PROVEN(METHOD_GET, "/admin/backup/{file}/restore", ACCESS_SERVER, page_backup_restore,
           "backup-restore"),
    PROVEN(METHOD_POST, "/admin/backup/{file}/restore", ACCESS_SERVER, page_backup_restore_post,
           "backup-restore-post"),
    PAGE(METHOD_GET, "/admin/jobs", ACCESS_SERVER, page_jobs, "jobs"),
    PAGE(METHOD_GET, "/admin/jobs/{id}", ACCESS_SERVER, page_job, "job"),
    PAGE(METHOD_POST, "/admin/jobs/{id}", ACCESS_SERVER, page_job_post, "job-post"),
    PAGE(METHOD_GET, "/admin/trash", ACCESS_VIEW, page_trash, "trash"),
    {METHOD_POST, "/admin/trash", ACCESS_VIEW, RESPONSE_PAGE, page_trash_post, FORM_BODY_MAX,
     ROUTE_FREEING | ROUTE_PROVEN, "trash-post"},
    PAGE(METHOD_GET, "/admin/recordings", ACCESS_RECORD, page_recordings, "all-recordings"),
    FREEING(METHOD_POST, "/admin/recordings", ACCESS_RECORD, page_recordings_post,
            "all-recordings-post"),
    PAGE(METHOD_GET, "/admin/audit", ACCESS_AUDIT, page_audit, "audit"),
    PAGE(METHOD_GET, "/admin/health", ACCESS_AUDIT, page_health, "health"),
    PAGE(METHOD_POST, "/admin/health", ACCESS_SERVER, page_health_post, "health-post"),
    PAGE(METHOD_GET, "/admin/health.json", ACCESS_AUDIT, page_health_json, "health-json"),
    PAGE(METHOD_GET, "/admin/health/report", ACCESS_SERVER, page_health_report, "health-report"),
    PAGE(METHOD_GET, "/admin/health/report.txt", ACCESS_SERVER, page_health_report_file,
         "health-report-file"),
    PAGE(METHOD_GET, "/admin/audit.csv", ACCESS_AUDIT, page_audit_csv, "audit-csv"),
    PAGE(METHOD_GET, "/admin/audit.jsonl", ACCESS_AUDIT, page_audit_lines, "audit-lines"),
    PAGE(METHOD_POST, "/admin/audit/verify", ACCESS_AUDIT, page_audit_verify_post, "audit-verify"),
    PAGE(METHOD_GET, "/admin/problems", ACCESS_AUDIT, page_problems, "problems"),
    PAGE(METHOD_POST, "/admin/problems", ACCESS_SERVER, page_problems_post, "problems-post"),
};

const struct route_table page_routes = {rows, LENGTH(rows)};
