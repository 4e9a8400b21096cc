#include <criterion/criterion.h>
#include <fcntl.h>
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
