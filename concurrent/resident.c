#include "concurrent/resident.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int resident_open(pid_t pid)
{
    char path[32];

    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

guint64 resident_bytes(int statm)
{
    char text[128];
    gssize n = statm >= 0 ? pread(statm, text, sizeof text - 1, 0) : 0;
    guint64 pages;

    if (n <= 0)
        return 0;
    text[n] = '\0';
    if (sscanf(text, "%*u %" G_GUINT64_FORMAT, &pages) != 1)
        return 0;
    return pages * (guint64)sysconf(_SC_PAGESIZE);
}
