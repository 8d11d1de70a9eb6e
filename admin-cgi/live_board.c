#include "admin-cgi/live_board.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "admin-cgi/shared_mutex.h"

struct live_board {
    _Atomic int64_t hangs_until_us;
    pthread_mutex_t asking;
    pthread_mutex_t writing; /* guards all that follows */
    uint64_t number;
    int64_t asked_us;
    size_t len;
    uint8_t sample[LIVE_BOARD_BYTES];
};

int live_board_new(struct live_board **out)
{
    struct live_board *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (b == MAP_FAILED)
        return ERR_NO_MEMORY;
    shared_mutex_init(&b->asking);
    shared_mutex_init(&b->writing);
    *out = b;
    return 0;
}

void live_board_free(struct live_board *board)
{
    if (board)
        munmap(board, sizeof *board);
}

void live_board_set_hangs(struct live_board *board, int64_t until_us)
{
    atomic_store(&board->hangs_until_us, until_us);
}

bool live_board_hangs(const struct live_board *board, int64_t now_us)
{
    return now_us < atomic_load(&board->hangs_until_us);
}

bool live_board_begin(struct live_board *board, int64_t wait_us)
{
    return shared_mutex_take(&board->asking, wait_us, NULL) == 0;
}

void live_board_end(struct live_board *board)
{
    shared_mutex_leave(&board->asking);
}

/* For the time of a copy. Whoever died meanwhile may have left half a sample: there is none then.
 */
static bool lock(struct live_board *b)
{
    bool owner_died = false;

    if (shared_mutex_take(&b->writing, SHARED_MUTEX_FOREVER, &owner_died) < 0)
        return false;
    if (owner_died) {
        b->len = 0;
        b->asked_us = 0;
        b->number++;
    }
    return true;
}

int live_board_put(struct live_board *board, struct span sample, int64_t asked_us)
{
    if (sample.len > sizeof board->sample)
        return ERR_TOO_LARGE;
    if (!lock(board))
        return ERR_BUSY;
    memcpy(board->sample, sample.data, sample.len);
    board->len = sample.len;
    board->asked_us = asked_us;
    board->number++;
    shared_mutex_leave(&board->writing);
    return 0;
}

uint64_t live_board_look(struct live_board *board, int64_t *asked_us)
{
    uint64_t number;

    *asked_us = 0;
    if (!lock(board))
        return 0;
    *asked_us = board->asked_us;
    number = board->asked_us ? board->number : 0;
    shared_mutex_leave(&board->writing);
    return number;
}

uint64_t live_board_copy(struct live_board *board, struct buf *out, int64_t *asked_us)
{
    uint64_t number;

    *asked_us = 0;
    if (!lock(board))
        return 0;
    *asked_us = board->asked_us;
    number = board->asked_us ? board->number : 0;
    buf_add(out, board->sample, board->len);
    shared_mutex_leave(&board->writing);
    return number;
}
