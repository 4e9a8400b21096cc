#include "base/secret.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct Secret {
    gsize map_bytes; /* of the whole mapping, in pages */
    gsize size_bytes;
    char text[];
};

Secret *secret_new(const char *text, gsize size_bytes)
{
    gsize page = (gsize)sysconf(_SC_PAGESIZE);
    gsize map_bytes = (sizeof(Secret) + size_bytes + 1 + page - 1) / page * page;
    Secret *secret = mmap(NULL, map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (secret == MAP_FAILED)
        g_error("no locked memory for a secret");
    (void)mlock(secret, map_bytes);
    (void)madvise(secret, map_bytes, MADV_DONTDUMP);
    /* A forked child never needs the secret: the child sees zeros, and soon executes another program. */
    (void)madvise(secret, map_bytes, MADV_WIPEONFORK);
    secret->map_bytes = map_bytes;
    secret->size_bytes = size_bytes;
    memcpy(secret->text, text, size_bytes);
    return secret;
}

const char *secret_peek(const Secret *secret)
{
    return secret->text;
}

gsize secret_size(const Secret *secret)
{
    return secret->size_bytes;
}

void secret_free(Secret *secret)
{
    gsize map_bytes;

    if (secret == NULL)
        return;
    map_bytes = secret->map_bytes;
    secret_wipe(secret, map_bytes);
    munmap(secret, map_bytes);
}

void secret_wipe(void *data, gsize size_bytes)
{
    if (size_bytes > 0)
        explicit_bzero(data, size_bytes);
}

void *wiping_malloc(gsize size_bytes)
{
    return malloc(size_bytes);
}

void *wiping_realloc(void *block, gsize size_bytes)
{
    void *larger;

    if (block != NULL && malloc_usable_size(block) >= size_bytes)
        return block;
    larger = malloc(size_bytes);
    if (larger != NULL && block != NULL) {
        memcpy(larger, block, malloc_usable_size(block));
        wiping_free(block);
    }
    return larger;
}

void wiping_free(void *block)
{
    if (block != NULL)
        secret_wipe(block, malloc_usable_size(block));
    free(block);
}
