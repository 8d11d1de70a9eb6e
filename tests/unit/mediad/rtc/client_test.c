/* One worker's clients: made with the first connection, gone with the last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/client.h"

static void test_joining_and_leaving(void **state)
{
    struct client_connection anna_up = {0}, anna_down = {0}, bert_down = {0};
    struct fixed_table table;
    uint64_t anna_id = 7, bert_id = 8;

    (void)state;
    fixed_table_init(&table, sizeof(uint64_t), 0);
    assert_int_equal(0, client_join(&anna_up, &table, anna_id));
    assert_int_equal(0, client_join(&bert_down, &table, bert_id));
    assert_int_equal(0, client_join(&anna_down, &table, anna_id));
    assert_ptr_equal(anna_up.client, anna_down.client);
    assert_ptr_not_equal(anna_up.client, bert_down.client);
    assert_ptr_equal(anna_up.client, fixed_table_find(&table, &anna_id));
    assert_int_equal(anna_id, anna_up.client->id);
    assert_int_equal(2, anna_up.client->n_connections);
    assert_int_equal(1, bert_down.client->n_connections);

    client_leave(&anna_up);
    assert_null(anna_up.client);
    assert_ptr_equal(anna_down.client, fixed_table_find(&table, &anna_id));
    assert_int_equal(1, anna_down.client->n_connections);
    client_leave(&anna_up); /* at none: nothing happens */
    assert_int_equal(1, anna_down.client->n_connections);

    client_leave(&anna_down);
    assert_null(fixed_table_find(&table, &anna_id));
    assert_ptr_equal(bert_down.client, fixed_table_find(&table, &bert_id));
    client_leave(&bert_down);
    assert_null(fixed_table_any(&table));

    /* the same client again */
    assert_int_equal(0, client_join(&anna_up, &table, anna_id));
    assert_int_equal(1, anna_up.client->n_connections);
    client_leave(&anna_up);
    fixed_table_release(&table);
}

static void test_connections_in_order(void **state)
{
    struct client_connection connections[3] = {{{NULL, NULL}, NULL}};
    struct fixed_table table;
    size_t n = 0;

    (void)state;
    fixed_table_init(&table, sizeof(uint64_t), 0);
    for (size_t i = 0; i < LENGTH(connections); i++)
        assert_int_equal(0, client_join(&connections[i], &table, 1));
    LIST_EACH (struct client_connection, c, &connections[0].client->connections, in_client)
        assert_ptr_equal(&connections[n++], c);
    assert_int_equal(LENGTH(connections), n);
    client_leave(&connections[1]);
    assert_ptr_equal(&connections[2],
                     LIST_NEXT(&connections[0].client->connections, &connections[0],
                               struct client_connection, in_client));
    client_leave(&connections[0]);
    client_leave(&connections[2]);
    fixed_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joining_and_leaving),
        cmocka_unit_test(test_connections_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
