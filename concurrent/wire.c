#include "concurrent/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/limits.h"

static const MessageSpec specs[] = {
    [WIRE_INIT] = {"init", MESSAGE_DOWN, "(vxx)", 1},
    [WIRE_TASKS] = {"tasks", MESSAGE_DOWN, "(a" WIRE_TASK_TYPE ")", LIMIT_MESSAGE_FDS},
    [WIRE_CANCEL] = {"cancel", MESSAGE_DOWN, "(t)", 0},
    [WIRE_RUN] = {"run", MESSAGE_DOWN, "(sv)", LIMIT_MESSAGE_FDS},
    [WIRE_ANSWER] = {"answer", MESSAGE_DOWN, "(tv)", 0},
    [WIRE_REFUSAL] = {"refusal", MESSAGE_DOWN, "(tis)", 0},
    [WIRE_READY] = {"ready", MESSAGE_UP, "()", 0},
    [WIRE_INIT_FAILED] = {"init-failed", MESSAGE_UP, "(is)", 0},
    [WIRE_DONE] = {"done", MESSAGE_UP, "(tv)", LIMIT_MESSAGE_FDS},
    [WIRE_FAILED] = {"failed", MESSAGE_UP, "(tis)", 0},
    [WIRE_NOTE] = {"note", MESSAGE_UP, "(sv)", 0},
    [WIRE_ASK] = {"ask", MESSAGE_UP, "(ttsv)", 0},
};

const Protocol wire_protocol = {"executor", specs, G_N_ELEMENTS(specs)};

static WireMemory *map(int fd)
{
    void *memory = mmap(NULL, sizeof(WireMemory), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return memory != MAP_FAILED ? memory : NULL;
}

WireMemory *wire_memory_new(const char *what, int *ret_fd, GError **error)
{
    autofd int fd = memfd_create("wire", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    WireMemory *memory = NULL;

    /* sealed against shrinking: otherwise a child could cause SIGBUS in its parent, which reads it */
    if (fd >= 0 && ftruncate(fd, sizeof(WireMemory)) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        memory = map(fd);
    if (memory == NULL) {
        error_set_errno(error, ERROR_INTERNAL, errno, "%s: memory to share", what);
        return NULL;
    }
    *ret_fd = fd_steal(&fd);
    return memory;
}

WireMemory *wire_memory_map(int fd)
{
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size != (off_t)sizeof(WireMemory))
        return NULL;
    return map(fd);
}

void wire_memory_unmap(WireMemory *memory)
{
    if (memory != NULL)
        (void)munmap(memory, sizeof *memory);
}
