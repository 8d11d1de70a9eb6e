#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "mediad/group/moderation.h"

/* Members that write down what they hear: "+b" joined, "-b" left, "~b" changed, "g" the group
 * changed, "p" own permissions changed, "m" a message, "kick(...)". */
struct listener {
    struct member member;
    char heard[512];
};

static void note(struct listener *l, const char *text)
{
    size_t len = strlen(l->heard);

    snprintf(l->heard + len, sizeof l->heard - len, "%s ", text);
}

static void hear(struct member *m, struct group_event *event)
{
    struct listener *l = (struct listener *)m;
    char text[32];

    switch (event->kind) {
    case EVENT_USER_ADD:
        snprintf(text, sizeof text, "+%s", event->subject->id);
        break;
    case EVENT_USER_DELETE:
        snprintf(text, sizeof text, "-%s", event->subject->id);
        break;
    case EVENT_USER_CHANGE:
        snprintf(text, sizeof text, "~%s", event->subject->id);
        break;
    case EVENT_GROUP_CHANGED:
        snprintf(text, sizeof text, "g");
        break;
    case EVENT_PERMISSIONS:
        snprintf(text, sizeof text, "p");
        break;
    case EVENT_MESSAGE:
        snprintf(text, sizeof text, "m");
        break;
    }
    note(l, text);
}

static void kicked(struct member *m, const struct kick *kick)
{
    char text[64];

    snprintf(text, sizeof text, "kick(%s)", kick->text);
    note((struct listener *)m, text);
    moderation_leave(m, kick->leaving, 0);
}

static void permissions_changed(struct member *m, unsigned before)
{
    char text[32];

    snprintf(text, sizeof text, "was%x", before);
    note((struct listener *)m, text);
}

static const struct member_ops ops = {
    .hear = hear, .kicked = kicked, .permissions_changed = permissions_changed};

struct scene {
    struct live_group *group;
    size_t n_server;
    struct listener a, b, c; /* a is an operator, b and c are presenters */
};

static struct group_desc *describe(const char *text)
{
    struct group_desc *desc = NULL;
    struct error e = {0};

