#include "galenectl/template_flag.h"

#include <unistd.h>

#include "galenectl/report.h"
#include "galenectl/template_json.h"

int template_flag_read(struct template_flag *t)
{
    struct error e = {0};

    if (t->is_given && template_read_object(&t->json, STDIN_FILENO, &e) < 0)
        return report_error("Decode standard input", &e);
    return -1;
}

int template_flag_read_or_warn(struct template_flag *t)
{
    if (!t->is_given && template_waits_on_stdin())
        report("warning: standard input is not read without -json");
    return template_flag_read(t);
}

void template_flag_release(struct template_flag *t)
{
    json_object_put(t->json);
    t->json = NULL;
}

bool template_flag_is_empty(const struct template_flag *t)
{
    return !t->json || json_object_object_length(t->json) == 0;
}

int template_flag_merge(struct json_object *object, const struct template_flag *t, struct error *e)
{
    return t->json ? template_merge(object, t->json, e) : 0;
}
