#include "s3/aws/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"

gssize secret_file_read(const char *path, char *buffer, gsize capacity)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    gsize size = 0;
    gssize n = 1;

    if (fd < 0)
        return -1;
    while (n != 0 && size < capacity) {
        n = read(fd, buffer + size, capacity - size);
        if (n < 0 && errno != EINTR)
            return -1;
        size += (gsize)MAX(n, 0);
    }
    return (gssize)size;
}
