#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

Test(fd, autofd_closes_and_steal_keeps)
{
    int kept, closed;
    {
        autofd int a = open("/dev/null", O_RDONLY | O_CLOEXEC);
        autofd int b = open("/dev/null", O_RDONLY | O_CLOEXEC);

        closed = a;
        kept = fd_steal(&b);
        cr_assert_eq(b, -1);
    }
    cr_assert_eq(fcntl(closed, F_GETFD), -1);
    cr_assert_neq(fcntl(kept, F_GETFD), -1);
    close(kept);
}

Test(fd, reads_up_to_its_limit)
{
    autofd int fd = memfd_create("t", MFD_CLOEXEC);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize size;

    cr_assert(fd_write_all(fd, "0123456789", 10));
    lseek(fd, 0, SEEK_SET);
    text = fd_read_all(fd, 10, "numbers", &size, &error);
    cr_assert_str_eq(text, "0123456789");
    cr_assert_eq(size, 10u);
    lseek(fd, 0, SEEK_SET);
    cr_assert_null(fd_read_all(fd, 9, "numbers", NULL, &error));
    cr_assert_eq(error_class(error), ERROR_LIMIT);
    cr_assert_not_null(strstr(error->message, "numbers"));
}

Test(fd, a_missing_file_is_named)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(fd_read_file("/nonexistent/x.yaml", 10, NULL, &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert_not_null(strstr(error->message, "/nonexistent/x.yaml"));
}

Test(fd, writing_to_a_closed_descriptor_fails)
{
    cr_assert_not(fd_write_all(-1, "x", 1));
}
