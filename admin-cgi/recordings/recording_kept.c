#include "admin-cgi/recordings/recording_kept.h"

#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_group.h"

int64_t recording_kept_days(struct db *db, const char *group, int64_t now_us)
{
    struct group_record record = {0};
    struct arena a = {0};
    int64_t days = 0;
    int r = store_group_find(db, &a, group, now_us, &record, NULL);

    if (r == 0)
        days = record.desc->keep_recordings_days;
    arena_release(&a);
    if (r < 0 && r != ERR_NOT_FOUND)
        return 0;
    if (days == 0)
        days = site_number(db, SITE_KEEP_RECORDINGS);
    return days > 0 ? days : 0;
}
