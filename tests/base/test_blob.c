#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"

Test(blob, carries_bytes_to_another_descriptor)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Blob) blob = blob_new("t", 100, &error);
    g_autoptr(Blob) other = NULL;

    cr_assert(blob_append(blob, "hello ", 6, &error));
    cr_assert(blob_append(blob, "world", 5, &error));
    cr_assert(blob_seal(blob, &error));
    other = blob_adopt(fcntl(blob_fd(blob), F_DUPFD_CLOEXEC, 0), 100, &error);
    cr_assert_not_null(other);
    cr_assert_eq(blob_size(other), 11);
    cr_assert_eq(memcmp(blob_data(other), "hello world", 11), 0);
}

/* Takes the page out of the pipe, in which it was held. */
static void *let_go(void *data)
{
    const int *pipe_fds = data;
    char page[4096];

    g_usleep(400 * 1000);
    cr_assert_eq(read(pipe_fds[0], page, sizeof page), (ssize_t)sizeof page);
    return NULL;
}

Test(blob, is_sealed_though_a_page_of_it_is_held_for_a_moment)
{
    static const char bytes[4096] = "a page";
    g_autoptr(GError) error = NULL;
    g_autoptr(Blob) blob = blob_new("t", sizeof bytes, &error);
    loff_t start = 0;
    int pipe_fds[2];
    pthread_t thread;

    cr_assert(blob_append(blob, bytes, sizeof bytes, &error));
    cr_assert_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
    cr_assert_eq(splice(blob_fd(blob), &start, pipe_fds[1], NULL, sizeof bytes, 0), (ssize_t)sizeof bytes);
    cr_assert_eq(fcntl(blob_fd(blob), F_ADD_SEALS, F_SEAL_WRITE), -1, "the page is not held");
    cr_assert_eq(pthread_create(&thread, NULL, let_go, pipe_fds), 0);
    cr_assert(blob_seal(blob, &error), "%s", error != NULL ? error->message : "");
    pthread_join(thread, NULL);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    cr_assert_eq(memcmp(blob_data(blob), bytes, sizeof bytes), 0);
}

static int new_file(void)
{
    return memfd_create("spare", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

Test(blob, spare_files_are_taken_and_given_back)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Blob) first = NULL, second = NULL;

    blob_add_spare(new_file());
    blob_use_spares();
    first = blob_new("t", 100, &error);
    cr_assert(blob_append(first, "more than is in the next", 24, &error));
    cr_expect_null(blob_new("t", 100, &error));
    cr_expect_eq(error_class(error), ERROR_INTERNAL);
    g_clear_error(&error);
    g_clear_pointer(&first, blob_unref);
    second = blob_new("t", 100, &error);
    cr_assert(blob_append(second, "bytes", 5, &error));
    cr_assert(blob_seal(second, &error));
    cr_expect_eq(memcmp(blob_data(second), "bytes", 5), 0);
    g_clear_pointer(&second, blob_unref);
    cr_expect_null(blob_new("t", 100, NULL), "what was sealed is not used again");
    blob_add_spare(new_file());
    blob_drop_spares();
    cr_expect_null(blob_new("t", 100, NULL));
}

Test(blob, refuses_to_grow_past_its_limit)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Blob) blob = blob_new("t", 4, NULL);

    cr_assert(blob_append(blob, "1234", 4, NULL));
    cr_assert_not(blob_append(blob, "5", 1, &error));
    cr_assert_eq(error_class(error), ERROR_LIMIT);
}

Test(blob, starts_again_after_rewind)
{
    g_autoptr(Blob) blob = blob_new("t", 4, NULL);

    cr_assert(blob_append(blob, "1234", 4, NULL));
    cr_assert(blob_rewind(blob, NULL));
    cr_assert(blob_append(blob, "ab", 2, NULL));
    cr_assert(blob_seal(blob, NULL));
    cr_assert_eq(blob_size(blob), 2);
    cr_assert_eq(memcmp(blob_data(blob), "ab", 2), 0);
}

Test(blob, an_empty_one_has_no_data)
{
    g_autoptr(Blob) blob = blob_new("t", 4, NULL);

    cr_assert(blob_seal(blob, NULL));
    cr_assert_null(blob_data(blob));
    cr_assert_eq(blob_size(blob), 0);
}

Test(blob, a_sealed_one_cannot_be_written)
{
    g_autoptr(Blob) blob = blob_new("t", 4, NULL);

    cr_assert(blob_append(blob, "1234", 4, NULL));
    cr_assert(blob_seal(blob, NULL));
    cr_assert_eq(write(blob_fd(blob), "x", 1), -1);
    cr_assert_neq(ftruncate(blob_fd(blob), 0), 0);
}

Test(blob, adopts_only_sealed_memory_within_the_limit)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Blob) blob = blob_new("t", 10, NULL);
    int unsealed = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    cr_assert_null(blob_adopt(unsealed, 10, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    cr_assert_eq(fcntl(unsealed, F_GETFD), -1, "the descriptor is taken also on failure");
    g_clear_error(&error);

    cr_assert_null(blob_adopt(open("/dev/null", O_RDONLY | O_CLOEXEC), 10, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    g_clear_error(&error);

    cr_assert(blob_append(blob, "12345", 5, NULL));
    cr_assert(blob_seal(blob, NULL));
    cr_assert_null(blob_adopt(fcntl(blob_fd(blob), F_DUPFD_CLOEXEC, 0), 4, &error));
    cr_assert_eq(error_class(error), ERROR_LIMIT);
}

/* Sealed memory of this size, of which only the last written_bytes were written. */
static int sparse_memory(off_t size_bytes, gsize written_bytes)
{
    const int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    g_autofree char *bytes = g_malloc0(written_bytes);

    cr_assert_eq(ftruncate(fd, size_bytes), 0);
    cr_assert_eq(pwrite(fd, bytes, written_bytes, size_bytes - (off_t)written_bytes), (gssize)written_bytes);
    cr_assert_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
    return fd;
}

Test(blob, refuses_memory_with_holes)
{
    const gsize sizes[] = {0, 1, 9000};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GError) error = NULL;

        cr_expect_null(blob_adopt(sparse_memory(1 << 20, sizes[i]), 1 << 20, &error));
        cr_expect_eq(error_class(error), ERROR_INTERNAL);
        cr_expect_str_eq(error->message, "received shared memory with holes");
    }
}

/* Pages that were allocated but never written are holes too: reading them takes memory. */
Test(blob, refuses_memory_that_was_only_reserved)
{
    const int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    g_autoptr(GError) error = NULL;

    cr_assert_eq(fallocate(fd, 0, 0, 1 << 20), 0);
    cr_assert_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
    cr_expect_null(blob_adopt(fd, 1 << 20, &error));
    cr_expect_eq(error_class(error), ERROR_INTERNAL);
}

Test(blob, adopts_memory_that_was_written_by_a_mapping)
{
    const int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    g_autoptr(Blob) blob = NULL;
    char *map;

    cr_assert_eq(ftruncate(fd, 10000), 0);
    map = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memset(map, 1, 10000);
    munmap(map, 10000);
    cr_assert_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
    blob = blob_adopt(fd, 10000, NULL);
    cr_assert_not_null(blob);
    cr_expect_eq(blob_size(blob), 10000);
}
