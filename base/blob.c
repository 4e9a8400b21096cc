#include "base/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

/* How often the kernel is asked to seal a file. While anybody holds one of its pages for a moment (a migration, a
 * scan for memory to reclaim) it fails with EBUSY, after it has waited for some 150 ms itself (mm/memfd.c). */
#define SEAL_TRIES 10

/* The memory files of a process that cannot create any itself. */
static struct {
    gboolean are_used;
    GArray *fds; /* of int */
} spares;

struct Blob {
    guint refs;
    int fd;
    gboolean sealed;
    guint64 max_bytes;
    guint64 size_bytes;
    void *map; /* NULL until sealed, and for an empty blob */
};

static Blob *blob_alloc(int fd, guint64 max_bytes)
{
    Blob *blob = g_new0(Blob, 1);

    blob->refs = 1;
    blob->fd = fd;
    blob->max_bytes = max_bytes;
    return blob;
}

/* Returns -1 if there is none. */
static int take_spare(void)
{
    int fd;

    if (spares.fds == NULL || spares.fds->len == 0)
        return -1;
    fd = g_array_index(spares.fds, int, spares.fds->len - 1);
    g_array_set_size(spares.fds, spares.fds->len - 1);
    return fd;
}

Blob *blob_new(const char *name, guint64 max_bytes, GError **error)
{
    const int fd = spares.are_used ? take_spare() : memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0)
        return blob_alloc(fd, max_bytes);
    if (spares.are_used)
        error_set(error, ERROR_INTERNAL, "no memory file available");
    else
        error_set_errno(error, ERROR_INTERNAL, errno, "memfd_create");
    return NULL;
}

void blob_use_spares(void)
{
    spares.are_used = TRUE;
}

void blob_add_spare(int fd)
{
    if (spares.fds == NULL)
        spares.fds = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_append_val(spares.fds, fd);
}

void blob_drop_spares(void)
{
    for (guint i = 0; spares.fds != NULL && i < spares.fds->len; i++)
        fd_clear(&g_array_index(spares.fds, int, i));
    g_clear_pointer(&spares.fds, g_array_unref);
}

gboolean blob_append(Blob *blob, const void *data, gsize size_bytes, GError **error)
{
    g_return_val_if_fail(!blob->sealed, FALSE);

    if (size_bytes > blob->max_bytes - blob->size_bytes) {
        error_set(error, ERROR_LIMIT, "more than %" G_GUINT64_FORMAT " bytes", blob->max_bytes);
        return FALSE;
    }
    if (!fd_write_all(blob->fd, data, size_bytes)) {
        error_set_errno(error, ERROR_INTERNAL, errno, "writing to shared memory");
        return FALSE;
    }
    blob->size_bytes += size_bytes;
    return TRUE;
}

gboolean blob_rewind(Blob *blob, GError **error)
{
    g_return_val_if_fail(!blob->sealed, FALSE);

    if (ftruncate(blob->fd, 0) != 0 || lseek(blob->fd, 0, SEEK_SET) != 0) {
        error_set_errno(error, ERROR_INTERNAL, errno, "emptying shared memory");
        return FALSE;
    }
    blob->size_bytes = 0;
    return TRUE;
}

static gboolean blob_map(Blob *blob, GError **error)
{
    if (blob->size_bytes > 0) {
        void *map = mmap(NULL, blob->size_bytes, PROT_READ, MAP_SHARED, blob->fd, 0);

        if (map == MAP_FAILED) {
            error_set_errno(error, ERROR_INTERNAL, errno, "mapping %" G_GUINT64_FORMAT " bytes",
                            blob->size_bytes);
            return FALSE;
        }
        blob->map = map;
    }
    blob->sealed = TRUE;
    return TRUE;
}

gboolean blob_seal(Blob *blob, GError **error)
{
    int result;

    g_return_val_if_fail(!blob->sealed, FALSE);

    for (guint i = 0; (result = fcntl(blob->fd, F_ADD_SEALS, SEALS)) != 0 && errno == EBUSY && i < SEAL_TRIES;
         i++)
        ;
    if (result != 0) {
        error_set_errno(error, ERROR_INTERNAL, errno, "sealing shared memory");
        return FALSE;
    }
    return blob_map(blob, error);
}

/* Reading a hole would allocate memory that the sender never had. Moves the descriptor's file position, which
 * nobody uses. */
static gboolean has_holes(int fd, off_t size_bytes)
{
    return size_bytes > 0 && lseek(fd, 0, SEEK_HOLE) != size_bytes;
}

Blob *blob_adopt(int fd, guint64 max_bytes, GError **error)
{
    g_autoptr(Blob) blob = blob_alloc(fd, max_bytes);
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);

    if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) != 0 || st.st_size < 0) {
        error_set(error, ERROR_INTERNAL, "received a descriptor that is not sealed memory");
        return NULL;
    }
    blob->size_bytes = (guint64)st.st_size;
    if (blob->size_bytes > max_bytes) {
        error_set(error, ERROR_LIMIT,
                  "%" G_GUINT64_FORMAT " bytes are more than the limit of %" G_GUINT64_FORMAT,
                  blob->size_bytes, max_bytes);
        return NULL;
    }
    if (has_holes(fd, st.st_size)) {
        error_set(error, ERROR_INTERNAL, "received shared memory with holes");
        return NULL;
    }
    if (!blob_map(blob, error))
        return NULL;
    return g_steal_pointer(&blob);
}

const void *blob_data(const Blob *blob)
{
    return blob->map;
}

guint64 blob_size(const Blob *blob)
{
    return blob->size_bytes;
}

int blob_fd(const Blob *blob)
{
    return blob->fd;
}

Blob *blob_ref(Blob *blob)
{
    blob->refs++;
    return blob;
}

void blob_unref(Blob *blob)
{
    if (blob == NULL || --blob->refs > 0)
        return;
    if (blob->map != NULL)
        munmap(blob->map, blob->size_bytes);
    if (spares.are_used && !blob->sealed && blob_rewind(blob, NULL))
        blob_add_spare(blob->fd);
    else
        fd_clear(&blob->fd);
    g_free(blob);
}