    if (group_desc_parse(&desc, span_str(text), &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
    return desc;
}

static void enter(struct scene *s, struct listener *l, const char *id, unsigned bits)
{
    struct permissions p = {.bits = bits};

    l->member.ops = &ops;
    l->member.id = strdup(id);
    l->member.username = strdup(id);
    l->member.login = LOGIN_USER;
    assert_int_equal(member_set_base(&l->member, &p), 0);
    assert_int_equal(live_group_add(s->group, &l->member, 0), 0);
    live_group_announce(s->group, &l->member);
}

static void scene_start(struct scene *s, const char *text)
{
    struct group_desc *desc = describe(text);

    memset(s, 0, sizeof *s);
    assert_int_equal(live_group_new(&s->group, "g", desc, desc, false, &s->n_server, 0, 0), 0);
    group_desc_unref(desc);
    moderation_check_operators(s->group);
    enter(s, &s->a, "a", PERMISSION_OP | PERMISSION_PRESENT);
    enter(s, &s->b, "b", PERMISSION_PRESENT);
    enter(s, &s->c, "c", PERMISSION_PRESENT);
    s->a.heard[0] = s->b.heard[0] = s->c.heard[0] = '\0';
}

static void drop(struct listener *l)
{
    if (l->member.group)
        moderation_leave(&l->member, LEAVING_ALONE, 0);
    member_clear(&l->member);
    free(l->member.id);
    free(l->member.username);
}

static void scene_end(struct scene *s)
{
    drop(&s->a);
    drop(&s->b);
    drop(&s->c);
    assert_int_equal(s->group->n_members, 0);
    assert_int_equal(s->group->n_operators, 0);
    assert_int_equal(s->n_server, 0);
    live_group_free(s->group);
}

static void test_members(void **state)
{
    struct scene s;
    struct listener twin = {.member = {.ops = &ops}};

    (void)state;
    scene_start(&s, "{}");
    assert_int_equal(s.group->n_members, 3);
    assert_int_equal(s.n_server, 3);
    assert_int_equal(s.group->n_operators, 1);
    assert_ptr_equal(live_group_find(s.group, "b"), &s.b.member);
    twin.member.id = strdup("b");
    assert_int_equal(live_group_add(s.group, &twin.member, 0), ERR_EXISTS);
    free(twin.member.id);
    moderation_leave(&s.b.member, LEAVING_ALONE, 0);
    assert_null(live_group_find(s.group, "b"));
    assert_string_equal(s.a.heard, "-b ");
    assert_string_equal(s.b.heard, "");
    assert_string_equal(s.c.heard, "-b ");
    scene_end(&s);
}

static void test_permissions(void **state)
{
    struct scene s;

    (void)state;
    scene_start(&s, "{}");
    assert_int_equal(moderation_permissions(&s.b.member, PERMISSION_OP, 0, &s.a.member), 0);
    assert_int_equal(s.group->n_operators, 2);
    assert_string_equal(s.b.heard, "p was2 ~b ");
    assert_string_equal(s.a.heard, "~b ");
    assert_int_equal(moderation_permissions(&s.b.member, 0, PERMISSION_PRESENT, &s.a.member), 0);
    assert_int_equal(s.b.member.permissions.bits, PERMISSION_OP);
    assert_int_equal(s.c.member.permissions.bits, PERMISSION_PRESENT);
    assert_int_equal(moderation_permissions(&s.b.member, PERMISSION_PRESENT, PERMISSION_OP, NULL),
                     0);
    assert_int_equal(s.b.member.permissions.bits, PERMISSION_PRESENT);
    scene_end(&s);
}

static void test_kick(void **state)
{
    struct scene s;
    struct kick kick = {.text = "why"};

    (void)state;
    scene_start(&s, "{}");
    moderation_kick(&s.b.member, &kick);
    assert_string_equal(s.b.heard, "kick(why) ");
    assert_string_equal(s.c.heard, "-b ");
    s.c.heard[0] = '\0';
    moderation_kick_all(s.group, &kick);
    /* nobody hears of the others on the way out */
    assert_string_equal(s.c.heard, "kick(why) ");
    assert_int_equal(s.group->n_members, 0);
    scene_end(&s);
}

static void test_lock(void **state)
{
    struct scene s;

    (void)state;
    scene_start(&s, "{}");
    assert_null(s.group->lock);
    assert_int_equal(moderation_lock(s.group, ""), 0);
    assert_string_equal(s.group->lock, "");
    assert_int_equal(moderation_lock(s.group, NULL), 0);
    assert_null(s.group->lock);
    assert_string_equal(s.b.heard, "g g ");
    scene_end(&s);
}

static void test_autolock(void **state)
{
    struct scene s;

    (void)state;
    scene_start(&s, "{\"autolock\":true}");
    assert_string_equal(s.group->lock, "this group is locked");
    assert_int_equal(moderation_lock(s.group, NULL), 0);
    moderation_leave(&s.b.member, LEAVING_ALONE, 0);
    assert_null(s.group->lock);
    moderation_leave(&s.a.member, LEAVING_ALONE, 0);
    assert_string_equal(s.group->lock, "this group is locked");
    assert_int_equal(moderation_lock(s.group, "mine"), 0);
    moderation_check_operators(s.group);
    assert_string_equal(s.group->lock, "mine");
    scene_end(&s);
}

static void test_autokick(void **state)
{
    struct scene s;

    (void)state;
    scene_start(&s, "{\"autokick\":true}");
    moderation_leave(&s.b.member, LEAVING_ALONE, 0);
    assert_string_equal(s.c.heard, "-b ");
    moderation_leave(&s.a.member, LEAVING_ALONE, 0);
    assert_string_equal(s.c.heard, "-b -a kick(there are no operators in this group) ");
    assert_int_equal(s.group->n_members, 0);
    scene_end(&s);
}

/* The only operator's place is taken over: the others hear that it went, and nobody is put out
 * before it was asked whether the newcomer is one. */
static void test_replaced(void **state)
{
    struct scene s;

    (void)state;
    scene_start(&s, "{\"autokick\":true,\"autolock\":true}");
    assert_int_equal(moderation_lock(s.group, NULL), 0);
    s.c.heard[0] = '\0';
    moderation_leave(&s.a.member, LEAVING_REPLACED, 0);
    assert_string_equal(s.c.heard, "-a ");
    assert_int_equal(s.group->n_members, 2);
    assert_null(s.group->lock);
    moderation_check_operators(s.group);
    assert_string_equal(s.group->lock, "this group is locked");
    assert_int_equal(s.group->n_members, 0);
    scene_end(&s);
}

/* What a departure causes, for those who stay and for the caller. */
static void test_departure(void **state)
{
    static const struct {
        const char *name;
        bool is_operator;
        enum leaving leaving;
        const char *heard;
        bool want;
    } rows[] = {
        {"one of many", false, LEAVING_ALONE, "-b ", false},
        {"the last operator", true, LEAVING_ALONE, "-a ", true},
        {"whose place is taken", true, LEAVING_REPLACED, "-a ", false},
        {"with all", true, LEAVING_WITH_ALL, "", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct scene s;
        struct listener *leaver;

        scene_start(&s, "{}");
        leaver = rows[i].is_operator ? &s.a : &s.b;
        if (live_group_remove(&leaver->member, rows[i].leaving, 7) != rows[i].want ||
            strcmp(s.c.heard, rows[i].heard) != 0 || leaver->heard[0] != '\0')
            fail_msg("%s: %s", rows[i].name, s.c.heard);
        assert_null(leaver->member.group);
        assert_int_equal(s.group->active_us, 7);
        scene_end(&s);
    }
}

static void test_demotion_counts(void **state)
{
    struct scene s;

    (void)state;
    scene_start(&s, "{\"autokick\":true,\"autolock\":true}");
    assert_int_equal(moderation_permissions(&s.a.member, 0, PERMISSION_OP, NULL), 0);
    assert_int_equal(s.group->n_members, 0);
    assert_non_null(s.group->lock);
    scene_end(&s);
}

static void test_new_description(void **state)
{
    struct scene s;
    struct group_desc *desc;

    (void)state;
    scene_start(&s, "{}");
    assert_int_equal(moderation_permissions(&s.c.member, 0, PERMISSION_PRESENT, &s.a.member), 0);
    s.b.member.login = LOGIN_TOKEN;
    s.a.heard[0] = s.b.heard[0] = s.c.heard[0] = '\0';
    desc = describe("{\"users\":{\"c\":{\"permissions\":\"present\"},"
                    "\"b\":{\"permissions\":\"op\"}}}");
    moderation_set_desc(s.group, desc, desc, false);
    group_desc_unref(desc);
    /* a is no more in the file; b came with a token; c lost `present` to an operator and does not
     * get it back */
    assert_int_equal(s.a.member.permissions.bits, 0);
    assert_int_equal(s.group->n_operators, 0);
    assert_int_equal(s.b.member.permissions.bits, PERMISSION_PRESENT);
    assert_int_equal(s.c.member.permissions.bits, PERMISSION_MESSAGE);
    assert_string_equal(s.b.heard, "~a ~c g ");
    assert_string_equal(s.c.heard, "~a p was0 ~c g ");
    scene_end(&s);
}

/* How b came in, and what a new description makes of it. */
static void test_login_follows_description(void **state)
{
    static const struct {
        const char *name;
        enum login login;
        const char *description;
        unsigned want;
    } rows[] = {
        {"a guest does not become the user added under its name", LOGIN_WILDCARD,
         "{\"users\":{\"b\":{\"password\":\"x\",\"permissions\":\"op\"}},"
         "\"wildcard-user\":{\"password\":{\"type\":\"wildcard\"},\"permissions\":\"message\"}}",
         PERMISSION_MESSAGE},
        {"guests are no more let in", LOGIN_WILDCARD,
         "{\"users\":{\"b\":{\"password\":\"x\",\"permissions\":\"op\"}}}", 0},
        {"a user who was removed is a guest", LOGIN_USER,
         "{\"wildcard-user\":{\"password\":{\"type\":\"wildcard\"},\"permissions\":\"message\"}}",
         PERMISSION_MESSAGE},
        {"a user who was removed has not proved the guests' password", LOGIN_USER,
         "{\"wildcard-user\":{\"password\":\"secret\",\"permissions\":\"present\"}}", 0},
        {"a user is what the file says", LOGIN_USER,
         "{\"users\":{\"b\":{\"permissions\":\"message\"}}}", PERMISSION_MESSAGE},
        {"a token is not the file's", LOGIN_TOKEN, "{\"users\":{\"b\":{\"permissions\":\"op\"}}}",
         PERMISSION_PRESENT},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct scene s;
        struct group_desc *desc = describe(rows[i].description);

        scene_start(&s, "{}");
        s.b.member.login = rows[i].login;
        moderation_set_desc(s.group, desc, desc, false);
        group_desc_unref(desc);
        if (s.b.member.permissions.bits != rows[i].want)
            fail_msg("%s: %x", rows[i].name, s.b.member.permissions.bits);
        scene_end(&s);
    }
}

static void test_data(void **state)
{
    static const struct {
        const char *before, *change, *after;
        size_t max;
        int want;
    } rows[] = {
        {NULL, "{\"x\":1}", "{\"x\":1}", 100, 0},
        {"{\"x\":1}", "{\"y\":[2]}", "{\"x\":1,\"y\":[2]}", 100, 0},
        {"{\"x\":1,\"y\":2}", "{\"x\":null}", "{\"y\":2}", 100, 0},
        {"{\"x\":1}", "{\"x\":null}", NULL, 100, 0},
        {"{\"x\":1}", "{\"x\":{\"z\":null}}", "{\"x\":{\"z\":null}}", 100, 0},
        {"{\"x\":1}", "{}", "{\"x\":1}", 100, 0},
        {"{\"x\":1}", "{\"x\":22}", "{\"x\":1}", 7, ERR_TOO_LARGE},
        {"{\"x\":1}", "{\"x\":2}", "{\"x\":2}", 7, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct json_object *data = rows[i].before ? json_tokener_parse(rows[i].before) : NULL;
        struct json_object *change = json_tokener_parse(rows[i].change);

        assert_int_equal(data_merge(&data, change, rows[i].max), rows[i].want);
        if (!rows[i].after)
            assert_null(data);
        else
            assert_string_equal(json_object_to_json_string_ext(data, JSON_C_TO_STRING_PLAIN),
                                rows[i].after);
        json_object_put(change);
        json_object_put(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_permissions),
        cmocka_unit_test(test_kick),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_autolock),
        cmocka_unit_test(test_autokick),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_departure),
        cmocka_unit_test(test_demotion_counts),
        cmocka_unit_test(test_new_description),
        cmocka_unit_test(test_login_follows_description),
        cmocka_unit_test(test_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
