#include <criterion/criterion.h>
#include <errno.h>

#include "base/error.h"

Test(error, carries_class_and_text)
{
    g_autoptr(GError) error = NULL;

    error_set(&error, ERROR_LIMIT, "%d pixels", 5);
    cr_assert_eq(error_class(error), ERROR_LIMIT);
    cr_assert_str_eq(error->message, "5 pixels");
    g_clear_error(&error);
    error_set_errno(&error, ERROR_PERMANENT, ENOENT, "%s", "a.jpg");
    cr_assert_str_eq(error->message, "a.jpg: No such file or directory");
    error_set(NULL, ERROR_INPUT, "nobody listens");
}

Test(error, foreign_and_unknown_classes_are_internal)
{
    g_autoptr(GError) error = g_error_new_literal(g_quark_from_static_string("x"), 1, "y");

    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    cr_assert_eq(error_class_from_int(-1), ERROR_INTERNAL);
    cr_assert_eq(error_class_from_int(99), ERROR_INTERNAL);
    cr_assert_eq(error_class_from_int(ERROR_CRASH), ERROR_CRASH);
}

Test(error, every_class_has_its_own_name)
{
    for (int a = 0; a <= ERROR_CLASS_LAST; a++)
        for (int b = 0; b < a; b++)
            cr_assert_str_neq(error_class_name((ErrorClass)a), error_class_name((ErrorClass)b));
}

Test(error, what_may_pass_is_about_neither_the_object_nor_the_configuration)
{
    static const ErrorClass passing[] = {ERROR_TRANSIENT, ERROR_STALE, ERROR_UNAVAILABLE, ERROR_FULL,
                                         ERROR_UNSENT};
    guint found = 0;

    for (int class = 0; class <= ERROR_CLASS_LAST; class ++) {
        g_autoptr(GError) error = NULL;
        gboolean expected = FALSE;

        error_set(&error, (ErrorClass) class, "x");
        for (gsize i = 0; i < G_N_ELEMENTS(passing); i++)
            expected |= passing[i] == (ErrorClass) class;
        cr_assert_eq(error_may_pass(error), expected, "%s", error_class_name((ErrorClass) class));
        found += expected;
    }
    cr_assert_eq(found, G_N_ELEMENTS(passing));
}
