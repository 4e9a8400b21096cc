#include "concurrent/expendable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HIGHEST "1000"

static int own = -1;
static char former[16]; /* the value to restore; empty if it was not changed */

void expendable_prepare(void)
{
    if (own < 0)
        own = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
}

void expendable_begin(void)
{
    gssize n;

    expendable_prepare();
    n = own >= 0 ? pread(own, former, sizeof former - 1, 0) : -1;
    former[MAX(n, 0)] = '\0';
    if (former[0] != '\0' && pwrite(own, HIGHEST, strlen(HIGHEST), 0) < 0)
        former[0] = '\0';
}

void expendable_end(void)
{
    const int saved_errno = errno; /* set by fork() */

    /* If this fails, this process stays expendable too. */
    if (former[0] != '\0')
        (void)!pwrite(own, former, strlen(former), 0);
    former[0] = '\0';
    errno = saved_errno;
}
