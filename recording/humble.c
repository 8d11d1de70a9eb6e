#include "recording/humble.h"

#include <linux/ioprio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"

int humble(pid_t parent, struct error *e)
{
    const struct log_ctx ctx = {.room = "recording"};

    if (setpriority(PRIO_PROCESS, 0, 19) < 0)
        log_warn(&ctx, "the priority stays as it is");
    if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)) < 0)
        log_debug(&ctx, "the disk's priority stays as it is");
    /* The parent may have died before this is asked for. */
    if (parent != 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
        return error_set(e, ERR_WRONG_STATE, NULL, "who started this has ended");
    return 0;
}
