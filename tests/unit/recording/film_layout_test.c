#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "recording/film_layout.h"

#define WIDTH 1280
#define HEIGHT 720

static bool overlap(const struct film_rect *a, const struct film_rect *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
           b->y < a->y + a->height;
}

/* Whatever the number: inside, even, none on another, all there. */
static void assert_sound(const struct film_tile *tiles, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct film_rect *r = &tiles[i].rect;

        assert_true(r->width >= 160 && r->height >= 80);
        assert_true(r->x >= 0 && r->y >= 0 && r->x + r->width <= WIDTH &&
                    r->y + r->height <= HEIGHT);
        assert_int_equal((r->x | r->y | r->width | r->height) & 1, 0);
        for (size_t j = 0; j < i; j++)
            assert_false(overlap(r, &tiles[j].rect));
    }
}

static void test_any_number(void **state)
{
    (void)state;
    for (size_t n = 1; n <= FILM_TILES_MAX; n++) {
        for (size_t large = 0; large <= n; large++) {
            struct film_tile tiles[FILM_TILES_MAX] = {0};

            if (large < n)
                tiles[large].is_speaker = true;
            film_layout(tiles, n, WIDTH, HEIGHT);
            assert_sound(tiles, n);
            for (size_t i = 0; large < n && i < n; i++)
                assert_true(tiles[large].rect.width >= tiles[i].rect.width);
        }
    }
}

static void test_screen_before_speaker(void **state)
{
    struct film_tile tiles[] = {{.is_speaker = true}, {.is_screen = true}, {0}};

    (void)state;
    film_layout(tiles, 3, WIDTH, HEIGHT);
    assert_sound(tiles, 3);
    assert_int_equal(tiles[1].rect.x, 0);
    assert_int_equal(tiles[1].rect.width, 960);
    assert_int_equal(tiles[1].rect.height, HEIGHT);
    assert_int_equal(tiles[0].rect.x, 960);
    assert_int_equal(tiles[0].rect.y, 0);
    assert_int_equal(tiles[2].rect.y, 180);
}

static void test_alone(void **state)
{
    struct film_tile tile = {.is_speaker = true};

    (void)state;
    film_layout(&tile, 1, WIDTH, HEIGHT);
    assert_int_equal(tile.rect.width, WIDTH);
    assert_int_equal(tile.rect.height, HEIGHT);
    tile.is_speaker = false;
    film_layout(&tile, 1, WIDTH, HEIGHT);
    assert_int_equal(tile.rect.width, WIDTH);
    film_layout(&tile, 0, WIDTH, HEIGHT);
}

static void test_fit(void **state)
{
    const struct film_rect place = {320, 0, 320, 180};
    struct film_rect r = film_fit(&place, 640, 480);

    (void)state;
    assert_int_equal(r.width, 240);
    assert_int_equal(r.height, 180);
    assert_int_equal(r.x, 360);
    r = film_fit(&place, 3000, 1);
    assert_int_equal(r.width, 320);
    assert_int_equal(r.height, 2);
    assert_int_equal(r.y, 88);
    r = film_fit(&place, 0, 0);
    assert_int_equal(r.width, 320);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_number),
        cmocka_unit_test(test_screen_before_speaker),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
